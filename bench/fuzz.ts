/**
 * Fuzzes the OTLP decoders: `fuzz.js [--inputs N] [--seed N] [--json]`. Exits 1 when an input crashed a decoder, was slow or
 * decoded to different records in the two encodings; a watchdog kills the process when an input hangs.
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { fuzz } from "./fuzz/run.ts";
import { megabytes, number, table } from "./measure/table.ts";

const HANG_MS = 20_000;
/** A decoder that allocates by what a body says, not by what it holds, goes past this with its first lie. */
const MOST_RSS = 768 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const progress = new SharedArrayBuffer(4);
const counter = new Int32Array(progress);
const watchdog = new Worker(new URL("./fuzz/watchdog.js", import.meta.url), {
  workerData: { progress, patienceMs: HANG_MS },
});
watchdog.unref();
const report = fuzz({
  inputs: Number(values.inputs),
  seed: Number(values.seed),
  onInput: (index) => Atomics.store(counter, 0, index),
});
watchdog.postMessage("done");
const failed = report.failures.length > 0 || report.peakRssBytes > MOST_RSS;
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  const rows = [
    ["inputs", number(report.inputs, 0)],
    ["seconds", number(report.seconds)],
    ["bytes, largest input", `${number(report.bytes, 0)}, ${number(report.largest, 0)}`],
    [
      "ended with records, empty, refused",
      ["records", "empty", "refused"].map((key) => number(report.outcomes[key] ?? 0, 0)).join(", "),
    ],
    ["slowest input, ms", number(report.slowestMs)],
    ["peak RSS, MB", megabytes(report.peakRssBytes)],
    ["failures", report.failures.length],
  ];
  process.stdout.write(`## Fuzz of the decoders, seed ${values.seed}\n\n${table(["", ""], rows)}\n`);
  for (const failure of report.failures) process.stdout.write(`\n${JSON.stringify(failure)}\n`);
}
process.exitCode = failed ? 1 : 0;
