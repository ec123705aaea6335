import type {
  AlertEvent,
  Annotation,
  Attribution,
  BlamedAgent,
  IncomingSpan,
  KeptSummary,
  Outcome,
  Replay,
  RunConditions,
  RunSummary,
  Span,
  SpanLog,
  TimeWindow,
  UnreadScope,
} from "@culprit/schemas";
import type { GroupStore } from "./groups/groups.ts";
import type { AlertStore } from "./queries/alerts.ts";
import type { Change } from "./queries/changes.ts";
import type { DatasetStore } from "./queries/datasets.ts";
import type { DeletionStore } from "./queries/deletion.ts";
import type { FeedbackStore } from "./queries/feedback.ts";
import type { FigureStore } from "./queries/figures.ts";
import type { KeyStore } from "./queries/keys.ts";
import type { LoopStore } from "./queries/loops.ts";
import type { ReplayJobStore } from "./queries/replay-jobs.ts";
import type { SearchFilter } from "./queries/search.ts";
import type { ShadowStore } from "./queries/shadow.ts";
import type { ReadSpan } from "./rows/span-read.ts";
import type { SpanWriter } from "./spans.ts";

/** Part of the hash space: trace ids with `cityHash64(trace_id) % of = index`. */
export interface Shard {
  index: number;
  of: number;
}

/** A trace that received spans, outcomes, replays or annotations. */
export interface TouchedTrace {
  project: string;
  trace_id: string;
  /** Store time of the newest arrival, milliseconds since 1970. */
  touched_at_ms: number;
}

/** Which runs of a project, and which page of them. Runs that replay another are left out unless asked for. */
export interface RunFilter extends Partial<RunConditions>, TimeWindow {
  project: string;
  limit: number;
  /** Opaque; from the page before. */
  cursor?: string | undefined;
  /** Tasks and reasons are cut after so many characters; whole when not given. */
  text_characters?: number | undefined;
}

export interface Page<Row> {
  rows: Row[];
  next_cursor: string | null;
}

/** Blame of one agent in one hour. */
export interface BlameHour {
  /** When the hour began, ISO 8601. */
  hour: string;
  agent: string;
  failures: number;
  verified: number;
}

export interface StoreCounts {
  runs: number;
  settled: number;
  failed: number;
  backlog: number;
  spans: number;
}

/**
 * Everything Culprit keeps. Saves are durable when they resolve and idempotent: the same row saved twice is one
 * row. Reads never show a span twice.
 */
export interface Store {
  readonly kind: "embedded" | "server";
  /** Milliseconds since 1970 by the store's clock, the clock `touched_at_ms` is in. */
  now(): Promise<number>;

  /** Encodes spans and inserts what was encoded: what the collector's group commit and spool are made of. */
  readonly spans: SpanWriter;
  insertSpans(spans: readonly IncomingSpan[]): Promise<void>;
  /**
   * How a span that was stored without its messages is read: the collector's dialects. Without it, reading such a span
   * throws `store_no_reader`.
   */
  readWith(read: ReadSpan): void;
  /** Log records of traces; the same one saved twice is one. */
  insertLogs(logs: readonly SpanLog[]): Promise<void>;
  /**
   * Spans of one trace, each once, by start time. Log records that are events of a span are among its events, and what
   * it does not say of its messages by itself is read out of them.
   */
  readSpans(project: string, traceId: string): Promise<Span[]>;
  /**
   * Changes whenever something is added to, or taken from, what {@link readSpans} reads of a trace; now and then without,
   * where the engine has merged its rows. Cheap beside reading them.
   */
  traceStamp(project: string, traceId: string): Promise<string>;
  /**
   * Traces touched at or after `sinceMs`, oldest first. The next page begins at the last `touched_at_ms`; one insert
   * stamps all its rows alike, so a page full of one moment is asked for again with a larger limit. A row is stamped
   * when its insert begins and seen when it ends: begin each pass some seconds before the newest touch of the last.
   */
  touchedTraces(options: { sinceMs: number; shard: Shard; limit: number }): Promise<TouchedTrace[]>;

  saveOutcome(project: string, traceId: string, outcome: Outcome): Promise<void>;
  /** One outcome a source, newest of each. */
  readOutcomes(project: string, traceId: string): Promise<Outcome[]>;

  saveAttributions(attributions: readonly Attribution[]): Promise<void>;
  /** Newest of each (strategy, version), newest first. */
  readAttributions(project: string, traceId: string): Promise<Attribution[]>;

  saveRuns(runs: readonly KeptSummary[]): Promise<void>;
  readRun(project: string, traceId: string): Promise<RunSummary | null>;
  /** Newest first; a cursor stays valid while runs arrive. Throws `cursor_invalid`, `search_empty`. */
  listRuns(filter: RunFilter): Promise<Page<RunSummary>>;
  /** Runs whose messages hold all of some words, newest first; of very many, the newest of some 1,000. Throws `search_empty`. */
  searchRuns(filter: SearchFilter): Promise<RunSummary[]>;
  blamedAgents(project: string, sinceSeconds: number): Promise<BlamedAgent[]>;
  /** Failed runs by the hour they started and the agent they are blamed on, newest hour first; replays left out. */
  blameByHour(project: string, sinceSeconds: number): Promise<BlameHour[]>;
  /**
   * Makes every table that is derived from another inside the store what it should be, where it is not: done when a
   * store is opened, harmless at any time. True when there was something to mend.
   */
  rebuild(): Promise<boolean>;
  counts(project: string): Promise<StoreCounts>;
  /** Instrumentation scopes of spans that no dialect reads, arrived since, most spans first; at most 20. */
  unreadScopes(project: string, sinceSeconds: number): Promise<UnreadScope[]>;

  saveReplay(replay: Replay): Promise<void>;
  readReplays(project: string, traceId: string): Promise<Replay[]>;

  saveAnnotation(annotation: Annotation): Promise<void>;
  readAnnotations(project: string, traceId: string): Promise<Annotation[]>;
  listAnnotations(filter: {
    project: string;
    evidence?: Annotation["evidence"] | undefined;
    since_seconds: number;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<Annotation>>;

  saveAlertEvent(event: AlertEvent): Promise<void>;
  /** Newest first. */
  listAlertEvents(project: string, sinceSeconds: number, limit: number): Promise<AlertEvent[]>;

  /**
   * What was saved in some projects after a moment of the store's clock (ISO 8601), oldest first; begin each pass some
   * seconds before the newest of the last, as with {@link touchedTraces}.
   */
  changes(filter: { projects: readonly string[]; since: string }): Promise<Change[]>;
  readonly replayJobs: ReplayJobStore;

  readonly alerts: AlertStore;
  readonly groups: GroupStore;
  readonly figures: FigureStore;
  readonly feedback: FeedbackStore;
  readonly datasets: DatasetStore;
  readonly loops: LoopStore;
  readonly shadow: ShadowStore;
  readonly keys: KeyStore;
  readonly deletion: DeletionStore;

  close(): Promise<void>;
}
