import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Client, CulpritError, datasetRecordSchema } from "@culprit/schemas";
import { type LabelledRun, labelledRuns } from "../../attribution/ranker/examples.ts";
import { trajectoryOf } from "../../curation/prompt.ts";
import { importAll } from "../../importers/import-path.ts";
import { storedRuns } from "../stored-runs.ts";

/** Which records of a curated dataset are compared on. */
export const SPLITS = ["test", "train", "all"] as const;
export type Split = (typeof SPLITS)[number];

/** Labelled runs to compare on. */
export interface LabelledSet {
  /** `dataset`: curated records; `files`: any labelled import format; `store`: labels of stored runs. */
  kind: "dataset" | "files" | "store";
  /** A curated dataset's name and version, else where the runs were read. */
  name: string;
  /** SHA-256 of the runs and labels, so that two comparisons are known to be on the same. */
  hash: string;
  runs: LabelledRun[];
  notes: string[];
}

export interface LabelledSetOptions {
  /** A directory or file, or `store`. */
  dataset: string;
  /** Of a curated dataset. Default `test`: a tracer may have been trained on the rest. */
  split?: Split | undefined;
  /** The way to stored runs. */
  client?: Client | undefined;
  since?: string | undefined;
}

const RECORDS = "records.jsonl";
const CARD = "dataset.json";

/**
 * Reads labelled runs: a curated dataset's directory, a directory of any format that carries labels (Who&When and its
 * kin), or the labels of stored runs.
 *
 * @throws CulpritError `dataset_missing`, `dataset_unreadable`, `dataset_empty`, `dataset_one_class`
 */
export async function loadLabelledSet(options: LabelledSetOptions): Promise<LabelledSet> {
  const { dataset } = options;
  const loaded =
    dataset === "store"
      ? await fromStore(options)
      : isCurated(dataset)
        ? fromRecords(dataset, options.split ?? "test")
        : await fromFiles(dataset);
  const { runs } = loaded;
  if (runs.length === 0) {
    throw new CulpritError("dataset_empty", `${describe(dataset)} holds no labelled run to compare on.`, {
      mend: loaded.mend,
    });
  }
  runs.sort((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
  const notes = [...loaded.notes, ...requireClasses(runs, dataset)];
  return { kind: loaded.kind, name: loaded.name, hash: hashOf(runs), runs, notes };
}

type Loaded = Pick<LabelledSet, "kind" | "name" | "runs" | "notes"> & {
  /** What to do where there is no run. */
  mend: string;
};

function isCurated(path: string): boolean {
  if (!existsSync(path)) {
    throw new CulpritError("dataset_missing", `There is no dataset at ${path}.`, {
      mend: "Name a directory of labelled runs, or `store` for the labels of your own.",
    });
  }
  return path.endsWith(RECORDS) || (statSync(path).isDirectory() && existsSync(join(path, RECORDS)));
}

function fromRecords(path: string, split: Split): Loaded {
  const file = path.endsWith(RECORDS) ? path : join(path, RECORDS);
  const lines = readText(file).split("\n");
  const runs: LabelledRun[] = [];
  let others = 0;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const parsed = datasetRecordSchema.safeParse(parseLine(line));
    if (!parsed.success) {
      const where = parsed.error.issues[0]?.path.join(".") || "record";
      throw new CulpritError("dataset_unreadable", `Line ${index + 1} of ${file} is no dataset record (${where}).`, {
        mend: "Make the dataset again with this version, or name another.",
      });
    }
    const record = parsed.data;
    if (split !== "all" && record.split !== split) {
      others++;
      continue;
    }
    const { mistake_agent: agent, mistake_step: step, evidence: subset } = record;
    runs.push({ path: record.id, format: "dataset", subset, trajectory: trajectoryOf(record), agent, step });
  }
  const kept =
    split === "all" ? "Records of every split were compared on: whoever was trained on some has seen them." : "";
  return {
    kind: "dataset",
    name: cardName(join(file, "..", CARD)) ?? path,
    runs,
    notes: kept === "" ? [] : [kept],
    mend:
      others > 0
        ? `Its ${others} records are of another split: --split train or --split all.`
        : "Name another dataset.",
  };
}

/** `name v3`, where a card says so. */
function cardName(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const card = parseLine(readText(path));
  if (typeof card !== "object" || card === null || !("name" in card) || typeof card.name !== "string") return undefined;
  return "version" in card ? `${card.name} v${String(card.version)}` : card.name;
}

async function fromFiles(path: string): Promise<Loaded> {
  const { runs: imported, skipped } = await importAll([path]);
  const runs = labelledRuns(imported);
  const first = skipped[0];
  return {
    kind: "files",
    name: path,
    runs,
    notes: [
      ...(imported.length > runs.length
        ? [`${imported.length - runs.length} runs without a label were left out.`]
        : []),
      ...(first === undefined
        ? []
        : [`${skipped.length} files were left out; the first: ${first.path} (${first.reason})`]),
    ],
    mend: `It needs ${RECORDS} of a curated dataset, or files with labels such as mistake_agent and mistake_step.`,
  };
}

async function fromStore({ client, since }: LabelledSetOptions): Promise<Loaded> {
  const { runs, notes } = await storedRuns({ client, since });
  return {
    kind: "store",
    name: "store",
    runs,
    notes,
    mend: "Label failed runs first: by replay, injection or on the page.",
  };
}

/**
 * Labels that are all alike tell nobody apart: whoever always says the same is always right.
 *
 * @returns notes on what is all alike
 */
function requireClasses(runs: readonly LabelledRun[], dataset: string): string[] {
  const agents = new Set(runs.map(({ agent }) => agent));
  const steps = new Set(runs.map(({ step }) => step));
  if (runs.length > 1 && agents.size === 1 && steps.size === 1) {
    const [agent] = agents;
    const [step] = steps;
    throw new CulpritError(
      "dataset_one_class",
      `Every run of ${describe(dataset)} is blamed on ${agent} at step ${step}.`,
      {
        mend: "Compare on runs that different agents broke at different steps.",
      },
    );
  }
  return [
    ...(agents.size === 1 ? ["Every label names one agent: agent accuracy tells nobody apart."] : []),
    ...(steps.size === 1 ? ["Every label names one step: step accuracy tells nobody apart."] : []),
  ];
}

function describe(dataset: string): string {
  return dataset === "store" ? "The store" : dataset;
}

function idOf(run: LabelledRun): string {
  return run.trajectory.trace_id;
}

/** Of what a strategy is shown of a run. */
export function runDigest({ trajectory: { task, agents, steps } }: LabelledRun): string {
  const shown = steps.map(({ role, agent, content, tool_calls }) => [role, agent, content, tool_calls]);
  return createHash("sha256")
    .update(JSON.stringify([task, agents, shown]))
    .digest("hex");
}

function hashOf(runs: readonly LabelledRun[]): string {
  const lines = runs.map((run) => JSON.stringify([idOf(run), runDigest(run), run.agent, run.step]));
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CulpritError("dataset_unreadable", `${path} can't be read.`, { mend: "Name another dataset.", cause });
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
