/** Ends the process when the fuzzing thread makes no progress: a decoder that hangs can't say so itself. */
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

const { progress, patienceMs } = workerData as { progress: SharedArrayBuffer; patienceMs: number };
const counter = new Int32Array(progress);
let seen = -1;
let since = Date.now();
const timer = setInterval(() => {
  const now = Atomics.load(counter, 0);
  if (now !== seen) {
    seen = now;
    since = Date.now();
  } else if (Date.now() - since > patienceMs) {
    writeSync(2, `Input ${now} hangs.\n`);
    process.kill(process.pid, "SIGKILL");
  }
}, 500);
parentPort?.once("message", () => clearInterval(timer));
