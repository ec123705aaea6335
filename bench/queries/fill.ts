import { decodeTracesProtobuf, readHead } from "@culprit/collector";
import type { Attribution, IncomingSpan, RunSummary, Span } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import { traceIdOf } from "../load/ids.ts";
import { makePool } from "../load/pool.ts";
import { Random } from "../load/random.ts";
import { stamp } from "../load/stamp.ts";
import { SPANS_PER_RUN } from "../load/workload.ts";

export const PROJECT = "default";
export const AGENTS = ["Orchestrator", "Planner", "Coder", "Reviewer", "WebSurfer", "FileSurfer", "Terminal", "Critic"];
/** A word of no other run, in one message of every {@link NEEDLE_EVERY}th. */
export const NEEDLE = "quokkaberry";
export const NEEDLE_EVERY = 1_000;

const WEEK_MS = 7 * 86_400_000;
const REQUEST_SPANS = 1_000;
const RUN_BATCH = 5_000;

/**
 * Fills a store the short way, through its inserts: runs spread over the last week, three of ten failed, most of those
 * with a predicted blame.
 */
export async function fill(store: Store, runs: number, say: (line: string) => void): Promise<void> {
  const pool = makePool({ encoding: "protobuf", spanBytes: 1_000, requestSpans: REQUEST_SPANS });
  const buffer = Buffer.alloc(Math.max(...pool.map(({ bytes }) => bytes.length)));
  const endMs = Date.now() - 60_000;
  const startOf = spreadOver(runs, endMs);
  for (let run = 0, request = 0; run < runs; request++) {
    const template = pool[request % pool.length];
    if (template === undefined) break;
    const { spans } = decodeTracesProtobuf(stamp(template, run, buffer));
    await store.insertSpans(
      spans.map((raw, position) => {
        const at = BigInt(startOf(run + Math.floor(position / SPANS_PER_RUN))) * 1_000_000n;
        const span = { ...raw, start_time_unix_nano: String(at), end_time_unix_nano: String(at + 900_000_000n) };
        plant(span, run + Math.floor(position / SPANS_PER_RUN), position % SPANS_PER_RUN);
        return { ...span, project: PROJECT, reading: readHead(span) } satisfies IncomingSpan;
      }),
    );
    run += template.runs;
    if (request % 200 === 199) say(`${run * SPANS_PER_RUN} spans`);
  }
  await fillSummaries(store, runs, startOf);
}

/** The summaries of so many runs alone, and what strategies said of them: all that lists and figures read. */
export async function fillSummaries(store: Store, runs: number, startOf = spreadOver(runs)): Promise<void> {
  const random = new Random(3);
  for (let first = 0; first < runs; first += RUN_BATCH) {
    const made = Array.from({ length: Math.min(RUN_BATCH, runs - first) }, (_, offset) =>
      makeSummary(random, first + offset, startOf(first + offset)),
    );
    await store.saveRuns(made.map(({ run }) => run));
    await store.saveAttributions(made.flatMap(({ attribution }) => attribution ?? []));
  }
}

/** When each run began: evenly over the last week. */
function spreadOver(runs: number, endMs = Date.now() - 60_000): (run: number) => number {
  return (run) => endMs - Math.floor((WEEK_MS * (runs - run)) / runs);
}

function plant(span: Pick<Span, "attributes">, run: number, index: number): void {
  if (run % NEEDLE_EVERY !== 0 || index !== 4) return;
  for (const key of ["gen_ai.output.messages", "gen_ai.tool.call.result"]) {
    const text = span.attributes[key];
    if (typeof text === "string") span.attributes[key] = text.replace(/ [^" ]+ /, ` ${NEEDLE} `);
  }
}

function makeSummary(random: Random, run: number, at: number): { run: RunSummary; attribution?: Attribution } {
  const failed = random.chance(0.3);
  const blamed = failed && random.chance(0.9) ? random.pick(AGENTS) : null;
  const confidence = blamed === null ? null : 0.3 + random.below(700) / 1000;
  const common = { project: PROJECT, trace_id: traceIdOf(run) };
  const summary: RunSummary = {
    ...common,
    task: `Task ${run}: find the answer and write it down`,
    source: "",
    outcome: failed ? "failure" : "success",
    score: failed ? 0 : 1,
    settled: true,
    agents: AGENTS.slice(0, 2 + random.below(6)),
    steps: SPANS_PER_RUN,
    blamed_agent: blamed,
    blamed_step: blamed === null ? null : random.below(SPANS_PER_RUN),
    confidence,
    strategy: blamed === null ? "" : "ranker",
    reason: blamed === null ? "" : "its answer contradicts the tool's",
    status: blamed === null ? "none" : random.chance(0.1) ? "verified" : "predicted",
    replay_of: "",
    started_at: new Date(at).toISOString(),
    ended_at: new Date(at + 900).toISOString(),
    input_tokens: 1_000,
    output_tokens: 200,
  };
  if (blamed === null) return { run: summary };
  const attribution: Attribution = {
    ...common,
    strategy: "ranker",
    strategy_version: "1",
    status: "attributed",
    agent: blamed,
    step: summary.blamed_step,
    reason: summary.reason,
    confidence: confidence ?? 0,
    model: "",
    input_tokens: 0,
    output_tokens: 0,
    duration_ms: 0.2,
    cause: null,
    answered_by: "",
    created_at: summary.ended_at,
  };
  return { run: summary, attribution };
}
