import { readdir, readFile } from "node:fs/promises";
import { join, normalize } from "node:path";

/** Two texts out of a log block, as the official evaluator keeps them. */
export interface PublishedPrediction {
  agent: string;
  step: string;
}

export interface PublishedLog {
  /** By file name; of a file predicted twice, the last that could be read. */
  predictions: Map<string, PublishedPrediction>;
  /** Files with a block out of which no agent and step could be read. */
  unparsed: string[];
}

/** Hits and denominator by the official rules. */
export interface PublishedScore {
  agent: number;
  step: number;
  /** JSON files in the directory, whatever is in them. */
  total: number;
}

// Python's `\s`, `\w` and `\d` on text are Unicode's, and not JavaScript's.
const SPACE = "[\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const BLOCK = /Prediction for ([^:]+\.json):(.*?)(?=Prediction for|$)/gsu;
const AGENT = new RegExp(`Agent Name:${SPACE}*([\\p{L}\\p{N}_]+)`, "iu");
const STEP = new RegExp(`Step Number:${SPACE}*(\\p{Nd}+)`, "iu");
const EDGES = new RegExp(`^${SPACE}+|${SPACE}+$`, "gu");

/** Reads a log of the official Who&When scripts with their evaluator's own regular expressions. */
export function readPublishedLog(text: string): PublishedLog {
  const predictions = new Map<string, PublishedPrediction>();
  const unparsed: string[] = [];
  for (const [, name = "", body = ""] of text.replace(/\r\n?/g, "\n").matchAll(BLOCK)) {
    const file = name.replace(EDGES, "");
    const agent = AGENT.exec(body)?.[1];
    const step = STEP.exec(body)?.[1];
    if (agent === undefined || step === undefined) unparsed.push(file);
    else predictions.set(file, { agent, step });
  }
  return { predictions, unparsed };
}

/** Predictions as the official scripts would have logged them. */
export function writePublishedLog(said: readonly { file: string; agent: string; step: string }[]): string {
  return said
    .map(({ file, agent, step }) => `Prediction for ${file}:\nAgent Name: ${agent}\nStep Number: ${step}\n`)
    .join("\n");
}

/**
 * Scores by the rules of the official Who&When evaluator (ag2ai/Agents_Failure_Attribution, `evaluate.py`): a hit is
 * a label that is **contained** in the predicted text, so "12" is right for step 1, for step 2 and for step 12; the
 * denominator is the number of JSON files in the directory. Reproduced for comparison; `exact` is what to believe.
 */
export async function scorePublished(
  predictions: ReadonlyMap<string, PublishedPrediction>,
  directory: string,
): Promise<PublishedScore> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = new Set(entries.filter((entry) => entry.isFile() && entry.name.endsWith(".json")).map((e) => e.name));
  const score = { agent: 0, step: 0, total: names.size };
  for (const [file, said] of predictions) {
    const name = normalize(file);
    const label = names.has(name) ? await readLabel(join(directory, name)) : undefined;
    if (label === undefined) continue;
    if (said.agent.includes(label.agent)) score.agent++;
    if (said.step.includes(label.step)) score.step++;
  }
  return score;
}

async function readLabel(path: string): Promise<PublishedPrediction | undefined> {
  try {
    const document: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof document !== "object" || document === null) return undefined;
    const { mistake_agent: agent, mistake_step: step } = document as Record<string, unknown>;
    if (agent === undefined || agent === null || step === undefined || step === null) return undefined;
    return { agent: pythonText(agent), step: pythonText(step) };
  } catch {
    return undefined;
  }
}

/** `str()` of what JSON holds, as far as labels go. */
function pythonText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : JSON.stringify(value);
}
