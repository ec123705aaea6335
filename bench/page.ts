/**
 * `npm run bench:page`: how soon a person sees something in a real browser, and whether scrolling stays fluid: a run of
 * 10,000 spans that nobody opened before, the same one again, and the inbox and a group's list over 100,000 runs.
 *
 *   --quick        fewer visits
 *   --spans N, --runs N   other sizes
 *   --json FILE    writes every measurement
 *   --markdown FILE  writes the table, into bench/README.md where it belongs
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createClient } from "@culprit/schemas";
import { openEmbedded } from "@culprit/store";
import { chromium } from "playwright-core";
import { describeMachine, machine } from "./measure/machine.ts";
import { publish } from "./measure/publish.ts";
import { median } from "./measure/statistics.ts";
import { number, table } from "./measure/table.ts";
import { longRun } from "./page/long-run.ts";
import { type Visit, visit } from "./page/watch.ts";
import { fillSummaries } from "./queries/fill.ts";
import { temporaryDirectory } from "./systems/child.ts";
import { startCollector } from "./systems/culprit.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    spans: { type: "string", default: "10000" },
    runs: { type: "string", default: "100000" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});
const visits = values.quick ? 3 : 7;
const [spans, runs] = [Number(values.spans), Number(values.runs)];
const FIRST_VIEW_MS = 1000;
const LONGEST_MS = 200;

/** What is wanted of each view; the first is what says who broke it. */
const RUN = { "who broke it": ".blame h2", "its steps": "li.step" };
const INBOX = { "who broke it": "[data-group]" };
const LIST = { "its runs": ".run-row, [href^='/runs/']" };

const { ensureChromium, CHROMIUM_ARGS } = (await import(
  new URL("../../scripts/chromium.mjs", import.meta.url).href
)) as typeof import("../scripts/chromium.mjs");
const found = await ensureChromium();
if (!("path" in found)) {
  process.stderr.write(`${found.reason}\n`);
  process.exit(1);
}
const shape = machine();
const [data, remove] = temporaryDirectory("page");
const store = await openEmbedded(data);
say(`storing ${number(runs, 0)} summaries`);
await fillSummaries(store, runs);
await store.close();
const collector = await startCollector(data, { command: "up", env: { CULPRIT_SETTLE_SECONDS: "1" } });
const browser = await chromium.launch({
  executablePath: found.path,
  args: CHROMIUM_ARGS,
  env: { ...(process.env as Record<string, string>), ...found.env },
});
try {
  const client = createClient({ baseUrl: collector.url });
  const long: string[] = [];
  for (let each = 0; each < visits; each++) long.push(await sendRun());
  for (const trace_id of long) await settled(trace_id);
  const { groups } = await client.call("listGroups", { since: "30d", limit: 1 });
  const group = groups[0]?.group_id ?? "";
  // Each view once before anything is measured: the browser and the page's own files are warm then, the runs are not.
  await visit(browser, `${collector.url}/`, INBOX);
  const rows: [name: string, visits: Visit[]][] = [];
  const measure = async (name: string, wanted: Record<string, string>, addresses: string[]) => {
    const made: Visit[] = [];
    for (const address of addresses) made.push(await visit(browser, `${collector.url}${address}`, wanted));
    rows.push([name, made]);
    say(
      `${name}: ${Object.keys(wanted)
        .map((key) => `${key} ${number(middle(made, key), 0)} ms`)
        .join(", ")}`,
    );
  };
  const opened = long.map((trace_id) => `/runs/${trace_id}`);
  await measure(`a run of ${number(spans, 0)} spans, opened first`, RUN, opened);
  await measure("the same, opened again", RUN, opened);
  await measure(
    `the inbox over ${number(runs, 0)} runs`,
    INBOX,
    opened.map(() => "/"),
  );
  await measure(
    `a group's list, of ${number(groups[0]?.count ?? 0, 0)} runs`,
    LIST,
    opened.map(() => `/groups/${group}`),
  );
  const report = [
    "# The page",
    describeMachine(shape),
    `Medians of ${visits} visits, each in a tab of its own; in brackets the slowest. Load average ${machine().load} at the end.`,
    table(
      ["view", "first useful view, ms", "steps, ms", "longest task while it came, ms", "while scrolling, ms", "met"],
      rows.map(([name, made]) => rowOf(name, made)),
    ),
  ].join("\n\n");
  process.stdout.write(`${report}\n`);
  if (values.json) writeFileSync(values.json, JSON.stringify({ machine: shape, rows }, null, 2));
  if (values.markdown) publish(values.markdown, "page", report);
} finally {
  await browser.close();
  await collector.child.end();
  remove();
}

function rowOf(name: string, made: Visit[]): string[] {
  const [first = "", second] = Object.keys(made[0]?.seen ?? {});
  const scrolling = median(made.map(({ longestScrolling }) => longestScrolling));
  const met = middle(made, first) < FIRST_VIEW_MS && scrolling <= LONGEST_MS;
  return [
    name,
    both(made.map(({ seen }) => seen[first] ?? Number.NaN)),
    second === undefined ? "–" : both(made.map(({ seen }) => seen[second] ?? Number.NaN)),
    both(made.map(({ longestLoading }) => longestLoading)),
    both(made.map(({ longestScrolling }) => longestScrolling)),
    met ? "yes" : "**no**",
  ];
}

function both(all: number[]): string {
  return `${number(median(all), 0)} (${number(Math.max(...all), 0)})`;
}

function middle(made: Visit[], key: string): number {
  return median(made.map(({ seen }) => seen[key] ?? Number.NaN));
}

async function sendRun(): Promise<string> {
  const { traceId, requests } = longRun(spans);
  for (const body of requests) await send(body);
  return traceId;
}

/** As an exporter does: a connection that was closed meanwhile is no reason to give up. */
async function send(body: string, tries = 5): Promise<void> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body };
  const response = await fetch(`${collector.url}/v1/traces`, request).catch((error: unknown) => {
    if (tries <= 1) throw new Error(`${String(error)}\n${collector.child.errors()}`);
    return undefined;
  });
  if (response?.ok) return;
  if (tries <= 1) throw new Error(`The collector answered ${response?.status}: ${await response?.text()}`);
  await sleep(500);
  await send(body, tries - 1);
}

async function settled(trace_id: string): Promise<void> {
  const client = createClient({ baseUrl: collector.url });
  for (;;) {
    const { traces } = await client.call("listTraces", { since: "1h", limit: 100 });
    if (traces.some((run) => run.trace_id === trace_id && run.settled && run.status !== "none")) return;
    await sleep(500);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
