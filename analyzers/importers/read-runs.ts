import type { FolderFormat, ImportFormat, ImportSkip, Malformed, ParsedRun, SourceFile } from "./format.ts";
import { IMPORT_FORMATS } from "./formats.ts";
import { labelFilesOf } from "./label-files.ts";
import { type SourceSystem, skip } from "./sources/source-system.ts";
import type { UnknownFormatReader } from "./unknown-format.ts";

/** Runs as a format read them, before they are spans. */
export interface ReadRuns {
  format: string;
  runs: readonly (ParsedRun | Malformed)[];
  read: readonly SourceFile[];
  confidence?: number;
}

export interface Reading {
  /** The format that was asked for. */
  wanted: ImportFormat | FolderFormat | undefined;
  /** Tried on files of no known format. */
  unknown: UnknownFormatReader | undefined;
  sources: SourceSystem;
  /** Files that told more of a run, by path. */
  beside: Map<string, string>;
}

/** The runs of one file: by the first format that fits, else by whoever reads unknown ones. */
export async function readRuns(
  file: SourceFile,
  { wanted, unknown, sources, beside }: Reading,
): Promise<ReadRuns | ImportSkip> {
  const tables = wanted === undefined ? IMPORT_FORMATS : "detect" in wanted ? [wanted] : [];
  if (tables.length === 0) return skip(file.path, "no_trajectory", `It is no folder of ${wanted?.name} runs.`);
  if (file.json !== undefined || file.records !== undefined) {
    const labelled = tables.find((candidate) => candidate.isLabels?.(file));
    if (labelled) return skip(file.path, "labels", `It holds labels of ${labelled.name} runs.`);
  }
  for (const format of tables) {
    const taken = wanted === undefined ? partsOf(file, format) : (partsOf(file, format) ?? [file]);
    if (taken === undefined) continue;
    const labels = await labelFilesOf(format, file.path, sources);
    const runs: (ParsedRun | Malformed)[] = [];
    for (const [at, part] of taken.entries()) {
      const neighbours = new Map<string, SourceFile>();
      for (const path of format.besidePaths?.(part) ?? []) {
        const neighbour = await sources.file(path);
        if (neighbour === undefined || path === file.path || format.isBeside?.(neighbour) === false) continue;
        neighbours.set(path, neighbour);
      }
      const parsed = format.parse(part, labels, neighbours);
      const several = isSeveral(parsed) ? parsed : [parsed];
      runs.push(...(taken.length === 1 ? several : several.map((run, place) => ofLine(run, part, at, place))));
      for (const path of neighbours.keys()) beside.set(path, file.path);
    }
    return { format: format.name, runs, read: [file] };
  }
  const derived = wanted === undefined ? await unknown?.read(file) : undefined;
  if (derived !== undefined) return { ...derived, read: [file] };
  return unknownFormat(file);
}

/** A run of one line of a file is known by the line. */
function ofLine(run: ParsedRun | Malformed, part: SourceFile, line: number, place: number): ParsedRun | Malformed {
  if ("malformed" in run) return run;
  const key = run.key ?? (run.task_id || String(line + 1));
  return { ...run, key, identity: run.identity ?? `${part.text}${place === 0 ? "" : `\n${place}`}` };
}

/** The file itself, or each of its lines where those are what the format knows; `undefined` when neither is. */
function partsOf(file: SourceFile, format: ImportFormat): SourceFile[] | undefined {
  if (format.detect(file)) return [file];
  const { records, ...rest } = file;
  if (records === undefined || records.length === 0 || format.wholeFile === true) return undefined;
  const line = (json: unknown): SourceFile => ({ ...rest, json, text: "" });
  if (!records.slice(0, 5).every((record) => format.detect(line(record)))) return undefined;
  return records.map((record) => ({ ...line(record), text: JSON.stringify(record) }));
}

function unknownFormat(file: SourceFile): ImportSkip {
  if (file.json !== undefined || file.records !== undefined) {
    return skip(file.path, "unknown_format", "No known format has these fields.");
  }
  if (/^\s*[[{]/.test(file.text) || /\.(json|jsonl|traj)$/.test(file.path)) {
    return skip(file.path, "not_json", "The file is not JSON.");
  }
  return skip(file.path, "no_trajectory", "Nothing in it looks like the turns of an agent.");
}

function isSeveral<T extends object>(parsed: T | readonly T[]): parsed is readonly T[] {
  return Array.isArray(parsed);
}
