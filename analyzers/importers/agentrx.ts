import { dirname, join } from "node:path";
import type { AttributeValue } from "@culprit/schemas";
import type { ImportFormat, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { asObject, asObjects, asText, parseArguments } from "./json-shape.ts";
import { jsonFilesIn } from "./label-files.ts";

/** Who speaks under a role, as the labels call them; a tool has its own name. */
const SPEAKERS: Readonly<Record<string, { role: ParsedStep["role"]; agent: string }>> = {
  assistant: { role: "agent", agent: "Assistant" },
  user: { role: "user", agent: "User" },
  system: { role: "user", agent: "System" },
};

/**
 * AgentRx: dialogues of τ-bench (retail) in one array, labels in a file of their own, by task. Labels count steps
 * from 1; here, as everywhere, from 0. The label is the root cause among the annotated failures. A label on the
 * simulated user names a step that no strategy may blame; it is kept, and counts as missed.
 */
export const agentrx: ImportFormat = {
  name: "agentrx",
  description: "AgentRx τ-bench dialogues: task_id, reward, traj; labels in ../ground_truth",
  detect: (file) => records(file).length > 0,
  isLabels: (file) => labelsOf(file).length > 0,
  async labelPaths(path, sources) {
    const folder = dirname(path);
    return [
      ...(await jsonFilesIn(join(folder, "..", "ground_truth"), sources)),
      ...(await jsonFilesIn(folder, sources)),
    ];
  },
  parse(file, labelFiles) {
    const labels = new Map<string, Record<string, unknown>>();
    for (const label of labelFiles.flatMap(labelsOf)) {
      const id = asText(label["trajectory_id"]);
      if (!labels.has(id)) labels.set(id, label);
    }
    return records(file).map((record) => parseRecord(record, labels.get(asText(record["task_id"]))));
  },
};

function records(file: SourceFile): Record<string, unknown>[] {
  const all = asObjects(file.json);
  return all.every((record) => "task_id" in record && asObjects(record["traj"]).length > 0) ? all : [];
}

function labelsOf(file: SourceFile): Record<string, unknown>[] {
  const all = asObjects(file.json);
  return all.every((label) => "trajectory_id" in label && Array.isArray(label["failures"])) ? all : [];
}

function parseRecord(record: Record<string, unknown>, label: Record<string, unknown> | undefined): ParsedRun {
  const dialogue = asObjects(record["traj"]);
  const task = asObject(asObject(record["info"])?.["task"]) ?? {};
  const id = asText(record["task_id"]);
  const steps = dialogue.map(stepOf);
  const warnings: string[] = [];
  const reward = record["reward"];
  const outcome = typeof reward !== "number" ? "unknown" : reward >= 1 ? "success" : "failure";
  return {
    key: id,
    identity: JSON.stringify([id, steps]),
    subset: "tau-retail",
    task: asText(task["instruction"]) || (steps.find((step) => step.agent === "User")?.content ?? ""),
    task_id: `tau-retail-${id}`,
    ground_truth: truth(task),
    outcome,
    steps,
    system_prompts: new Map(),
    label: outcome === "success" || label === undefined ? null : rootCause(label, warnings),
    warnings,
  };
}

function stepOf(message: Record<string, unknown>): ParsedStep {
  const spoken = asText(message["role"]);
  const content = asText(message["content"]);
  const known = Object.hasOwn(SPEAKERS, spoken) ? SPEAKERS[spoken] : undefined;
  if (known === undefined) {
    const name = asText(message["name"]) || spoken || "tool";
    return { role: "environment", agent: name, speaker: name, content };
  }
  const calls = asObjects(message["tool_calls"]).map((call) => {
    const called = asObject(call["function"]) ?? {};
    return { id: asText(call["id"]), name: asText(called["name"]), arguments: parseArguments(called["arguments"]) };
  });
  return { ...known, speaker: spoken, content, ...(calls.length === 0 ? {} : { tool_calls: calls }) };
}

/** What the task wanted done and said; the known right answer of the run. */
function truth(task: Record<string, unknown>): string {
  const wanted: Record<string, AttributeValue> = {};
  for (const key of ["actions", "outputs"]) if (task[key] !== undefined) wanted[key] = task[key] as AttributeValue;
  return Object.keys(wanted).length === 0 ? "" : JSON.stringify(wanted);
}

function rootCause(label: Record<string, unknown>, warnings: string[]): ParsedRun["label"] {
  const failures = asObjects(label["failures"]);
  const root = asObject(label["root_cause"])?.["failure_id"];
  const cause = failures.find((failure) => failure["failure_id"] === root) ?? failures[0];
  const step = Number(cause?.["step_number"]);
  if (cause === undefined || !Number.isSafeInteger(step)) {
    warnings.push("The label is unreadable and was left out.");
    return null;
  }
  return { agent: asText(cause["failed_agent"]).trim(), step: step - 1, reason: asText(cause["step_reason"]) };
}
