import type { RawSpan, Trajectory } from "@culprit/schemas";
import type { ParsedStep } from "../../importers/format.ts";
import { contentTraceId, spansOf } from "../../importers/run-spans.ts";
import type { ModelDiagnosis } from "./diagnose-with-model.ts";

/** What the runs of diagnoses are called as a source. */
export const DIAGNOSIS_SOURCE = "culprit-diagnosis";
const DIAGNOSER = "diagnoser";

/**
 * The transcript of a diagnosis as a run of its own: the model's turns and what they were answered. Its task id is
 * `diagnosis:` and the trace id of the run that was diagnosed; its outcome is unknown, so nobody is blamed for it.
 *
 * @param nowMs milliseconds since 1970
 */
export function transcriptRun(
  trajectory: Pick<Trajectory, "trace_id" | "task">,
  { transcript, model, input_tokens, output_tokens, cost }: ModelDiagnosis,
  nowMs: number,
): { trace_id: string; spans: RawSpan[] } {
  const trace_id = contentTraceId(JSON.stringify([trajectory.trace_id, nowMs, transcript]), DIAGNOSIS_SOURCE);
  const steps = transcript.flatMap(({ call, result }, at): ParsedStep[] => [
    {
      role: "agent",
      agent: DIAGNOSER,
      speaker: DIAGNOSER,
      content: call,
      model,
      ...(at === 0 ? { input_tokens, output_tokens } : {}),
    },
    { role: "environment", agent: "viewer", speaker: "viewer", content: result },
  ]);
  const run = {
    subset: "",
    task: `Diagnose run ${trajectory.trace_id}: ${trajectory.task.slice(0, 500)}`,
    task_id: `diagnosis:${trajectory.trace_id}`,
    ground_truth: "",
    outcome: "unknown" as const,
    steps,
    system_prompts: new Map<string, string>(),
    label: null,
    cost_usd: cost,
    warnings: [],
  };
  return { trace_id, spans: spansOf(run, { trace_id, startMs: nowMs, source: DIAGNOSIS_SOURCE }) };
}
