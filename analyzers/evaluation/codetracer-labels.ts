import { basename, dirname, parse } from "node:path";
import { ordinalOfId } from "../diagnosis/numbering.ts";
import { PROFILES } from "../diagnosis/profiles/profiles.ts";
import { rlFeedbackSchema } from "../diagnosis/profiles/schemas.ts";
import { discoverFiles } from "../importers/discover.ts";
import type { ImportSkip, SourceFile } from "../importers/format.ts";
import { asObject, asObjects, asText, parseArguments } from "../importers/json-shape.ts";

/** The labelled steps of one trajectory of a code agent. */
export interface StepLabels {
  id: string;
  /** The agent, where the source says; else the benchmark's name. */
  subset: string;
  /** 0-based positions among the action steps. */
  incorrect: Set<number>;
  unuseful: Set<number>;
  /** Null where the source does not say. */
  step_count: number | null;
  /** Whether the run solved its task, where the source says. */
  solved: boolean | null;
}

export interface StepLabelFiles {
  labels: Map<string, StepLabels>;
  skipped: ImportSkip[];
}

/**
 * CodeTracer's labels (arXiv 2604.11641) in any of its profiles: `[{stage_id, incorrect_step_ids,
 * unuseful_step_ids}]`, the same under `stage_labels`, or a verdict a step; steps from 1. Read from one such file a trajectory (named after it, or lying in a directory
 * named after it), from a map by trajectory, or from rows with `traj_id` and `incorrect_stages` (JSON, JSON lines,
 * Parquet).
 */
export async function readStepLabels(paths: readonly string[]): Promise<StepLabelFiles> {
  const labels = new Map<string, StepLabels>();
  const skipped: ImportSkip[] = [];
  for await (const file of discoverFiles(paths)) {
    if ("kind" in file) {
      skipped.push(file);
      continue;
    }
    const found = labelsOf(file);
    for (const own of found) labels.set(own.id, own);
    if (found.length === 0) {
      const reason = "It holds no stages with incorrect_step_ids.";
      skipped.push({ kind: "skip", path: file.path, code: "unknown_format", reason });
    }
  }
  return { labels, skipped };
}

function labelsOf(file: SourceFile): StepLabels[] {
  const json = file.json ?? lines(file.text);
  const feedback = Array.isArray(json) && json.length > 0 ? rlFeedbackSchema.safeParse(json).data : undefined;
  if (feedback !== undefined) {
    const ids = (wanted: string) => feedback.flatMap(({ step_id, verdict }) => (verdict === wanted ? [step_id] : []));
    const stage = { incorrect_step_ids: ids("incorrect"), unuseful_step_ids: ids("unuseful") };
    return [stepLabels(nameOf(file.path), { step_count: feedback.length }, [stage])];
  }
  if (isStages(json)) return [stepLabels(nameOf(file.path), {}, json)];
  if (Array.isArray(json)) {
    return asObjects(json).flatMap((row) => {
      const id = asText(row["traj_id"] ?? row["trajectory_id"] ?? row["id"]);
      const stages = stagesIn(row);
      return id === "" || stages === undefined ? [] : [stepLabels(id, row, stages)];
    });
  }
  const document = asObject(json) ?? {};
  const own = stagesIn(document);
  if (own !== undefined) return [stepLabels(asText(document["traj_id"]) || nameOf(file.path), document, own)];
  return Object.entries(document).flatMap(([id, value]) => {
    const stages = isStages(value) ? value : stagesIn(asObject(value) ?? {});
    return stages === undefined ? [] : [stepLabels(id, asObject(value) ?? {}, stages)];
  });
}

/** The stages of a row, whose list may be JSON text. */
function stagesIn(row: Record<string, unknown>): unknown[] | undefined {
  for (const key of ["incorrect_stages", "stage_labels", "labels", "stages"]) {
    const value = parseArguments(row[key]);
    if (isStages(value)) return value;
  }
  return undefined;
}

/** A list of stages; the empty one says that nothing is wrong. */
function isStages(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every((stage) => asObject(stage)?.["incorrect_step_ids"] !== undefined);
}

function stepLabels(id: string, row: Record<string, unknown>, stages: unknown[]): StepLabels {
  const count = Number(row["step_count"]);
  return {
    id,
    subset: asText(row["agent"]) || "codetracebench",
    incorrect: steps(stages, "incorrect_step_ids"),
    unuseful: steps(stages, "unuseful_step_ids"),
    step_count: Number.isSafeInteger(count) && count > 0 ? count : null,
    solved: typeof row["solved"] === "boolean" ? row["solved"] : null,
  };
}

function steps(stages: readonly unknown[], key: string): Set<number> {
  const found = new Set<number>();
  for (const stage of stages) {
    const ids = asObject(stage)?.[key];
    for (const id of Array.isArray(ids) ? ids : []) {
      const step = Number(id);
      if (Number.isSafeInteger(step) && step >= 1) found.add(ordinalOfId(step));
    }
  }
  return found;
}

const FILES: ReadonlySet<string> = new Set(Object.values(PROFILES).map(({ file }) => parse(file).name));

/** `…/<trajectory>/codetracer_labels.json`, or `<trajectory>.json`. */
function nameOf(path: string): string {
  const { name } = parse(path);
  return FILES.has(name) ? basename(dirname(path)) : name;
}

function lines(text: string): unknown {
  try {
    return text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as unknown);
  } catch {
    return undefined;
  }
}
