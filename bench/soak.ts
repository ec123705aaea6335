/**
 * `npm run soak`: what takes too long for the test suite, in three parts; without a flag all of them.
 *
 *   --store        a steady load while the store hangs and dies (--minutes 10, --rate 2000 spans a second)
 *   --crash        the collector is killed under load (--rounds 60)
 *   --fuzz         hostile bodies for both decoders (--inputs 1000000)
 *   --seed N       another sequence of events
 *   --json FILE    writes the whole report
 *
 * Exits 1 when a span was lost, doubled or changed, when memory grew, or when a decoder failed.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine, machine } from "./measure/machine.ts";
import { megabytes, number, table } from "./measure/table.ts";
import { type CrashReport, crash } from "./soak/crash.ts";
import { type SoakReport, soak } from "./soak/storm.ts";
import type { Verification } from "./soak/verify.ts";

const { values } = parseArgs({
  options: {
    store: { type: "boolean", default: false },
    crash: { type: "boolean", default: false },
    fuzz: { type: "boolean", default: false },
    minutes: { type: "string", default: "10" },
    rate: { type: "string", default: "2000" },
    rounds: { type: "string", default: "60" },
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    json: { type: "string" },
  },
});
const all = !values.store && !values.crash && !values.fuzz;
const seed = Number(values.seed);
/** Growth of the median memory from the middle third to the last that still counts as flat. */
const FLAT = 1.15;

const report: { crash?: CrashReport; store?: SoakReport; fuzz?: unknown } = {};
const failures: string[] = [];
process.stdout.write(`# Soak\n\n${describeMachine(machine())}\n`);
if (all || values.crash) {
  report.crash = await crash({ rounds: Number(values.rounds), seed, say });
  renderCrash(report.crash);
}
if (all || values.fuzz) runFuzz();
if (all || values.store) {
  report.store = await soak({
    seconds: Number(values.minutes) * 60,
    seed,
    spansPerSecond: Number(values.rate),
    calmSeconds: 20,
    hangSeconds: 12,
    say,
  });
  renderSoak(report.store);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
for (const failure of failures) process.stdout.write(`\nFAILED: ${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;

function renderCrash(one: CrashReport): void {
  check("crash", one);
  process.stdout.write(
    `\n## Collector killed ${one.rounds} times under load (${Math.round(one.seconds)} s)\n\n${table(
      ["killed", "times"],
      Object.entries(one.endings),
    )}\n\n${verificationTable(one)}\n\n${one.resent} requests were sent again; the slowest start took ${one.slowestStartMs} ms.\n`,
  );
}

function renderSoak(one: SoakReport): void {
  check("store", one);
  for (const [name, { growth }] of Object.entries(one.memory)) {
    if (growth > FLAT) failures.push(`memory of the ${name} grew ${number(growth, 2)} times`);
  }
  const curves = Object.entries(one.memory).map(([name, { peakBytes, slopePerMinute, growth }]) => [
    name,
    megabytes(peakBytes),
    number(slopePerMinute / 1e6, 2),
    number(growth, 2),
  ]);
  const spool = Math.max(...one.samples.map(({ spoolBytes }) => spoolBytes));
  process.stdout.write(
    `\n## ${number(one.seconds / 60)} minutes of load, the store hung ${one.hangs} times and killed ${one.kills} times\n\n${verificationTable(one)}\n\n${table(
      ["memory", "peak MB", "slope MB a minute", "last third over middle"],
      curves,
    )}\n\nSpool at most ${megabytes(spool)} MB; p50 ${number(one.p50Ms)} ms, p99 ${number(one.p99Ms)} ms; retried ${JSON.stringify(one.retried)}.\n`,
  );
}

function verificationTable(one: Verification): string {
  return table(
    ["acknowledged", "missing", "counted wrong", "read back wrong", "stored rows repeated", "stored, answer lost"],
    [
      [
        number(one.acknowledged, 0),
        one.missing,
        one.countedWrong,
        `${one.sampledWrong} of ${one.sampledRuns} runs`,
        one.repeatedRows,
        one.unacknowledged,
      ],
    ],
  );
}

function check(name: string, one: Verification): void {
  for (const wrong of ["missing", "foreign", "countedWrong", "sampledWrong"] as const) {
    if (one[wrong] !== 0) failures.push(`${name}: ${wrong} ${one[wrong]}`);
  }
}

/** In a process of its own: what it must not do is crash, hang or eat the memory. */
function runFuzz(): void {
  const program = fileURLToPath(new URL("./fuzz.js", import.meta.url));
  const child = spawnSync(process.execPath, [program, "--inputs", values.inputs, "--seed", values.seed], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  process.stdout.write(`\n${child.stdout}\n`);
  report.fuzz = child.stdout;
  if (child.status !== 0) failures.push(`fuzz ended with ${child.status ?? child.signal}`);
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
