import type { GroupState } from "@culprit/schemas";
import { useState } from "react";
import { type ApiFailure, ask } from "./api.ts";
import { asFailure } from "./polling.ts";

/** A change of a group's state that can be taken back. */
export interface Triaged {
  groupId: string;
  title: string;
  from: GroupState;
  to: GroupState;
}

export interface Triage {
  /** The last change that held. */
  last: Triaged | null;
  failure: ApiFailure | null;
  set: (change: Triaged) => Promise<void>;
  undo: () => Promise<void>;
}

/** Sets states of groups and remembers the last change, so that a slip of the finger is one key away from undone. */
export function useTriage(changed: () => void): Triage {
  const [last, setLast] = useState<Triaged | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const send = async (groupId: string, state: GroupState, then: Triaged | null): Promise<void> => {
    try {
      await ask("setGroupState", { group_id: groupId, body: { state } });
      setLast(then);
      setFailure(null);
      changed();
    } catch (error) {
      setFailure(asFailure(error));
    }
  };
  return {
    last,
    failure,
    set: (change) => send(change.groupId, change.to, change),
    undo: async () => {
      if (last) await send(last.groupId, last.from, null);
    },
  };
}
