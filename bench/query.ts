/**
 * `npm run bench:query`: fills a store with a million spans of a hundred thousand runs and times what a person asks of it,
 * cold (a fresh process, the page cache dropped where that is allowed) and warm.
 *
 *   --quick        100,000 spans, fewer repetitions
 *   --runs N       other sizes
 *   --data DIR     keeps the filled store there, and uses it when it is filled already
 *   --json FILE    writes every measurement
 *   --markdown FILE  writes the tables, into bench/README.md where they belong
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readSpan } from "@culprit/collector";
import { openEmbedded } from "@culprit/store";
import { Random } from "./load/random.ts";
import { describeMachine, machine } from "./measure/machine.ts";
import { publish } from "./measure/publish.ts";
import { median, percentile } from "./measure/statistics.ts";
import { megabytes, number, table } from "./measure/table.ts";
import { fill } from "./queries/fill.ts";
import { QUERIES } from "./queries/queries.ts";
import { temporaryDirectory } from "./systems/child.ts";
import { askEngine } from "./systems/engine-http.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    runs: { type: "string" },
    data: { type: "string" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});
const runs = Number(values.runs ?? (values.quick ? 10_000 : 100_000));
const warmRepetitions = values.quick ? 20 : 60;
const coldRepetitions = values.quick ? 2 : 5;
const shape = machine();
const [temporary, remove] = temporaryDirectory("query");
const data = values.data ?? temporary;
mkdirSync(data, { recursive: true });

try {
  const store = await openEmbedded(data);
  store.readWith(readSpan);
  const filling = performance.now();
  if ((await store.counts("default")).runs < runs) await fill(store, runs, say);
  say(`filled in ${number((performance.now() - filling) / 1000)} s`);
  const disk = await tableSizes(store.engine.url);
  const results: Record<string, { cold: number[]; warm: number[] }> = {};
  for (const query of QUERIES) {
    const random = new Random(17);
    for (let warmUp = 0; warmUp < 5; warmUp++) await query.run(store, random, runs);
    const warm: number[] = [];
    for (let repetition = 0; repetition < warmRepetitions; repetition++) {
      const began = performance.now();
      await query.run(store, random, runs);
      warm.push(performance.now() - began);
    }
    results[query.name] = { warm: warm.toSorted((left, right) => left - right), cold: [] };
    say(`${query.name}: p50 ${number(median(warm))} ms warm`);
  }
  await store.close();
  let dropped = true;
  for (let repetition = 0; repetition < coldRepetitions; repetition++) {
    for (const [position, query] of QUERIES.entries()) {
      dropped = dropPageCache() && dropped;
      const ms = runCold(position, repetition);
      results[query.name]?.cold.push(ms);
    }
  }
  const rows = QUERIES.map((query) => {
    const { warm = [], cold = [] } = results[query.name] ?? {};
    const p50 = percentile(warm, 0.5);
    const met = query.targetMs === undefined ? "–" : p50 < query.targetMs ? "yes" : "**no**";
    return [
      query.name,
      number(p50),
      number(percentile(warm, 0.95)),
      number(warm[0]),
      number(median(cold)),
      number(Math.max(...cold)),
      query.targetMs === undefined ? "–" : `< ${query.targetMs}`,
      met,
    ];
  });
  const head = ["query", "warm p50 ms", "warm p95", "warm best", "cold p50", "cold worst", "target", "met"];
  const report = `# Queries\n\n${describeMachine(shape)} ${number(runs * 10, 0)} spans of ${number(runs, 0)} runs; ${warmRepetitions} repetitions warm, ${coldRepetitions} cold${dropped ? "" : " (the page cache could not be dropped)"}.\n\n${table(head, rows)}\n\n${table(["table", "rows", "MB on disk", "MB before compression"], disk)}`;
  process.stdout.write(`${report}\n`);
  if (values.markdown !== undefined) publish(values.markdown, "query", report);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine: shape, runs, results }, null, 2)}\n`);
} finally {
  remove();
}

async function tableSizes(url: string): Promise<string[][]> {
  const answer = await askEngine(
    url,
    `SELECT table, sum(rows), sum(bytes_on_disk), sum(data_uncompressed_bytes) FROM system.parts
     WHERE database = currentDatabase() AND active GROUP BY table HAVING sum(rows) > 0 ORDER BY 3 DESC FORMAT TSV`,
  );
  return answer
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", rows = "0", onDisk = "0", raw = "0"] = line.split("\t");
      return [name, number(Number(rows), 0), megabytes(Number(onDisk)), megabytes(Number(raw))];
    });
}

function runCold(position: number, seed: number): number {
  const program = fileURLToPath(new URL("./queries/cold.js", import.meta.url));
  const printed = execFileSync(process.execPath, [program, data, String(position), String(seed), String(runs)], {
    encoding: "utf8",
  });
  return (JSON.parse(printed) as { ms: number }).ms;
}

/** False when it is not ours to drop. */
function dropPageCache(): boolean {
  try {
    execFileSync("sync");
    writeFileSync("/proc/sys/vm/drop_caches", "3");
    return true;
  } catch {
    return false;
  }
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
