import type { EmbeddedStore } from "@culprit/store";
import { traceIdOf } from "../load/ids.ts";
import type { Random } from "../load/random.ts";
import { SPANS_PER_RUN } from "../load/workload.ts";
import { AGENTS, NEEDLE, NEEDLE_EVERY, PROJECT } from "./fill.ts";

export interface TimedQuery {
  name: string;
  /** p50 that issue 3 asks for warm, milliseconds. */
  targetMs: number | undefined;
  /** Runs it once with other parameters each time; throws when the answer is wrong. */
  run(store: EmbeddedStore, random: Random, runs: number): Promise<void>;
}

const DAY = 86_400;
const PAGE = 50;

export const QUERIES: readonly TimedQuery[] = [
  {
    name: "trace by id",
    targetMs: 15,
    async run(store, random, runs) {
      const spans = await store.readSpans(PROJECT, traceIdOf(random.below(runs)));
      expect(spans.length === SPANS_PER_RUN, `${spans.length} spans`);
    },
  },
  {
    name: "failed runs of the last day, first page",
    targetMs: 60,
    async run(store) {
      const { rows } = await store.listRuns({ project: PROJECT, outcome: "failure", since_seconds: DAY, limit: PAGE });
      expect(rows.length === PAGE && rows.every(({ outcome }) => outcome === "failure"), "not a page of failures");
    },
  },
  {
    name: "runs by blamed agent, first page",
    targetMs: 60,
    async run(store, random) {
      const agent = random.pick(AGENTS);
      const filter = { project: PROJECT, blamed_agent: agent, since_seconds: 7 * DAY, limit: PAGE };
      const { rows } = await store.listRuns(filter);
      expect(rows.length === PAGE && rows.every((run) => run.blamed_agent === agent), "not its runs");
    },
  },
  {
    name: "blamed agents of the last week",
    targetMs: 60,
    async run(store) {
      const agents = await store.blamedAgents(PROJECT, 7 * DAY);
      expect(agents.length === AGENTS.length, `${agents.length} agents`);
    },
  },
  {
    name: "blame per agent per hour, one week",
    targetMs: 60,
    async run(store) {
      const hours = await store.blameByHour(PROJECT, 7 * DAY);
      expect(hours.length > AGENTS.length * 24, `${hours.length} hours`);
    },
  },
  {
    name: "full text in messages, one week",
    targetMs: undefined,
    async run(store, _random, runs) {
      const found = await store.searchRuns({ project: PROJECT, text: NEEDLE, since_seconds: 8 * DAY, limit: 1_000 });
      expect(found.length > runs / NEEDLE_EVERY / 2 && found.length <= runs / NEEDLE_EVERY, `${found.length} runs`);
    },
  },
];

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`The query answered wrongly: ${otherwise}.`);
}
