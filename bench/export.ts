/**
 * `npm run bench:export -- [--records N] [--keep DIR] [--markdown FILE]`: a dataset of a million records, exported to
 * Parquet and JSON lines by a process of its own each; beside it pyarrow, which is handed rows that are already made
 * and only has to write them, and a plain copy of as many bytes. Memory is the process's peak, sampled every 50 ms.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { splitOf } from "@culprit/analyzers";
import { syntheticRecords } from "./export/synthetic-records.ts";
import { describeMachine, machine } from "./measure/machine.ts";
import { Meter } from "./measure/processes.ts";
import { publish } from "./measure/publish.ts";
import { megabytes, number, table } from "./measure/table.ts";

const { values } = parseArgs({
  options: { records: { type: "string" }, keep: { type: "string" }, markdown: { type: "string" } },
});
const records = Number(values.records ?? 1_000_000);
const shape = machine();
const directory = values.keep ?? mkdtempSync(join(tmpdir(), "culprit-bench-export-"));
const version = join(directory, "version");

/** The records a curated dataset would hold: six steps of some 250 characters, four runs a task. */
async function writeVersion(): Promise<void> {
  if (existsSync(join(version, "dataset.json"))) return;
  mkdirSync(version, { recursive: true });
  function* lines(): Generator<string> {
    for (const record of syntheticRecords(records, { steps: 6, stepCharacters: 200 })) {
      yield `${JSON.stringify({ ...record, split: splitOf(record.task_id) })}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(version, "records.jsonl")));
  const manifest = { format: "curated", name: "bench", version: 1, hash: "0".repeat(64), counts: { records } };
  writeFileSync(join(version, "dataset.json"), JSON.stringify(manifest));
}

interface Run {
  name: string;
  seconds: number;
  cpuSeconds: number;
  peakBytes: number;
  bytes: number;
}

async function run(name: string, command: string, args: string[], made: string[]): Promise<Run> {
  process.stderr.write(`${name} …\n`);
  const began = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const meter = new Meter([child.pid ?? 0]);
  // A process that is gone says nothing any more.
  let cpuSeconds = 0;
  const clock = setInterval(() => {
    cpuSeconds = Math.max(cpuSeconds, meter.usage().cpuSeconds);
  }, 100);
  const [code] = (await once(child, "exit")) as [number | null];
  const seconds = (performance.now() - began) / 1000;
  const { peakBytes } = meter.usage();
  clearInterval(clock);
  meter.stop();
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  const bytes = made.reduce((sum, file) => sum + statSync(file).size, 0);
  process.stderr.write(`  ${number(seconds)} s, ${number(cpuSeconds)} CPU s, peak ${megabytes(peakBytes)} MB\n`);
  return { name, seconds, cpuSeconds, peakBytes, bytes };
}

const culprit = join(import.meta.dirname, "..", "..", "cli", "bin", "culprit.mjs");
function exported(format: string, ending: string): Promise<Run> {
  const out = join(directory, format);
  rmSync(out, { recursive: true, force: true });
  const args = [culprit, "export", "--from", version, "--format", format, "--out", out];
  const made = ["train", "test"].map((split) => join(out, `${split}.${ending}`));
  return run(`Culprit, ${format} (${ending})`, process.execPath, args, made);
}

/** Rows that are made already, a line each; 1,000 a row group, as Culprit writes them. */
const PYARROW = `
import json, sys
import pyarrow as pa, pyarrow.parquet as pq
message = pa.struct([("role", pa.string()), ("content", pa.string())])
names = ["agent", "step", "schema", "evidence", "source", "task_id", "trace_id"]
schema = pa.schema([("prompt", pa.list_(message))] + [(n, pa.int64() if n in ("step", "schema") else pa.string()) for n in names])
with open(sys.argv[1], encoding="utf-8") as lines, pq.ParquetWriter(sys.argv[2], schema, compression="snappy") as writer:
    group = []
    for line in lines:
        group.append(json.loads(line))
        if len(group) == 1000:
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            group = []
    if group:
        writer.write_table(pa.Table.from_pylist(group, schema=schema))
`;

const runs: Run[] = [];
try {
  await writeVersion();
  runs.push(await exported("verl", "parquet"));
  runs.push(await exported("trl", "jsonl"));
  const rows = join(directory, "trl", "train.jsonl");
  const python = process.env["PYTHON"] ?? "python3";
  const parquet = join(directory, "pyarrow.parquet");
  const peer = await run("pyarrow, made rows to Parquet", python, ["-c", PYARROW, rows, parquet], [parquet]).catch(
    (error: unknown) => process.stderr.write(`skipped: pyarrow did not run (${String(error)})\n`),
  );
  if (typeof peer === "object") runs.push(peer);
  const copy = join(directory, "copy");
  runs.push(
    await run("the disk: cp and sync of the JSON lines", "sh", ["-c", 'cp "$0" "$1" && sync "$1"', rows, copy], [copy]),
  );
} finally {
  if (values.keep === undefined) rmSync(directory, { recursive: true, force: true });
}

const text = [
  "# Export",
  "",
  `${describeMachine(shape)} ${number(records, 0)} records of six steps; the train split of nine in ten for pyarrow and cp.`,
  "",
  table(
    ["", "records/s", "seconds", "CPU s", "peak RSS MB", "written MB", "MB/s"],
    runs.map(({ name, seconds, cpuSeconds, peakBytes, bytes }) => {
      const share = name.startsWith("Culprit") ? 1 : 0.9;
      const row = [(records * share) / seconds, seconds, cpuSeconds].map((value) => number(value));
      return [name, ...row, megabytes(peakBytes), megabytes(bytes), number(bytes / 1e6 / seconds)];
    }),
  ),
  "",
].join("\n");
process.stdout.write(text);
if (values.markdown !== undefined) publish(values.markdown, "export", text);
