/**
 * `npm run bench:groups`: how long the list of failure groups takes over a million failures of two thousand groups: made,
 * and given again to whoever asks next.
 *
 *   --failures N   other sizes
 */
import { parseArgs } from "node:util";
import { openEmbedded } from "@culprit/store";
import { describeMachine, machine } from "./measure/machine.ts";
import { median } from "./measure/statistics.ts";
import { number, table } from "./measure/table.ts";
import { temporaryDirectory } from "./systems/child.ts";
import { commandEngine } from "./systems/engine-http.ts";

const { values } = parseArgs({ options: { failures: { type: "string", default: "1000000" } } });
const failures = Number(values.failures);
const ROUNDS = 5;
const DAY = 86_400;
const WINDOWS = { "a day": DAY, "a week": 7 * DAY, "a month": 30 * DAY };

/** Rows of the week, made inside the engine: ids, twenty agents, two thousand groups. */
const ID = "lower(hex(sipHash128(number)))";
const AGENT = "concat('Agent ', toString(number % 20))";
const GROUP = "substring(lower(hex(sipHash128(number % 2000))), 1, 16)";
const AT = "now64(3) - toIntervalSecond(number % 604800)";

const shape = machine();
const [data, remove] = temporaryDirectory("groups");
const store = await openEmbedded(data);
try {
  const of = `FROM numbers(${failures})`;
  await commandEngine(
    store.engine.url,
    `INSERT INTO run_times (project, started_at, trace_id, outcome, blamed_agent, confidence, status, source, settled, replay, gone)
     SELECT 'default', ${AT}, ${ID}, 'failure', ${AGENT}, 0.5, 'predicted', '', true, false, false ${of}`,
  );
  await commandEngine(
    store.engine.url,
    `INSERT INTO run_groups (project, trace_id, group_id, agent, kind, shape, run_saved_at)
     SELECT 'default', ${ID}, ${GROUP}, ${AGENT}, 'answer', concat('shape ', toString(number % 2000)), now64(6) ${of}`,
  );
  const rows = [];
  for (const [name, since_seconds] of Object.entries(WINDOWS)) {
    const [made, again]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      // Another window each time, so that it has to be made.
      const from = new Date(Date.now() - since_seconds * 1000 + round).toISOString();
      const filter = { project: "default", since_seconds, from };
      for (const times of [made, again]) {
        const began = performance.now();
        await store.groups.list(filter);
        times.push(performance.now() - began);
      }
    }
    rows.push([name, number(median(made), 0), number(median(again), 0)]);
  }
  const head = ["window", "made, ms", "given again, ms"];
  process.stdout.write(`${describeMachine(shape)}\n\n${number(failures, 0)} failures.\n\n${table(head, rows)}\n`);
} finally {
  await store.close();
  remove();
}
