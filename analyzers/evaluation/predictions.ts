import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, parse, relative, resolve } from "node:path";
import { CulpritError } from "@culprit/schemas";
import type { LabelledRun } from "../attribution/ranker/examples.ts";
import { asObject, asText } from "../importers/json-shape.ts";
import { withoutQualifier } from "../importers/who-and-when.ts";
import { readPublishedLog } from "./published.ts";
import { type Said, stated } from "./said.ts";

/** One prediction of a file: which run, by its trace id, task id or file name, and who and where. */
export interface Prediction {
  key: string;
  agent: string | null;
  step: number | null;
  confidence: number | null;
}

export interface PredictionFile {
  predictions: Prediction[];
  /** The text of a published log with its subset's prefix on file names; undefined for JSON. */
  log?: string;
  /** Blocks and entries that could not be read. */
  unreadable: number;
}

const MOST_BYTES = 256 * 1024 * 1024;

/** Names under which the fields are found, the first that is there. */
const FIELDS = {
  key: ["trace_id", "path", "file", "id", "question_ID", "task_id"],
  agent: ["agent", "predicted_agent", "agent_name", "mistake_agent"],
  step: ["step", "predicted_step", "step_number", "mistake_step"],
} as const;

/**
 * Somebody's predictions: a JSON array, map or lines of `{id|path|trace_id, agent, step}`, the document of
 * `culprit attribute --json`, or a log of the official Who&When scripts. A directory holds one such file a subset,
 * named after it.
 *
 * @throws CulpritError `predictions_unreadable`
 */
export async function readPredictions(path: string): Promise<PredictionFile> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) {
    const files: PredictionFile = { predictions: [], unreadable: 0 };
    for (const name of (await readdir(path)).sort()) {
      const own = await readFileOf(join(path, name), `${parse(name).name}/`);
      files.predictions.push(...own.predictions);
      files.unreadable += own.unreadable;
      if (own.log !== undefined) files.log = `${files.log ?? ""}${own.log}\n`;
    }
    return files;
  }
  return await readFileOf(path, "");
}

async function readFileOf(path: string, prefix: string): Promise<PredictionFile> {
  let text: string;
  try {
    if ((await stat(path)).size > MOST_BYTES) throw new Error("it is too large");
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(path));
  } catch (cause) {
    throw new CulpritError("predictions_unreadable", `The predictions ${path} can't be read.`, {
      mend: "Give --predictions a JSON file or a log in UTF-8.",
      cause,
    });
  }
  const entries = jsonEntries(text);
  if (entries === undefined) {
    if (!text.includes("Prediction for")) {
      throw new CulpritError("predictions_unreadable", `${path} is neither JSON nor a log with "Prediction for".`, {
        mend: 'Write a JSON array of {"path": "1.json", "agent": "...", "step": 3}.',
      });
    }
    return readLog(text, prefix);
  }
  const predictions = entries.flatMap(([key, value]) => toPrediction(key, value, prefix) ?? []);
  return { predictions, unreadable: entries.length - predictions.length };
}

/** Entries of an array, a map, JSON lines, or `{attributions: [...]}`; undefined for text that is no JSON. */
function jsonEntries(text: string): [string, unknown][] | undefined {
  const parsed = parseJson(text) ?? parseLines(text);
  const inner = asObject(parsed)?.["attributions"] ?? asObject(parsed)?.["predictions"] ?? parsed;
  if (Array.isArray(inner)) return inner.map((value) => ["", value]);
  const map = asObject(inner);
  return map === undefined ? undefined : Object.entries(map);
}

function toPrediction(key: string, value: unknown, prefix: string): Prediction | undefined {
  const entry = asObject(value);
  if (entry === undefined) return undefined;
  const named = FIELDS.key.map((name) => entry[name]).find((own) => own !== undefined && own !== null && own !== "");
  const id = key || asText(named);
  if (id === "") return undefined;
  const agent = FIELDS.agent.map((name) => entry[name]).find((own) => typeof own === "string");
  const step = FIELDS.step.map((name) => wholeNumber(entry[name])).find((own) => own !== undefined);
  const confidence = entry["confidence"];
  return {
    key: prefix + id,
    agent: typeof agent === "string" ? agent.trim() : null,
    step: step ?? null,
    confidence: typeof confidence === "number" && confidence >= 0 && confidence <= 1 ? confidence : null,
  };
}

/**
 * A log read for its meaning: the name is the rest of its line without Markdown, where the official expression cuts
 * it at the first hyphen and does not find a bold one.
 */
function readLog(text: string, prefix: string): PredictionFile {
  const predictions: Prediction[] = [];
  let unreadable = 0;
  const prefixed = text.replace(
    /Prediction for ([^:]+\.json):/g,
    (_, name: string) => `Prediction for ${prefix}${name.trim()}:`,
  );
  for (const [, key = "", body = ""] of prefixed.matchAll(/Prediction for ([^:]+\.json):(.*?)(?=Prediction for|$)/gs)) {
    const plain = body.replace(/[*`]/g, "");
    const agent = /Agent Name:[^\S\n]*\n?[^\S\n]*([^\n]+)/i.exec(plain)?.[1]?.trim();
    const step = /Step Number:\s*(?:Step\s*)?(\d{1,9})/i.exec(plain)?.[1];
    if (agent === undefined || step === undefined) unreadable++;
    else predictions.push({ key: key.trim(), agent, step: Number(step), confidence: null });
  }
  return { predictions, log: prefixed, unreadable };
}

/** What the file says of each run. Runs it does not speak of are absent; of two predictions of one run, the last counts. */
export function matchPredictions(
  file: PredictionFile,
  runs: readonly LabelledRun[],
  roots: readonly string[],
): { said: Map<string, Said>; unmatched: number } {
  const places = new Map<string, Set<LabelledRun>>();
  const add = (key: string, run: LabelledRun) => places.set(key, (places.get(key) ?? new Set()).add(run));
  for (const run of runs) for (const key of namesOf(run, roots)) add(key, run);
  const said = new Map<string, Said>();
  let unmatched = 0;
  for (const { key, agent, step, confidence } of file.predictions) {
    const found = [...(places.get(key) ?? places.get(key.replace(/\.json$/, "")) ?? [])];
    if (found.length > 1) throw ambiguous(key, found);
    const [run] = found;
    if (run === undefined) unmatched++;
    else said.set(run.trajectory.trace_id, stated(rosterName(agent, run), step, confidence));
  }
  return { said, unmatched };
}

/** Every name under which a prediction may speak of a run. */
function namesOf(run: LabelledRun, roots: readonly string[]): Set<string> {
  const { trace_id, task_id } = run.trajectory;
  const [file = "", key] = run.path.split("#");
  const name = basename(file);
  const names = new Set([trace_id, task_id, run.path, resolve(file), `${run.subset}/${name}`]);
  for (const root of roots) names.add(relative(root, file));
  if (key === undefined)
    names
      .add(name)
      .add(parse(name).name)
      .add(`${run.subset}/${parse(name).name}`);
  else names.add(key);
  names.delete("");
  return names;
}

/** The run's own spelling where only a qualifier stands behind it: `Orchestrator (thought)`. */
function rosterName(agent: string | null, run: LabelledRun): string | null {
  if (agent === null || run.trajectory.agents.includes(agent)) return agent;
  return withoutQualifier(agent);
}

function ambiguous(key: string, runs: readonly LabelledRun[]): CulpritError {
  const where = runs.map((run) => run.subset).join(" and ");
  return new CulpritError("predictions_ambiguous", `The prediction for ${key} fits runs of ${where}.`, {
    mend: "Point --data at one subset, or put the subset in front: `hand-crafted/1.json`.",
  });
}

/** The log's predictions of one subset, as the official evaluator would be given them. */
export function publishedOf(
  log: string,
  subset: string,
  subsets: readonly string[],
): ReturnType<typeof readPublishedLog> {
  const read = readPublishedLog(log);
  const prefixes = subsets.map((name) => `${name}/`);
  const own = (file: string) =>
    file.startsWith(`${subset}/`)
      ? file.slice(subset.length + 1)
      : prefixes.some((prefix) => file.startsWith(prefix))
        ? undefined
        : file;
  const predictions: typeof read.predictions = new Map();
  for (const [file, said] of read.predictions) {
    const name = own(file);
    if (name !== undefined) predictions.set(name, said);
  }
  return { predictions, unparsed: read.unparsed.flatMap((file) => own(file) ?? []) };
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseLines(text: string): unknown[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const parsed = lines.map(parseJson);
  return lines.length > 0 && parsed.every((item) => asObject(item) !== undefined) ? parsed : undefined;
}
