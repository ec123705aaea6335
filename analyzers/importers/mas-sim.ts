import { basename, dirname, join } from "node:path";
import type { ImportFormat, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { asObject, asObjects, asText, parseArguments } from "./json-shape.ts";

/** Where an agent says more than its message. Attributes not named here stay out, `fault.*` events above all. */
const SAID = { toolArguments: "tool.args_json", toolResult: "tool.result_json", verdict: "validation.status" } as const;

/**
 * MAS-SIM: OpenTelemetry spans of a six-part system into which a fault was injected; labels in files beside them.
 * Labels count `experiment.step_index` from 1; here from 0. The spans' own record of the fault is left out.
 */
export const masSim: ImportFormat = {
  name: "mas-sim",
  description: "MAS-SIM OpenTelemetry runs: schema otel-json-local, spans; labels in ../ground_truth",
  detect(file) {
    const document = asObject(file.json);
    return asText(document?.["schema"]).startsWith("otel-json-local") && asObjects(document?.["spans"]).length > 0;
  },
  isLabels: (file) => labelOf(file) !== undefined,
  async labelPaths(path: string) {
    const name = `${basename(path).replace(/(\.otel)?\.json$/, "")}.ground_truth.json`;
    return [join(dirname(path), "..", "ground_truth", name), join(dirname(path), name)];
  },
  parse(file, labelFiles) {
    const document = asObject(file.json) ?? {};
    const spans = asObjects(document["spans"])
      .map((span) => ({ span, attributes: asObject(span["attributes"]) ?? {} }))
      .filter(({ attributes }) => Number.isSafeInteger(attributes["experiment.step_index"]))
      .sort((left, right) => Number(left.attributes[STEP_INDEX]) - Number(right.attributes[STEP_INDEX]));
    if (spans.length === 0) return { malformed: "no span has an `experiment.step_index`." };
    const warnings: string[] = [];
    const run = asText(document["run_id"]);
    const label = labelFiles.map(labelOf).find((own) => own !== undefined && asText(own["run_task_id"]) === run);
    const metadata = asObject(document["task_metadata"]) ?? {};
    return {
      subset: "",
      task: asText(document["task"]),
      task_id: asText(document["task_id"]) || run,
      ground_truth: asText(metadata["expected_result"]),
      // `status` is the system's own opinion; a labelled run carries an injected failure whatever it thought.
      outcome: label !== undefined || document["status"] === "FAILED" ? "failure" : "unknown",
      steps: spans.map(({ span, attributes }) => stepOf(span, attributes)),
      system_prompts: new Map(),
      label: label === undefined ? null : blamed(label, spans, warnings),
      warnings,
    };
  },
};

const STEP_INDEX = "experiment.step_index";

function stepOf(span: Record<string, unknown>, attributes: Record<string, unknown>): ParsedStep {
  const text = (key: string) => asText(attributes[key]);
  const speaker = text("gen_ai.agent.name") || asText(span["name"]) || "unknown";
  const status = asObject(span["status"]) ?? {};
  const error = status["status_code"] === "ERROR" ? asText(status["description"]) || text("error.message") : "";
  const common = {
    agent: speaker,
    speaker,
    input: text("agent.input_message"),
    ...(error === "" ? {} : { error }),
  };
  if (attributes["experiment.operation_type"] === "tool_call") {
    const content = [text("agent.output_message"), text(SAID.toolResult)].filter((part) => part !== "").join("\n");
    return { role: "environment", content, ...common };
  }
  const verdict = text(SAID.verdict);
  const said = text("agent.output_message");
  const content = verdict === "" || said.startsWith(verdict) ? said : `${verdict}: ${said}`;
  const called = text("tool.name");
  if (called === "" || text(SAID.toolArguments) === "") return { role: "agent", content, ...common };
  const calls = [{ id: "", name: called, arguments: parseArguments(text(SAID.toolArguments)) }];
  return { role: "agent", content, tool_calls: calls, ...common };
}

function labelOf(file: SourceFile): Record<string, unknown> | undefined {
  const document = asObject(file.json);
  return document !== undefined && "critical_failure_step" in document && "failed_component" in document
    ? document
    : undefined;
}

function blamed(
  label: Record<string, unknown>,
  spans: readonly { attributes: Record<string, unknown> }[],
  warnings: string[],
): ParsedRun["label"] {
  const step = spans.findIndex(({ attributes }) => attributes[STEP_INDEX] === label["critical_failure_step"]);
  if (step < 0) {
    warnings.push(`The label names step ${asText(label["critical_failure_step"])}, which no span has: left out.`);
    return null;
  }
  return {
    agent: asText(label["failed_component"]),
    step,
    reason: asText(label["failure_category"]),
    evidence: "injected",
  };
}
