/** Opens a store in a fresh process, runs one query once and prints its milliseconds: `cold.js DATA QUERY SEED RUNS`. */
import { readSpan } from "@culprit/collector";
import { openEmbedded } from "@culprit/store";
import { Random } from "../load/random.ts";
import { QUERIES } from "./queries.ts";

const [data = "", position = "", seed = "", runs = ""] = process.argv.slice(2);
const store = await openEmbedded(data);
store.readWith(readSpan);
const query = QUERIES[Number(position)];
const began = performance.now();
await query?.run(store, new Random(Number(seed)), Number(runs));
process.stdout.write(`${JSON.stringify({ ms: performance.now() - began })}\n`);
await store.close();
