/**
 * `npm run bench:gateway`: what the recording gateway adds before the first byte of an answer. The same calls go to the
 * scripted endpoint directly and through `culprit gateway`, in turns, in one run; the gateway records each of them in a
 * real collector.
 *
 *   --calls N   calls on each way and cell (2,000)
 *   --quick     200
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cell, measure } from "./gateway/measure.ts";
import { describeMachine, machine } from "./measure/machine.ts";
import { percentile } from "./measure/statistics.ts";
import { number, table } from "./measure/table.ts";
import { answers, freePort, start, temporaryDirectory } from "./systems/child.ts";
import { startCollector, storedSpans } from "./systems/culprit.ts";
import { REPOSITORY } from "./systems/repository.ts";

const { values } = parseArgs({ options: { calls: { type: "string" }, quick: { type: "boolean", default: false } } });
const calls = Number(values.calls ?? (values.quick ? 200 : 2000));
const CELLS: Cell[] = [
  { name: "document, 2 KB", stream: false, characters: 2_000, concurrency: 1 },
  { name: "stream, 2 KB", stream: true, characters: 2_000, concurrency: 1 },
  { name: "document, 200 KB", stream: false, characters: 200_000, concurrency: 1 },
  { name: "stream, 200 KB", stream: true, characters: 200_000, concurrency: 1 },
  { name: "stream, 2 KB, 16 at once", stream: true, characters: 2_000, concurrency: 16 },
];
const HEAD = [
  "call",
  "direct p50",
  "p99",
  "gateway p50",
  "p99",
  "added p50 ms",
  "added p99 ms",
  "whole answer: added p50 ms",
];

const shape = machine();
const [data, remove] = temporaryDirectory("gateway");
const port = await freePort();
const endpoint = start(process.execPath, [join(REPOSITORY, "examples/dist/scripted-endpoint/main.js"), String(port)]);
const collector = await startCollector(data);
const gateway = start(
  process.execPath,
  [
    ...[join(REPOSITORY, "cli/dist/main.js"), "gateway", "--json", "--port", "0"],
    ...["--upstream", `http://127.0.0.1:${port}/v1`, "--url", collector.url],
  ],
  { CULPRIT_LOG_LEVEL: "warn", NODE_ENV: "production" },
);
try {
  await answers(`http://127.0.0.1:${port}/`);
  const url = String((await gateway.announced)["url"]);
  const ways = [
    { name: "direct", baseUrl: `http://127.0.0.1:${port}/v1` },
    { name: "gateway", baseUrl: `${url}/runs/bench/agents/Planner/v1` },
  ];
  const rows: string[][] = [];
  for (const cell of CELLS) {
    const times = await measure(ways, cell, calls);
    const of = (way: string, kind: "first" | "whole", share: number) => percentile(times.get(way)?.[kind] ?? [], share);
    const added = (kind: "first" | "whole", share: number) => of("gateway", kind, share) - of("direct", kind, share);
    rows.push([
      cell.name,
      ...["direct", "gateway"].flatMap((way) => [0.5, 0.99].map((share) => number(of(way, "first", share), 2))),
      number(added("first", 0.5), 2),
      number(added("first", 0.99), 2),
      number(added("whole", 0.5), 2),
    ]);
  }
  const { spans } = (await (await fetch(`${url}/healthz`)).json()) as { spans: Record<string, number> };
  await gateway.end();
  console.log(
    [
      `# Recording gateway\n\n${describeMachine(shape)} Milliseconds to the first byte, ${calls} calls a cell and way, in turns of one run.`,
      table(HEAD, rows),
      `Spans dropped: ${spans["dropped"]}; stored: ${await storedSpans(collector.url)}.`,
    ].join("\n\n"),
  );
} finally {
  await gateway.end();
  await endpoint.end();
  await collector.child.end();
  remove();
}
