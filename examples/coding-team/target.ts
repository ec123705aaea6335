import type { OpenReplayTarget } from "@culprit/analyzers";
import { startScriptedEndpoint } from "../scripted-endpoint/server.ts";
import { oracleFor } from "./oracle.ts";
import { TASKS } from "./tasks.ts";
import { runTeam } from "./team.ts";

/** Starts the coding team again on the task of a recorded run; for `culprit replay --target`. */
export const openReplayTarget: OpenReplayTarget = async (trajectory) => {
  const task = TASKS.find((candidate) => candidate.id === trajectory.task_id);
  if (task === undefined) throw new TypeError(`The run ${trajectory.trace_id} is not one of the coding team's.`);
  const scripted = await startScriptedEndpoint();
  return {
    driver: async ({ replayId, of }) =>
      await runTeam({ task, baseURL: scripted.baseURL, replay: { id: replayId, of } }),
    oracle: oracleFor(task),
    close: async () => await scripted.close(),
  };
};
