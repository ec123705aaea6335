/**
 * Trajectories a second of CPU that the shipped ranker attributes on one core, on Who&When's shared part: features,
 * scores and the explanation, without reading files. Medians over rounds; user CPU time, so a busy machine hardly shows.
 *
 *   node bench/ranker/dist/ranker-speed.js [DIRECTORY]
 */
import { createRanker, loadLabelled } from "@culprit/analyzers";

const ROUNDS = 15;
const SECONDS_A_ROUND = 0.3;

const runs = await loadLabelled([process.argv[2] ?? "../shared/data/who-and-when"]);
if (runs.length === 0) {
  process.stderr.write("There are no labelled runs in that directory.\n");
  process.exit(2);
}
const ranker = createRanker();
const sets = new Map(
  [...new Set(runs.map((run) => run.subset))].sort().map((name) => [name, runs.filter((run) => run.subset === name)]),
);
sets.set("all", runs);
process.stdout.write(
  "| set | runs | mean steps | trajectories per CPU second | slowest to fastest round |\n| --- | --- | --- | --- | --- |\n",
);
for (const [name, own] of sets) {
  const rates = Array.from({ length: ROUNDS + 3 }, () => rate(own))
    .slice(3)
    .sort((left, right) => left - right);
  const steps = own.reduce((sum, run) => sum + run.trajectory.steps.length, 0) / own.length;
  const shown = [rates[ROUNDS >> 1], rates[0], rates.at(-1)].map((value) => Math.round(value ?? 0));
  process.stdout.write(`| ${name} | ${own.length} | ${steps.toFixed(1)} | ${shown[0]} | ${shown[1]}–${shown[2]} |\n`);
}

function rate(own: typeof runs): number {
  const started = process.cpuUsage();
  let done = 0;
  for (;;) {
    for (const run of own) ranker.rank(run.trajectory);
    done += own.length;
    const seconds = process.cpuUsage(started).user / 1e6;
    if (seconds >= SECONDS_A_ROUND) return done / seconds;
  }
}
