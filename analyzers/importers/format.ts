import type { Annotation, AttributeValue, RawSpan } from "@culprit/schemas";
import type { SourceEntry, SourceSystem } from "./sources/source-system.ts";

/** One file of an archive, read once; formats look at it without touching the disk. */
export interface SourceFile {
  path: string;
  /** Empty for a Parquet file. */
  text: string;
  /** Its size where it lies, unpacked. */
  bytes: number;
  /** Modification time in milliseconds since 1970. */
  modifiedMs: number;
  /** The text as JSON, a Parquet file as the array of its rows, parsed once; `undefined` when it is neither. */
  json: unknown;
  /** The values of a file of JSON lines. */
  records?: readonly unknown[];
  /** What had to be mended to read it. */
  warnings: string[];
}

export interface ParsedStep {
  role: "agent" | "environment" | "user";
  /** The agent, tool or person, without the source's decorations. */
  agent: string;
  /** The speaker as the source spells it. */
  speaker: string;
  content: string;
  /** Tools that an agent called; shown behind its content. */
  tool_calls?: { id: string; name: string; arguments: AttributeValue }[];
  /** What the actor was shown, where the source says. */
  input?: string;
  /** Why it failed, where the source says that it did. */
  error?: string;
  /** Environment: the id of the call that it answers. */
  call_id?: string;
  /** Environment: how the process ended. */
  exit_code?: number;
  /** Agent: what it thought beside what it said. */
  reasoning?: string;
  model?: string;
  input_tokens?: number;
  output_tokens?: number;
  /** When it began, in milliseconds since 1970, and how long it took. */
  at_ms?: number;
  duration_ms?: number;
}

/** An annotated error of a run, by the span it is at (TRAIL). */
export interface SourceError {
  category: string;
  /** A span id of the source. */
  location: string;
}

/** A foreign trajectory in our words, before it becomes spans. */
export interface ParsedRun {
  /** Which run of a file that holds several. */
  key?: string;
  /** What the run's id is made from: equal texts, equal runs. The file's text when absent. */
  identity?: string;
  /** Which part of the benchmark it belongs to, by its content; empty where there are no parts. */
  subset: string;
  task: string;
  task_id: string;
  ground_truth: string;
  outcome: "success" | "failure" | "unknown";
  steps: ParsedStep[];
  /** System prompts by agent, put on the agent's first span. */
  system_prompts: Map<string, string>;
  /** Who and which 0-based step the source blames, unchecked. */
  label: { agent: string; step: number; reason: string; evidence?: "human" | "injected" } | null;
  /** Spans of the source's own instead of one made for each of `steps`; their trace id is replaced. */
  spans?: RawSpan[];
  /** Errors annotated by span; only from sources that do so. */
  errors?: SourceError[];
  /** Texts of the source that were understood and are no step: an example it was shown, its tools. */
  also_read?: string[];
  /** How it ended, in the source's words. */
  exit_status?: string;
  /** What its check said of the outcome, and the score it gave. */
  feedback?: string;
  score?: number;
  /** US dollars. */
  cost_usd?: number;
  /** Milliseconds since 1970. */
  started_ms?: number;
  ended_ms?: number;
  warnings: string[];
}

/** Why something was left out; stable. */
export type SkipCode =
  | "not_found"
  | "too_large"
  | "too_deep"
  | "too_many"
  | "not_json"
  | "unknown_format"
  | "malformed"
  | "duplicate"
  | "labels"
  | "unreadable"
  | "empty"
  | "binary"
  | "lfs_pointer"
  | "link"
  | "ignored"
  | "archive"
  | "encrypted"
  | "unsafe_archive"
  | "unsupported_archive"
  | "beside"
  | "no_trajectory";

/** Why a file was left out. */
export interface ImportSkip {
  kind: "skip";
  path: string;
  code: SkipCode;
  reason: string;
}

/** What `parse` answers about a file that has the format's marks but not its substance. */
export interface Malformed {
  malformed: string;
}

/** One foreign format: a row of the table in `formats.ts`. */
export interface ImportFormat {
  name: string;
  description: string;
  /** Whether the content (never the file name) carries the format's marks. */
  detect(file: SourceFile): boolean;
  /** The file is read as a whole; its lines are never runs of their own. */
  wholeFile?: true;
  /** Whether a file holds labels of this format's runs, and no runs. */
  isLabels?(file: SourceFile): boolean;
  /** Paths at which labels of this file's runs may be; the label files among them reach `parse`. */
  labelPaths?(path: string, sources: SourceSystem): Promise<string[]>;
  /** Paths at which there may be files that tell more of this file's runs: a verifier's verdict, another part. */
  besidePaths?(file: SourceFile): string[];
  /** Whether what lies at one of those paths does. */
  isBeside?(file: SourceFile): boolean;
  /** One run, or those of a file that holds several. Never throws for what a file contains. */
  parse(
    file: SourceFile,
    labels: readonly SourceFile[],
    beside: ReadonlyMap<string, SourceFile>,
  ): ParsedRun | Malformed | readonly (ParsedRun | Malformed)[];
}

/** The runs that a folder holds as a whole. */
export interface FolderRuns {
  runs: readonly (ParsedRun | Malformed)[];
  /** Every path that was read or belongs to the runs: files, and folders that nobody needs to look into again. */
  files: readonly string[];
  /** The texts that the runs were read from, for what of them was left unread. */
  read: readonly SourceFile[];
}

/** A foreign format whose runs lie in several files: a row of the other table in `formats.ts`. */
export interface FolderFormat {
  name: string;
  description: string;
  /** The runs of a folder; `undefined` when it holds none of this format. Never throws for what files contain. */
  read(folder: string, entries: readonly SourceEntry[], sources: SourceSystem): Promise<FolderRuns | undefined>;
}

export type ImportedAnnotation = Omit<Annotation, "project">;
