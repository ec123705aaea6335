/**
 * Runs the shell agent on its projects against a running collector.
 *
 *   node examples/dist/shell-agent/main.js [PROJECT...] [--fault KIND] [--slip] [--isolation none] [--repositories DIR]
 *
 * `CULPRIT_URL` names the collector (default http://localhost:4318). With `OPENAI_BASE_URL` and `SHELL_MODEL` set the
 * agent asks that endpoint; otherwise a scripted one is started, and no language model runs.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ISOLATIONS, type IsolationName } from "@culprit/analyzers";
import { startTracing } from "@culprit/instrumentation";
import { attempt } from "./attempt.ts";
import type { Project } from "./projects/project.ts";
import { PROJECTS } from "./projects/projects.ts";
import { makeRepository } from "./repository.ts";
import { startShellEndpoint } from "./scripted/endpoint.ts";
import { FAULT_KINDS, type FaultKind } from "./scripted/faults.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fault: { type: "string" },
    slip: { type: "boolean", default: false },
    isolation: { type: "string" },
    repositories: { type: "string" },
  },
});
const wanted = positionals.length === 0 ? PROJECTS : positionals.map(projectNamed);
const fault = values.fault === undefined ? null : oneOf(values.fault, FAULT_KINDS, "fault");
const isolation = values.isolation === undefined ? undefined : oneOf(values.isolation, ISOLATIONS, "isolation");
const collector = process.env["CULPRIT_URL"] ?? "http://localhost:4318";
const tracing = startTracing({ url: collector, serviceName: "shell-agent" });

const given = process.env["OPENAI_BASE_URL"];
const scripted = given
  ? null
  : await startShellEndpoint(() => ({ fault: fault as FaultKind | null, slip: values.slip }));
const baseURL = given ?? scripted?.baseURL ?? "";
const model = process.env["SHELL_MODEL"];
say(scripted ? `Scripted model endpoint at ${baseURL}: no language model runs here.` : `Model endpoint: ${baseURL}`);
const folder = values.repositories ?? mkdtempSync(join(tmpdir(), "shell-agent-"));

for (const project of wanted) {
  const repository = makeRepository(project, folder);
  const { traceId, success } = await attempt({
    project,
    repository,
    baseURL,
    ...(given && model ? { model } : {}),
    ...(isolation === undefined ? {} : { isolation: isolation as IsolationName }),
  });
  say(
    `${success ? "solved" : "FAILED"}  ${traceId}  ${project.name}  ${repository.base}@${repository.commit.slice(0, 12)}`,
  );
  say(`  check: ${repository.check}  (with the files of ${repository.checkFiles})`);
}
await tracing.shutdown();
await scripted?.close();
const undelivered = tracing.counts.dropped + tracing.counts.waiting;
if (undelivered > 0) {
  console.error(`${undelivered} spans did not reach ${collector}. Is \`culprit up\` running?`);
  process.exitCode = 1;
}

function projectNamed(name: string): Project {
  const project = PROJECTS.find((candidate) => candidate.name === name);
  if (project) return project;
  return usage(`There is no project ${name}. There are: ${PROJECTS.map((candidate) => candidate.name).join(", ")}`);
}

function oneOf(value: string, options: readonly string[], what: string): string {
  return options.includes(value) ? value : usage(`There is no ${what} ${value}. There are: ${options.join(", ")}`);
}

function usage(message: string): never {
  console.error(message);
  process.exit(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
