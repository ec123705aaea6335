import {
  type Annotation,
  type Client,
  CulpritError,
  type DatasetRecord,
  type Replay,
  type RouteInput,
  type TraceDetail,
} from "@culprit/schemas";
import { chooseLabel, type LeftOutReason, toRecord } from "./annotate.ts";
import { addCounts, type ScrubCounts, scrubRecord } from "./scrub.ts";

export interface CollectOptions {
  /** Keep only labels with this evidence. */
  evidence?: Annotation["evidence"];
  /** How far back annotations are looked for, such as `30d`; the API's default otherwise. */
  since?: string;
  /** Only labels of these runs. */
  only?: ReadonlySet<string>;
  /** The run that each run made by a replay was made from, where its summary does not say yet. */
  origins?: ReadonlyMap<string, string>;
  /** Called after every run that was looked at. */
  onProgress?: (done: number, total: number) => void;
}

/** Scrubbed records, and what was left out or replaced on the way. */
export interface Collected {
  records: DatasetRecord[];
  left_out: Partial<Record<LeftOutReason, number>>;
  scrubbed: ScrubCounts;
}

const PAGE = 1000;
const AT_ONCE = 4;

/** Records as they are asked for, and the counts, which are whole once all were. */
export interface RecordStream extends Omit<Collected, "records"> {
  records: AsyncIterable<DatasetRecord>;
}

/**
 * Every annotated run as a scrubbed dataset record, in order of trace id, read while records are asked for: a few runs
 * are in memory, not all. Reads through the REST contract, so the client may point at a running collector or at an app
 * in the same process.
 *
 * @throws CulpritError while records are read, what the client throws, except that a missing run is counted as left out
 */
export function streamRecords(client: Client, options: CollectOptions = {}): RecordStream {
  const left_out: RecordStream["left_out"] = {};
  const scrubbed: ScrubCounts = {};
  async function* records(): AsyncGenerator<DatasetRecord> {
    const annotated = await annotatedTraces(client, options);
    const traces = annotated.filter((traceId) => options.only?.has(traceId) ?? true);
    let done = 0;
    const looked = async (traceId: string) => {
      const run = await getRun(client, traceId);
      if (run === undefined) return { left_out: "run_not_found" as const };
      return curate(run, options.evidence, await originReplays(client, run, options.origins));
    };
    for await (const outcome of ahead(traces, looked)) {
      options.onProgress?.(++done, traces.length);
      if ("left_out" in outcome) {
        left_out[outcome.left_out] = (left_out[outcome.left_out] ?? 0) + 1;
        continue;
      }
      addCounts(scrubbed, outcome.counts);
      yield outcome.record;
    }
  }
  return { records: records(), left_out, scrubbed };
}

/** What {@link streamRecords} reads, all of it in memory. */
export async function collectRecords(client: Client, options: CollectOptions = {}): Promise<Collected> {
  const { records, ...counts } = streamRecords(client, options);
  const collected: DatasetRecord[] = [];
  for await (const record of records) collected.push(record);
  return { records: collected, ...counts };
}

/** Results in the order of the items, `AT_ONCE` of them under way ahead of who reads. */
async function* ahead<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  let next = 0;
  const start = () => {
    const result = work(items[next++] as Item);
    // Whoever reads hears of a failure; until then it is nobody's unhandled rejection.
    result.catch(() => {});
    underWay.push(result);
  };
  while (next < items.length || underWay.length > 0) {
    while (next < items.length && underWay.length < AT_ONCE) start();
    yield await (underWay.shift() as Promise<Result>);
  }
}

/** Replays of the run that a labelled run was made from: what an injected label rests on is kept there. */
async function originReplays(
  client: Client,
  run: TraceDetail,
  origins?: ReadonlyMap<string, string>,
): Promise<readonly Replay[]> {
  const origin = run.summary?.replay_of || (origins?.get(run.trace_id) ?? "");
  if (origin === "" || !run.annotations.some(({ evidence }) => evidence === "injected")) return run.replays;
  const detail = await getRun(client, origin, "clipped");
  return [...run.replays, ...(detail?.replays ?? [])];
}

/**
 * One stored run to a scrubbed record: choose the label, check that it fits, scrub.
 *
 * @param replays those the label may rest on; the run's own when not given
 */
export function curate(
  run: TraceDetail,
  evidence?: Annotation["evidence"],
  replays: readonly Replay[] = run.replays,
): { record: DatasetRecord; counts: ScrubCounts } | { left_out: LeftOutReason } {
  const choice = chooseLabel(run.annotations);
  if ("left_out" in choice) return choice;
  if (evidence !== undefined && choice.label.evidence !== evidence) return { left_out: "evidence_not_asked_for" };
  const made = toRecord(run, choice.label, replays);
  return "left_out" in made ? made : scrubRecord(made.record, provenanceIds(run));
}

function provenanceIds(run: TraceDetail): string[] {
  const ids = [run.trace_id, run.summary?.replay_of ?? ""];
  for (const replay of run.replays) ids.push(replay.replay_id, replay.replay_trace_id);
  for (const annotation of run.annotations) ids.push(annotation.annotation_id, annotation.replay_id);
  // Longest first: an id may contain another one.
  return [...new Set(ids)].filter((id) => id !== "").sort((left, right) => right.length - left.length);
}

async function annotatedTraces(client: Client, options: CollectOptions): Promise<string[]> {
  const traces = new Set<string>();
  let cursor: string | undefined;
  do {
    const query: RouteInput<"listAnnotations"> = {
      limit: PAGE,
      ...(options.evidence === undefined ? {} : { evidence: options.evidence }),
      ...(options.since === undefined ? {} : { since: options.since }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await client.call("listAnnotations", query);
    for (const annotation of page.annotations) traces.add(annotation.trace_id);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return [...traces].sort();
}

async function getRun(
  client: Client,
  traceId: string,
  contents: "full" | "clipped" = "full",
): Promise<TraceDetail | undefined> {
  try {
    return await client.call("getTrace", { trace_id: traceId, contents });
  } catch (error) {
    if (error instanceof CulpritError && error.code === "not_found") return undefined;
    throw error;
  }
}
