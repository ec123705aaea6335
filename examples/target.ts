import type { OpenReplayTarget } from "@culprit/analyzers";
import { openReplayTarget as codingTeam } from "./coding-team/target.ts";
import { openReplayTarget as ledgerTeam } from "./ledger-team/target.ts";

/** Starts whichever of the example teams a run is of; for `--target` on a store that holds several. */
export const openReplayTarget: OpenReplayTarget = async (trajectory) =>
  trajectory.task_id.startsWith("ledger-") ? await ledgerTeam(trajectory) : await codingTeam(trajectory);
