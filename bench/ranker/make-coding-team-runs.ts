/**
 * Writes failed runs of the coding team with their seeded truth, for training and transfer tests of the ranker.
 *
 *   node bench/ranker/dist/make-coding-team-runs.js DIRECTORY FIRST_SEED LAST_SEED
 */
import { writeCodingTeamRuns } from "./coding-team-runs.ts";

const [directory, first, last] = process.argv.slice(2);
if (directory === undefined || !(Number(first) <= Number(last))) {
  process.stderr.write("Usage: make-coding-team-runs DIRECTORY FIRST_SEED LAST_SEED\n");
  process.exit(2);
}
const seeds = Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
process.stdout.write(`${await writeCodingTeamRuns(directory, seeds)} runs written to ${directory}.\n`);
