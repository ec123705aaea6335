import type { OpenReplayTarget } from "@culprit/analyzers";
import { DEFAULT_SEED } from "../scripted-endpoint/seeding.ts";
import { type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint/server.ts";
import { ledgerOracle } from "./oracle.ts";
import { ledgerTask } from "./tasks.ts";
import { runLedgerTeam } from "./team.ts";

/** One endpoint for all runs that are open at a time. */
let shared: { endpoint: Promise<ScriptedEndpoint>; users: number } | null = null;

/** Starts the ledger team again on the request of a recorded run; for `--target`. */
export const openReplayTarget: OpenReplayTarget = async (trajectory) => {
  const number = /^ledger-\w+\/(\d{1,9})$/.exec(trajectory.task_id)?.[1];
  if (number === undefined) throw new TypeError(`The run ${trajectory.trace_id} is not one of the ledger team's.`);
  const task = ledgerTask(Number(number));
  shared ??= { endpoint: startScriptedEndpoint({ seed: DEFAULT_SEED }), users: 0 };
  const mine = shared;
  mine.users++;
  const { baseURL } = await mine.endpoint;
  return {
    driver: async ({ replayId, of }) => await runLedgerTeam({ task, baseURL, replay: { id: replayId, of } }),
    oracle: ledgerOracle,
    close: async () => {
      if (--mine.users > 0) return;
      if (shared === mine) shared = null;
      await (await mine.endpoint).close();
    },
  };
};
