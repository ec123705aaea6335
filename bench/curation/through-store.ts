// What `culprit curate` takes with a store: the example teams run against a real collector, `culprit curate` replays what failed and puts
// faults into what succeeded. A scripted endpoint answers for the models: no language model runs here.
//
//   npm run bench:curate -- [requests of the ledger team] [--out DIR] [--coding]
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { ledgerTask, runLedgerTeam, runTeam, SABOTEUR_MODEL, startScriptedEndpoint, TASKS } from "@culprit/examples";
import { startTracing } from "@culprit/instrumentation";
import { createClient, type DatasetVersion } from "@culprit/schemas";
import PQueue from "p-queue";

const ROOT = resolve(import.meta.dirname, "../../..");
const CULPRIT = join(ROOT, "cli/dist/main.js");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: ".cache/dataset" },
    operator: { type: "string", default: "model" },
    parallel: { type: "string", default: "4" },
    coding: { type: "boolean", default: false },
  },
});
const requests = Number(positionals[0] ?? 200);
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const recordedRuns = requests + (values.coding ? TASKS.length : 0);
const JOURNAL = ".curate-journal.jsonl";
const POLL_SECONDS = 1;
const IDLE_SECONDS = 3600;

const endpoint = await startScriptedEndpoint();
let up = await startUp(POLL_SECONDS);
try {
  const there = (await createClient({ baseUrl: up.url }).call("status")).runs;
  const recorded = await record(up.url, there);
  await settled(up.url);
  // Nobody reads the summaries of replays while they are made, so none is.
  await up.stop();
  up = await startUp(IDLE_SECONDS);
  say(
    `recorded ${recorded.runs} runs, ${recorded.failed} failed, ${recorded.seconds.toFixed(0)} s (${requests} requests of the ledger team${values.coding ? `, ${TASKS.length} tasks of the coding team` : ""})`,
  );
  const began = performance.now();
  await label(up.url);
  await curate(up.url, "version", []);
  const version = JSON.parse(readFileSync(join(out, "version/dataset.json"), "utf8")) as DatasetVersion;
  report(version, (performance.now() - began) / 1000);
} finally {
  await endpoint.close();
  await up.stop();
}

/** One run of every request and task; those that an earlier, cut-off bench recorded are not made again. */
async function record(url: string, there: number): Promise<{ runs: number; failed: number; seconds: number }> {
  const began = performance.now();
  const tracing = startTracing({ url, serviceName: "teams" });
  const queue = new PQueue({ concurrency: 8 });
  let failed = 0;
  const count = ({ outcome }: { outcome: { success: boolean | null } }) => {
    if (outcome.success === false) failed++;
  };
  const { baseURL } = endpoint;
  for (let number = there + 1; number <= requests; number++) {
    void queue.add(async () => count(await runLedgerTeam({ task: ledgerTask(number), baseURL })));
  }
  if (values.coding && there < recordedRuns)
    for (const task of TASKS) void queue.add(async () => count(await runTeam({ task, baseURL })));
  await queue.onIdle();
  await tracing.shutdown();
  return { runs: recordedRuns, failed, seconds: (performance.now() - began) / 1000 };
}

/** Failed and successful runs beside one another; what was done is then one journal. */
async function label(url: string): Promise<void> {
  const outcomes = ["failure", "success"] as const;
  await Promise.all(outcomes.map((outcome) => curate(url, outcome, ["--outcome", outcome])));
  const journals = outcomes.map((outcome) => readFileSync(join(out, outcome, JOURNAL), "utf8"));
  mkdirSync(join(out, "version"), { recursive: true });
  writeFileSync(join(out, "version", JOURNAL), journals.join(""));
}

async function curate(url: string, name: string, more: readonly string[]): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      CULPRIT,
      "curate",
      "--name",
      name === "version" ? "example-teams" : `example-teams-${name}`,
      "--out",
      join(out, name),
      ...more,
      "--url",
      url,
      "--target",
      join(ROOT, "examples/dist/target.js"),
      "--operator",
      values.operator,
      "--parallel",
      values.parallel,
      "--steps",
      "6",
      "--licence",
      "Apache-2.0 (made by the example teams of this repository)",
      "--about",
      "Failures of Culprit's example teams, whose models are scripted: no language model wrote any of it.",
    ],
    {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, CULPRIT_TRACER_URL: endpoint.baseURL, CULPRIT_TRACER_MODEL: SABOTEUR_MODEL },
    },
  );
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0) throw new Error(`culprit curate ended with ${code}`);
}

/** Every run has its summary: `culprit curate` asks for runs by it. */
async function settled(url: string): Promise<void> {
  const client = createClient({ baseUrl: url });
  for (;;) {
    const { runs, settled: done } = await client.call("status");
    if (runs >= recordedRuns && done >= recordedRuns) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function startUp(pollSeconds: number) {
  const data = join(out, "store");
  const child = spawn(process.execPath, [CULPRIT, "up", "--json", "--port", "0", "--data", data], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      CULPRIT_LOG_LEVEL: "warn",
      CULPRIT_SETTLE_SECONDS: "1",
      CULPRIT_POLL_SECONDS: String(pollSeconds),
    },
  });
  const ended = new Promise((done) => child.once("exit", done));
  const line = await new Promise<string>((done) => createInterface({ input: child.stdout }).once("line", done));
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function report({ counts, detector, left_out, made }: DatasetVersion, seconds: number): void {
  say(
    `${counts.records} records: ${counts.counterfactual} D-, ${counts.injected} D+; ${counts.train} to train on, ${counts.test} held out`,
  );
  say(`${made.replays} replays, ${made.model_calls} live model calls, ${seconds.toFixed(0)} s for culprit curate`);
  for (const { count, about } of left_out) say(`left out: ${count}, ${about}`);
  if (detector === null) return;
  const { accuracy, auc } = detector;
  say(
    `injected or natural, by the text: ${(100 * accuracy.accuracy).toFixed(1)} % right (95 % interval ${(100 * accuracy.low).toFixed(1)} to ${(100 * accuracy.high).toFixed(1)}), AUC ${auc.value.toFixed(3)} (${auc.low.toFixed(3)} to ${auc.high.toFixed(3)}), ${detector.n} records`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
