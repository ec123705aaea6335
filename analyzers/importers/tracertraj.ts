import type { ImportFormat, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { asObjects, asText, historyWith, mistakeLabel, systemPrompts } from "./json-shape.ts";

/** Names under which a person or a machine speaks; every other name is an agent's. */
const OTHERS: Readonly<Record<string, "environment" | "user">> = {
  user: "user",
  human: "user",
  environment: "environment",
  computer_terminal: "environment",
  terminal: "environment",
  tool: "environment",
};

/**
 * TracerTraj (AgenTracer, arXiv 2509.03312): Who&When's fields with a `step` in every history entry, a row a run, as
 * Parquet or as an array of JSON. `mistake_step` counts from 0 and is looked up among the entries' own numbers.
 */
export const tracertraj: ImportFormat = {
  name: "tracertraj",
  description: "TracerTraj rows (Parquet or JSON): question_ID, history with step, mistake_agent, mistake_step",
  detect: (file) => rowsOf(file).length > 0,
  parse: (file) => rowsOf(file).map(parseRow),
};

function rowsOf(file: SourceFile): Record<string, unknown>[] {
  const rows = Array.isArray(file.json) ? asObjects(file.json) : asObjects([file.json]);
  const fits = (row: Record<string, unknown>) =>
    "question_ID" in row && "mistake_step" in row && (historyWith(row, ["step", "content", "name"])?.length ?? 0) > 0;
  return rows.length === (Array.isArray(file.json) ? file.json.length : 1) && rows.every(fits) ? rows : [];
}

function parseRow(row: Record<string, unknown>): ParsedRun {
  const history = historyWith(row, ["step", "content", "name"]) ?? [];
  const warnings: string[] = [];
  const label = mistakeLabel(row, warnings);
  const place = label === null ? -1 : history.findIndex((entry) => asText(entry["step"]) === String(label.step));
  return {
    key: asText(row["question_ID"]),
    identity: JSON.stringify([row["question_ID"], row["history"]]),
    subset: "",
    task: asText(row["question"]),
    task_id: asText(row["question_ID"]),
    ground_truth: asText(row["ground_truth"]),
    outcome: row["is_correct"] === true ? "success" : "failure",
    steps: history.map(stepOf),
    system_prompts: systemPrompts(row["system_prompt"]),
    label: label === null ? null : { ...label, step: place < 0 ? label.step : place },
    warnings,
  };
}

function stepOf(entry: Record<string, unknown>): ParsedStep {
  const speaker = asText(entry["name"]) || asText(entry["role"]) || "unknown";
  const key = speaker.toLowerCase();
  const role = Object.hasOwn(OTHERS, key) ? OTHERS[key] : undefined;
  return { role: role ?? "agent", agent: speaker, speaker, content: asText(entry["content"]) };
}
