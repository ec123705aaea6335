import { type FailureGroup, type GroupChange, timeWindow } from "@culprit/schemas";
import type { GroupStore } from "@culprit/store";
import type { Access } from "../access/access.ts";
import type { Privacy } from "../privacy/privacy.ts";
import { notFound } from "./failures.ts";
import type { Handlers } from "./handlers.ts";
import { pageSorted } from "./paging.ts";

const SORT_KEYS: Record<"count" | "last_seen" | "first_seen", (group: FailureGroup) => number> = {
  count: (group) => group.count,
  last_seen: (group) => Date.parse(group.last_seen),
  first_seen: (group) => Date.parse(group.first_seen),
};

const EVER = { since_seconds: 1e10 };

/** Failure groups: listing them, looking at one, triage. */
export function groupHandlers({
  groups,
  privacy,
}: {
  groups: GroupStore;
  privacy: Privacy;
}): Pick<Handlers, "listGroups" | "getGroup" | "setGroupState"> {
  const find = async (filter: Parameters<GroupStore["list"]>[0], groupId: string): Promise<FailureGroup> => {
    const [group] = await groups.list({ ...filter, group: groupId });
    if (group) return group;
    throw notFound(`There is no failure group ${groupId} in this window.`, "List groups with `culprit query groups`.");
  };
  return {
    listGroups: async ({ query: { state, agent, kind, sort, limit, cursor, ...window } }, { project }) => {
      const all = await groups.list({ ...timeWindow(window), project, agent });
      const asked = all.filter(
        (group) => (state === undefined || group.state === state) && (kind === undefined || group.kind === kind),
      );
      const page = pageSorted(asked, { key: SORT_KEYS[sort], id: (group) => group.group_id, limit, cursor });
      return { groups: page.items, next_cursor: page.next_cursor };
    },

    getGroup: async ({ params: { group_id }, query }, { project }) => ({
      group: await find({ ...timeWindow(query), project }, group_id),
      changes: await groups.changes(project, group_id),
    }),

    setGroupState: async ({ params: { group_id }, body: { state, note } }, access) => {
      await find({ ...EVER, project: access.project }, group_id);
      const change: GroupChange = {
        state,
        changed_by: whoIs(access),
        note: privacy.text(note),
        at: new Date().toISOString(),
      };
      await groups.change(access.project, group_id, change);
      return { change };
    },
  };
}

/** Who is asking, as it is kept beside what they said: a key's public id. */
export function whoIs(access: Access): string {
  return access.key_id || "operator";
}
