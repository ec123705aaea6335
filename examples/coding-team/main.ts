/**
 * Runs the coding team on its tasks against a running collector.
 *
 *   node examples/dist/coding-team/main.js [TASK...] [--seed N]
 *
 * `CULPRIT_URL` names the collector (default http://localhost:4318). With `OPENAI_BASE_URL` and `TEAM_MODEL` set the
 * team talks to that endpoint; otherwise a scripted one is started, and no language model runs.
 */
import { parseArgs } from "node:util";
import { startTracing } from "@culprit/instrumentation";
import { DEFAULT_SEED } from "../scripted-endpoint/seeding.ts";
import { startScriptedEndpoint } from "../scripted-endpoint/server.ts";
import { type CodingTask, TASKS } from "./tasks.ts";
import { runTeam } from "./team.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: "string" } } });
const wanted = positionals.length === 0 ? TASKS : positionals.map(taskNamed);
const collector = process.env["CULPRIT_URL"] ?? "http://localhost:4318";
const tracing = startTracing({ url: collector, serviceName: "coding-team" });

const given = process.env["OPENAI_BASE_URL"];
const scripted = given ? null : await startScriptedEndpoint({ seed: Number(values.seed ?? DEFAULT_SEED) });
const baseURL = given ?? scripted?.baseURL ?? "";
const model = process.env["TEAM_MODEL"];
say(scripted ? `Scripted model endpoint at ${baseURL}: no language model runs here.` : `Model endpoint: ${baseURL}`);

let failed = 0;
for (const task of wanted) {
  const { traceId, outcome } = await runTeam({
    task,
    baseURL,
    ...(process.env["OPENAI_API_KEY"] ? { apiKey: process.env["OPENAI_API_KEY"] } : {}),
    ...(given && model ? { models: { planner: model, coder: model, tester: model } } : {}),
  });
  if (!outcome.success) failed++;
  say(`${outcome.success ? "solved" : "FAILED"}  ${traceId}  ${task.functionName}`);
}
await tracing.shutdown();
await scripted?.close();
say(`${wanted.length} runs, ${failed} failed.`);
const undelivered = tracing.counts.dropped + tracing.counts.waiting;
if (undelivered > 0) {
  console.error(`${undelivered} spans did not reach ${collector}. Is \`culprit up\` running?`);
  process.exitCode = 1;
} else say(`They are at ${collector}.`);

function taskNamed(name: string): CodingTask {
  const task = TASKS.find((candidate) => candidate.functionName === name || candidate.id === name);
  if (task) return task;
  console.error(`There is no task ${name}. There are: ${TASKS.map((candidate) => candidate.functionName).join(", ")}`);
  process.exit(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
