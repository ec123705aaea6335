/**
 * Trajectories a second of CPU that the shipped ranker attributes on one core, on Who&When's shared part: features,
 * scores and the explanation, without reading files. Beside it what only features and scores take, and what parsing the
 * same trajectories from JSON takes, so that the numbers of two machines can be compared. Medians over rounds; user CPU
 * time, so a busy machine hardly shows.
 *
 *   node bench/ranker/dist/ranker-speed.js [DIRECTORY]
 */
import { createRanker, loadLabelled } from "@culprit/analyzers";
import type { Trajectory } from "@culprit/schemas";

const ROUNDS = 9;
const SECONDS_A_ROUND = 0.2;

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
  "Trajectories per second of CPU on one core: median (slowest–fastest round)\n\n| set | runs | mean steps | mean characters | blamed and explained | scored only | JSON.parse of the same |\n| --- | --- | --- | --- | --- | --- | --- |\n",
);
for (const [name, own] of sets) {
  const texts = own.map((run) => JSON.stringify(run.trajectory));
  const steps = own.reduce((sum, run) => sum + run.trajectory.steps.length, 0) / own.length;
  const chars = own.reduce((sum, run) => sum + charsOf(run.trajectory), 0) / own.length;
  const rates = [
    ratesOf(own.map((run) => () => ranker.rank(run.trajectory))),
    ratesOf(own.map((run) => () => ranker.chances(run.trajectory))),
    ratesOf(texts.map((text) => () => JSON.parse(text))),
  ];
  process.stdout.write(
    `| ${name} | ${own.length} | ${steps.toFixed(1)} | ${Math.round(chars)} | ${rates.join(" | ")} |\n`,
  );
}

function charsOf(trajectory: Trajectory): number {
  return trajectory.steps.reduce((sum, step) => sum + step.content.length, 0);
}

function ratesOf(jobs: readonly (() => unknown)[]): string {
  const rates = Array.from({ length: ROUNDS + 3 }, () => rate(jobs))
    .slice(3)
    .sort((left, right) => left - right);
  const [median, slowest, fastest] = [rates[ROUNDS >> 1], rates[0], rates.at(-1)].map((value) =>
    Math.round(value ?? 0),
  );
  return `${median} (${slowest}–${fastest})`;
}

function rate(jobs: readonly (() => unknown)[]): number {
  const started = process.cpuUsage();
  let done = 0;
  for (;;) {
    for (const job of jobs) job();
    done += jobs.length;
    const seconds = process.cpuUsage(started).user / 1e6;
    if (seconds >= SECONDS_A_ROUND) return done / seconds;
  }
}
