// How often each fault operator finds something to work on in successful runs of the coding team, and how often the
// run then really fails. A scripted endpoint answers for the models: no language model runs here.
import { type Driver, FAULT_OPERATORS, injectFaults } from "@culprit/analyzers";
import { type CodingTask, runTeam, startScriptedEndpoint, TASKS } from "@culprit/examples";
import type { Trajectory } from "@culprit/schemas";
import { number, table } from "../measure/table.ts";
import { startRecording } from "./recording.ts";

const SEED = 1;
const STEPS = 3;
const most = Number(process.argv[2] ?? 12);

const recording = await startRecording();
const endpoint = await startScriptedEndpoint();
try {
  const good: { task: CodingTask; trajectory: Trajectory }[] = [];
  for (const task of TASKS) {
    if (good.length >= most) break;
    const { traceId, outcome } = await runTeam({ task, baseURL: endpoint.baseURL });
    if (outcome.success === true) good.push({ task, trajectory: await recording.trajectory(traceId) });
  }
  const rows: (string | number)[][] = [];
  const total = { tried: 0, kept: 0, replays: 0 };
  for (const operator of FAULT_OPERATORS) {
    const row = { runs: 0, tried: 0, kept: 0, survived: 0, other: 0, replays: 0 };
    for (const { task, trajectory } of good) {
      const driver: Driver = ({ replayId, of }) =>
        runTeam({ task, baseURL: endpoint.baseURL, replay: { id: replayId, of } });
      const read = (traceId: string) => recording.trajectory(traceId);
      const { injections, replays } = await injectFaults({
        trajectory,
        driver,
        read,
        operators: [operator],
        seed: SEED,
        steps: STEPS,
        all: true,
      });
      if (injections.length > 0) row.runs++;
      row.replays += replays.length;
      for (const { status } of injections) {
        row.tried++;
        if (status === "kept") row.kept++;
        else if (status === "survived") row.survived++;
        else row.other++;
      }
    }
    total.tried += row.tried;
    total.kept += row.kept;
    total.replays += row.replays;
    const share = row.tried === 0 ? "" : `${number((100 * row.kept) / row.tried)} %`;
    rows.push([operator.name, row.runs, row.tried, row.kept, row.survived, row.other, share, row.replays]);
  }
  console.log(
    `${good.length} successful runs of the coding team, seed ${SEED}, up to ${STEPS} steps a run and operator.`,
  );
  console.log(
    table(["operator", "runs it fits", "faults", "kept", "survived", "no outcome", "yield", "replays"], rows),
  );
  console.log(`${total.kept} of ${total.tried} faults made the run fail; ${total.replays} replays.`);
} finally {
  await endpoint.close();
  await recording.close();
}
