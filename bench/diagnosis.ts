// Seeded failures of a shell agent in small repositories: made, verified by replay, and then diagnosed. A scripted
// endpoint answers for the model: no language model runs.
//
//   npm run bench:diagnosis [-- --parallel N] [--keep DIR] [--only KIND] [--quick: no replays, failures unverified]
//                           | [--from DIR]
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FAULT_KINDS, PROJECTS } from "@culprit/examples";
import { contestants, measure } from "./diagnosis/contestants.ts";
import { type Fate, type SeededFailure, seededFailures } from "./diagnosis/seeded-failures.ts";
import { table } from "./measure/table.ts";
import { startRecording } from "./replay/recording.ts";

const { values } = parseArgs({
  options: {
    parallel: { type: "string", default: "2" },
    keep: { type: "string" },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    from: { type: "string" },
  },
});
const { only, from } = values;
if (from !== undefined) {
  const read = (file: string) => JSON.parse(readFileSync(join(from, file), "utf8")) as SeededFailure;
  await score(readdirSync(from).sort().map(read));
  process.exit(0);
}
const began = performance.now();
const folder = mkdtempSync(join(tmpdir(), "culprit-seeded-"));
const recording = await startRecording();
try {
  const fates = await seededFailures({
    recording,
    folder,
    parallel: Number(values.parallel),
    quick: values.quick,
    ...(only === undefined ? {} : { only: (project, kind) => `${project.name}/${kind}`.includes(only) }),
    onFate: (id, fate) => {
      process.stderr.write(`${id}: ${fate.status}${fate.status === "not verified" ? ` (${fate.reason})` : ""}\n`);
    },
  });
  const kept = [...fates.values()].flatMap((fate) => (fate.status === "kept" ? [fate.failure] : []));
  console.log(summary(fates));
  if (kept.length > 0) await score(kept);
  if (values.keep !== undefined) keep(values.keep, kept);
} finally {
  await recording.close();
  rmSync(folder, { recursive: true, force: true });
}

function summary(fates: ReadonlyMap<string, Fate>): string {
  const rows = FAULT_KINDS.flatMap((kind) => {
    const own = [...fates].filter(([id]) => id.endsWith(`/${kind}`)).map(([, fate]) => fate);
    const count = (status: Fate["status"]) => own.filter((fate) => fate.status === status).length;
    if (own.length === 0) return [];
    return [[kind, own.length, count("kept"), count("survived"), count("not verified")]];
  });
  const all = [...fates.values()];
  const replays = all.reduce((sum, fate) => sum + (fate.status === "survived" ? 0 : fate.replays), 0);
  const kept = all.filter(({ status }) => status === "kept").length;
  const seconds = Math.round((performance.now() - began) / 1000);
  return [
    table(["mistake", "tried", "kept", "passed the check anyway", "not verified"], rows),
    `\n${kept} failures kept of ${all.length} tried; ${replays} replays, ${seconds} s.`,
  ].join("\n");
}

async function score(kept: readonly SeededFailure[]): Promise<void> {
  const who = await contestants();
  const rows: string[][] = [];
  for (const [name, contestant] of Object.entries(who)) rows.push([name, ...(await measure(contestant, kept))]);
  console.log(
    `\nIncorrect steps (macro, %) and the decisive step (%, 95 % interval) of ${kept.length} seeded failures:`,
  );
  console.log(table(["who", "precision", "recall", "F1", "decisive step"], rows));
  const rules = who["rules (culprit diagnose)"];
  if (rules === undefined) return;
  const halves = [0, 1].map((half) =>
    kept.filter(({ project }) => PROJECTS.findIndex(({ name }) => name === project) % 2 === half),
  );
  const names = ["projects that the rules were set on", "projects held out"];
  const byHalf: string[][] = [];
  for (const [at, own] of halves.entries()) {
    if (own.length > 0) byHalf.push([names[at] ?? "", String(own.length), ...(await measure(rules, own))]);
  }
  console.log("\nThe rules by half of the projects:");
  console.log(table(["projects", "n", "precision", "recall", "F1", "decisive step"], byHalf));
  const byKind: string[][] = [];
  for (const kind of FAULT_KINDS) {
    const own = kept.filter((failure) => failure.kind === kind);
    if (own.length > 0) byKind.push([kind, String(own.length), ...(await measure(rules, own))]);
  }
  console.log("\nThe rules by kind of mistake:");
  console.log(table(["mistake", "n", "precision", "recall", "F1", "decisive step"], byKind));
}

/** One file a failure: the trajectory and its truth. */
function keep(directory: string, kept: readonly SeededFailure[]): void {
  mkdirSync(directory, { recursive: true });
  for (const failure of kept) {
    const file = join(directory, `${failure.id.replace("/", "--")}.json`);
    writeFileSync(file, `${JSON.stringify(failure)}\n`);
  }
}
