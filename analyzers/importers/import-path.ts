import { CulpritError, type RawSpan } from "@culprit/schemas";
import { annotationsOf } from "./annotations.ts";
import { unparsedBytes } from "./coverage.ts";
import { discover, type Found } from "./discover.ts";
import type { FolderFormat, ImportedAnnotation, ImportFormat, ImportSkip, ParsedRun, SourceError } from "./format.ts";
import { FOLDER_FORMATS, IMPORT_FORMATS } from "./formats.ts";
import { type Reading, type ReadRuns, readRuns } from "./read-runs.ts";
import { contentTraceId, ownSpans, spansOf } from "./run-spans.ts";
import { backwardsAt } from "./run-times.ts";
import type { SourceLimits } from "./sources/limits.ts";
import { SourceSystem, skip } from "./sources/source-system.ts";
import { boundedRun } from "./step-limits.ts";
import type { UnknownFormatReader } from "./unknown-format.ts";

/** One foreign trajectory, ready to be stored. Importing the same file twice makes the same ids and times. */
export interface ImportedRun {
  kind: "run";
  /** The file or folder; of a file with several runs, `file#key`. */
  path: string;
  format: string;
  /** Which part of the benchmark it belongs to, by its content; empty where there are no parts. */
  subset: string;
  /** A hash of content and format: equal files, equal runs. */
  trace_id: string;
  spans: RawSpan[];
  /** The source's own label. */
  annotations: ImportedAnnotation[];
  /** Errors annotated by span id, from sources that do so (TRAIL). */
  errors?: SourceError[];
  /** Agents in order of appearance; empty where the source brings spans of its own. */
  agents: string[];
  steps: number;
  outcome: ParsedRun["outcome"];
  /** Bytes of the files that it was read from, where they lie; all runs of one file share them. */
  bytes: number;
  /** Bytes of text in those files that reached no run. */
  unparsed_bytes: number;
  /** Between 0 and 1: how sure a derived parser is; absent for a format of the table. */
  confidence?: number;
  warnings: string[];
}

export interface ImportOptions {
  /** A name in {@link IMPORT_FORMATS} or {@link FOLDER_FORMATS}; detected from the content when absent. */
  format?: string;
  /**
   * When runs without a time of their own started, in milliseconds since 1970; the default is the file's modification
   * time, which stays the same as long as the file does.
   */
  startMs?: number;
  /** Tried on files of no known format. */
  unknown?: UnknownFormatReader;
  /** Also names what nobody would take for a trajectory: prose, pictures, links. */
  everything?: boolean;
  limits?: Partial<SourceLimits>;
  /** What is being looked at, for whoever waits. */
  onProgress?: (path: string) => void;
}

/** Skips that say nothing to whoever imports a benchmark. */
const QUIET = new Set<ImportSkip["code"]>(["no_trajectory", "binary", "link", "ignored", "beside", "lfs_pointer"]);

/**
 * Reads files, directories and archives of foreign trajectories. A file that can't be used is a skip with its reason;
 * the others go on.
 *
 * @throws CulpritError `unknown_import_format` for a format name that is not in the table
 */
export async function* importPath(
  paths: string | readonly string[],
  options: ImportOptions = {},
): AsyncGenerator<ImportedRun | ImportSkip> {
  const wanted = options.format === undefined ? undefined : formatNamed(options.format);
  const folders = wanted === undefined ? FOLDER_FORMATS : FOLDER_FORMATS.filter((format) => format === wanted);
  const sources = new SourceSystem(options.limits);
  const state: State = {
    options,
    wanted,
    unknown: options.unknown,
    sources,
    seen: new Map(),
    beside: new Map(),
  };
  /** Files that may still turn out to belong to a run found later. */
  const unclear: ImportSkip[] = [];
  try {
    for await (const found of discover(typeof paths === "string" ? [paths] : paths, sources, folders)) {
      for (const item of await importFound(found, state)) {
        if (item.kind === "skip" && UNCLEAR.has(item.code)) unclear.push(item);
        else if (item.kind === "run" || options.everything === true || !QUIET.has(item.code)) yield item;
      }
    }
    for (const item of unclear) {
      const run = state.beside.get(item.path);
      const known = run === undefined ? item : skip(item.path, "beside", `It belongs to ${run}.`);
      if (options.everything === true || !QUIET.has(known.code)) yield known;
    }
  } finally {
    await sources.close();
  }
}

/** {@link importPath}, gathered. */
export async function importAll(
  paths: string | readonly string[],
  options: ImportOptions = {},
): Promise<{ runs: ImportedRun[]; skipped: ImportSkip[] }> {
  const runs: ImportedRun[] = [];
  const skipped: ImportSkip[] = [];
  for await (const item of importPath(paths, options)) {
    if (item.kind === "run") runs.push(item);
    else skipped.push(item);
  }
  return { runs, skipped };
}

const UNCLEAR = new Set<ImportSkip["code"]>(["unknown_format", "not_json", "no_trajectory", "malformed", "empty"]);

interface State extends Reading {
  options: ImportOptions;
  /** Paths of runs by their trace id. */
  seen: Map<string, string>;
}

async function importFound(found: Found, state: State): Promise<(ImportedRun | ImportSkip)[]> {
  if (found.kind === "skip") return [found];
  state.options.onProgress?.(found.kind === "file" ? found.file.path : found.path);
  if (found.kind === "folder") {
    const { runs, read } = found.found;
    return finished(found.path, { runs, read, format: found.format.name }, state);
  }
  const { file } = found;
  const run = state.beside.get(file.path);
  if (run !== undefined) return [skip(file.path, "beside", `It belongs to ${run}.`)];
  try {
    const read = await readRuns(file, state);
    return "kind" in read ? [read] : finished(file.path, read, state);
  } catch (error) {
    // A value nested deeper than can be written out again, or what no format thought of: one file is one skip.
    const why = error instanceof RangeError ? "it is nested too deeply" : `it can't be read (${messageOf(error)})`;
    return [skip(file.path, "malformed", `Of its content: ${why}.`)];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function finished(path: string, read: ReadRuns, { options, seen }: State): (ImportedRun | ImportSkip)[] {
  const { format, runs } = read;
  if (runs.length === 0) return [skip(path, "malformed", `As ${format}: it holds no runs.`)];
  const whole = runs.filter((run): run is ParsedRun => !("malformed" in run));
  const bytes = read.read.reduce((sum, file) => sum + file.bytes, 0);
  const missing = unparsedBytes(read.read, whole);
  const file = read.read[0];
  const mended = [...new Set(read.read.flatMap(({ warnings }) => warnings))];
  return runs.map((run) => {
    if ("malformed" in run) return skip(path, "malformed", `As ${format}: ${run.malformed}`);
    const named = run.key === undefined ? path : `${path}#${run.key}`;
    const made = importRun(boundedRun(run), {
      path: named,
      format,
      identity: run.identity ?? file?.text ?? path,
      start: options.startMs ?? file?.modifiedMs ?? 0,
    });
    const twin = seen.get(made.trace_id);
    if (twin !== undefined) return skip(named, "duplicate", `It has the same content as ${twin}.`);
    seen.set(made.trace_id, named);
    return {
      ...made,
      bytes,
      unparsed_bytes: missing,
      ...(read.confidence === undefined ? {} : { confidence: read.confidence }),
      warnings: [...mended, ...made.warnings],
    };
  });
}

function importRun(
  run: ParsedRun,
  { path, format, identity, start }: { path: string; format: string; identity: string; start: number },
): Omit<ImportedRun, "bytes" | "unparsed_bytes"> {
  const trace_id = contentTraceId(identity, format);
  const warnings = [...run.warnings];
  const backwards = backwardsAt(run);
  if (backwards !== undefined)
    warnings.push(`Its clock runs backwards at step ${backwards}; the order is the source's.`);
  const made = { trace_id, startMs: start, source: format };
  return {
    kind: "run",
    path,
    format,
    subset: run.subset,
    trace_id,
    spans: run.spans === undefined ? spansOf(run, made) : ownSpans(run, run.spans, made),
    annotations: annotationsOf(run, trace_id, start, warnings),
    ...(run.errors === undefined ? {} : { errors: run.errors }),
    agents: [...new Set(run.steps.filter(({ role }) => role === "agent").map(({ agent }) => agent))],
    steps: run.spans === undefined ? run.steps.length : run.spans.length,
    outcome: run.outcome,
    warnings,
  };
}

/**
 * The format that a person named.
 *
 * @throws CulpritError `unknown_import_format` naming those there are
 */
export function formatNamed(name: string): ImportFormat | FolderFormat {
  const known = [...IMPORT_FORMATS, ...FOLDER_FORMATS];
  const format = known.find((candidate) => candidate.name === name);
  if (format) return format;
  throw new CulpritError("unknown_import_format", `There is no import format ${name}.`, {
    mend: `Known formats: ${[...new Set(known.map((row) => row.name))].join(", ")}.`,
  });
}
