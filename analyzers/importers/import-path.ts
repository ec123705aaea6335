import { CulpritError, type RawSpan } from "@culprit/schemas";
import { discoverFiles, skip } from "./discover.ts";
import type {
  ImportedAnnotation,
  ImportFormat,
  ImportSkip,
  Malformed,
  ParsedRun,
  SourceError,
  SourceFile,
} from "./format.ts";
import { IMPORT_FORMATS } from "./formats.ts";
import { LabelFiles } from "./label-files.ts";
import { contentTraceId, ownSpans, spansOf } from "./run-spans.ts";

/** One foreign trajectory, ready to be stored. Importing the same file twice makes the same ids and times. */
export interface ImportedRun {
  kind: "run";
  /** The file; of a file with several runs, `file#key`. */
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
  warnings: string[];
}

export interface ImportOptions {
  /** A name in {@link IMPORT_FORMATS}; detected from the content when absent. */
  format?: string;
  /**
   * When the runs started, in milliseconds since 1970. The files carry no times; the default is the file's own
   * modification time, which stays the same as long as the file does.
   */
  startMs?: number;
}

/**
 * Reads files and directories of foreign trajectories. A file that can't be used is a skip with its reason; the
 * others go on.
 *
 * @throws CulpritError `unknown_import_format` for a format name that is not in the table
 */
export async function* importPath(
  paths: string | readonly string[],
  options: ImportOptions = {},
): AsyncGenerator<ImportedRun | ImportSkip> {
  const wanted = options.format === undefined ? undefined : formatNamed(options.format);
  const seen = new Map<string, string>();
  const labelFiles = new LabelFiles();
  for await (const file of discoverFiles(typeof paths === "string" ? [paths] : paths)) {
    if ("kind" in file) {
      yield file;
      continue;
    }
    for (const imported of await importFile(file, wanted, labelFiles, options.startMs)) {
      if (imported.kind === "run") {
        const twin = seen.get(imported.trace_id);
        if (twin !== undefined) {
          yield skip(imported.path, "duplicate", `It has the same content as ${twin}.`);
          continue;
        }
        seen.set(imported.trace_id, imported.path);
      }
      yield imported;
    }
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

async function importFile(
  file: SourceFile,
  wanted: ImportFormat | undefined,
  labelFiles: LabelFiles,
  startMs: number | undefined,
): Promise<(ImportedRun | ImportSkip)[]> {
  if (file.json === undefined) return [skip(file.path, "not_json", "The file is not JSON.")];
  const candidates = wanted === undefined ? IMPORT_FORMATS : [wanted];
  const labelled = candidates.find((candidate) => candidate.isLabels?.(file));
  if (labelled) return [skip(file.path, "labels", `It holds labels of ${labelled.name} runs.`)];
  const format = wanted ?? IMPORT_FORMATS.find((candidate) => candidate.detect(file));
  if (!format) return [skip(file.path, "unknown_format", "No known format has these fields.")];
  const labels = await labelFiles.of(format, file.path);
  try {
    const parsed = format.parse(file, labels);
    const runs: readonly (ParsedRun | Malformed)[] = isSeveral(parsed) ? parsed : [parsed];
    if (runs.length === 0) return [skip(file.path, "malformed", `As ${format.name}: it holds no runs.`)];
    return runs.map((run) =>
      "malformed" in run
        ? skip(file.path, "malformed", `As ${format.name}: ${run.malformed}`)
        : importRun(run, file, format.name, startMs),
    );
  } catch (error) {
    // A value nested deeper than can be written out again.
    if (!(error instanceof RangeError)) throw error;
    return [skip(file.path, "malformed", `As ${format.name}: it is nested too deeply.`)];
  }
}

function isSeveral<T extends object>(parsed: T | readonly T[]): parsed is readonly T[] {
  return Array.isArray(parsed);
}

function importRun(run: ParsedRun, file: SourceFile, source: string, startMs: number | undefined): ImportedRun {
  const trace_id = contentTraceId(run.identity ?? file.text, source);
  const start = startMs ?? file.modifiedMs;
  const warnings = [...run.warnings];
  const identity = { trace_id, startMs: start, source };
  return {
    kind: "run",
    path: run.key === undefined ? file.path : `${file.path}#${run.key}`,
    format: source,
    subset: run.subset,
    trace_id,
    spans: run.spans === undefined ? spansOf(run, identity) : ownSpans(run, run.spans, identity),
    annotations: annotationsOf(run, trace_id, start, warnings),
    ...(run.errors === undefined ? {} : { errors: run.errors }),
    warnings,
  };
}

function annotationsOf(run: ParsedRun, trace_id: string, startMs: number, warnings: string[]): ImportedAnnotation[] {
  if (!run.label) return [];
  const { agent, step, reason, evidence = "human" } = run.label;
  const labelled = step < 0 ? undefined : run.steps[step];
  if (!labelled) {
    warnings.push(`The label names step ${step}, but the run has steps 0 to ${run.steps.length - 1}: left out.`);
    return [];
  }
  if (!run.steps.some((taken) => taken.agent === agent)) {
    warnings.push(`The label blames ${agent}, who is not in the run: left out.`);
    return [];
  }
  if (labelled.agent !== agent) {
    warnings.push(`The label blames ${agent}, but step ${step} was taken by ${labelled.agent}.`);
  }
  return [
    {
      annotation_id: `import-${trace_id}`,
      trace_id,
      agent,
      step,
      evidence,
      verdict: "confirmed",
      reason,
      replay_id: "",
      correction: "",
      earliest: "not proven",
      placebo_k: 0,
      placebo_successes: 0,
      created_at: new Date(startMs).toISOString(),
    },
  ];
}

function formatNamed(name: string): ImportFormat {
  const format = IMPORT_FORMATS.find((candidate) => candidate.name === name);
  if (format) return format;
  throw new CulpritError("unknown_import_format", `There is no import format ${name}.`, {
    mend: `Known formats: ${IMPORT_FORMATS.map((known) => known.name).join(", ")}.`,
  });
}
