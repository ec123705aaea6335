// What a replay costs: a call answered from the record beside the same call to its endpoint, the search of a run of
// forty steps with one and with four replays at a time, and replays a run on the coding team, exhaustive beside guided.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  exactMatch,
  functionDriver,
  gatewayDriver,
  type Oracle,
  replayRun,
  type SearchResult,
  searchDecisive,
} from "@culprit/analyzers";
import { type CodingTask, oracleFor, runTeam, seededTruth, startScriptedEndpoint, TASKS } from "@culprit/examples";
import { collectorExporter, createGateway, traceIdOf } from "@culprit/instrumentation/gateway";
import type { Trajectory } from "@culprit/schemas";
import { getRequestListener } from "@hono/node-server";
import { percentile } from "../measure/statistics.ts";
import { number, table } from "../measure/table.ts";
import { startRecording } from "./recording.ts";
import { relay, startRelayEndpoint } from "./relay.ts";

const STEPS = 40;
const SLIP = 29;
const MODEL_MS = 25;
const RIGHT = String(STEPS);

const recording = await startRecording();
const slow = await startRelayEndpoint(MODEL_MS, SLIP);
const quick = await startRelayEndpoint(0, SLIP);
try {
  const failed = await record(quick.url);
  console.log(await overhead(failed));
  console.log(await parallelSearch(failed));
  console.log(await codingTeam());
} finally {
  await slow.close();
  await quick.close();
  await recording.close();
}

/** One failing relay through a recording gateway. */
async function record(upstream: string): Promise<Trajectory> {
  const gateway = createGateway({ upstream, exporter: () => collectorExporter({ url: recording.url }) });
  const server = createServer(getRequestListener(gateway.app.fetch));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const run = `http://127.0.0.1:${(server.address() as AddressInfo).port}/runs/relay`;
  await relay(`${run}/v1`, STEPS);
  await fetch(`${run}/outcome`, { method: "POST", body: '{"success":false}' });
  await gateway.close();
  server.close();
  server.closeAllConnections();
  return recording.trajectory(traceIdOf("relay"));
}

async function overhead(failed: Trajectory): Promise<string> {
  const ROUNDS = 12;
  const direct: number[] = [];
  const replayed: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await relay(quick.url, STEPS, (ms) => direct.push(ms));
    const last = failed.steps.at(-1);
    if (last === undefined) throw new Error("the relay was not recorded");
    const { replay } = await replayRun({
      trajectory: failed,
      intervention: { kind: "placebo", step: last.index, agent: last.agent, action: "", oracle: "record" },
      driver: driverTo(quick.url, (ms) => replayed.push(ms)),
    });
    if (replay.status !== "failure") throw new Error(`the placebo ended in ${replay.status}: ${replay.reason}`);
  }
  const row = (name: string, times: number[]) => [
    name,
    times.length,
    ...[0.5, 0.95, 0.99].map((share) =>
      number(
        percentile(
          times.toSorted((left, right) => left - right),
          share,
        ),
        2,
      ),
    ),
  ];
  return [
    `\nA call answered from the record, beside the same call to an endpoint that answers at once (ms):`,
    table(
      ["call", "n", "p50", "p95", "p99"],
      [row("endpoint, direct", direct), row("gateway, from the record", replayed)],
    ),
  ].join("\n");
}

async function parallelSearch(failed: Trajectory): Promise<string> {
  const rows = [];
  for (const parallel of [1, 4]) {
    const began = performance.now();
    const found = await searchDecisive({
      trajectory: failed,
      driver: driverTo(slow.url),
      oracle: everyStep,
      mode: "exhaustive",
      parallel,
    });
    const step = found.verdict.decisive?.step;
    rows.push([
      parallel,
      number((performance.now() - began) / 1000),
      found.replays.length,
      String(step),
      String(step === SLIP),
    ]);
  }
  return [
    `\nExhaustive search of a run of ${STEPS} steps, the mistake at step ${SLIP}, ${MODEL_MS} ms a live call:`,
    table(["replays at a time", "seconds", "replays", "found step", "right"], rows),
  ].join("\n");
}

/** Corrects the slip, and rewords every other step, so that each has to be replayed. */
function everyStep({ step }: Parameters<Oracle>[0]): string {
  return step.index === SLIP ? String(Number(step.content) - 1) : `${step.content}.0`;
}

function driverTo(upstream: string, took?: (ms: number) => void) {
  return gatewayDriver({
    upstream,
    exporter: () => collectorExporter({ url: recording.url }),
    evaluator: exactMatch(RIGHT),
    start: functionDriver(async ({ baseUrl }) => ({ answer: await relay(baseUrl, STEPS, took) })),
  });
}

async function codingTeam(): Promise<string> {
  const endpoint = await startScriptedEndpoint();
  const modes = { exhaustive: [] as SearchResult[], guided: [] as SearchResult[] };
  let right = 0;
  try {
    for (const task of TASKS) {
      const truth = seededTruth(task);
      if (truth.decisive === null) continue;
      const { traceId } = await runTeam({ task, baseURL: endpoint.baseURL });
      const trajectory = await recording.trajectory(traceId);
      const shared = { trajectory, oracle: oracleFor(task), driver: driverOf(task, endpoint.baseURL) };
      modes.exhaustive.push(await searchDecisive({ ...shared, mode: "exhaustive" }));
      const guided = await searchDecisive({ ...shared, candidates: [truth.decisive.step] });
      modes.guided.push(guided);
      if (guided.verdict.decisive?.step === truth.decisive.step) right++;
    }
  } finally {
    await endpoint.close();
  }
  const mean = (counts: number[]) => number(counts.reduce((sum, count) => sum + count, 0) / counts.length, 2);
  const rows = Object.entries(modes).map(([mode, found]) => [
    mode,
    found.length,
    mean(found.map(({ replays }) => replays.findIndex(({ status }) => status === "success") + 1)),
    mean(found.map(({ replays }) => replays.length)),
  ]);
  return [
    `\nThe coding team's failed runs; guided is told the true step (${right} of ${modes.guided.length} right):`,
    table(["search", "runs", "replays to the first flip", "replays with the proof"], rows),
  ].join("\n");
}

function driverOf(task: CodingTask, baseURL: string) {
  return ({ replayId, of }: { replayId: string; of: string }) =>
    runTeam({ task, baseURL, replay: { id: replayId, of } });
}
