import { type AlertRule, type AlertRuleInput, alertRuleSchema, type RunSummary } from "@culprit/schemas";

/** A failed run that blames Coder, ended at `ended_at`. */
export function failedRun(number: number, more: Partial<RunSummary> = {}): RunSummary {
  return {
    project: "default",
    trace_id: number.toString(16).padStart(32, "0"),
    task: `task ${number}`,
    source: "",
    outcome: "failure",
    score: null,
    settled: true,
    agents: ["Planner", "Coder"],
    steps: 3,
    blamed_agent: "Coder",
    blamed_step: 1,
    confidence: 0.6,
    strategy: "ranker",
    reason: "wrote it wrong",
    status: "predicted",
    replay_of: "",
    started_at: "2026-11-20T12:00:00.000Z",
    ended_at: "2026-11-20T12:00:00.000Z",
    input_tokens: 0,
    output_tokens: 0,
    ...more,
  };
}

export function ruleOf(more: Partial<AlertRuleInput> = {}): AlertRule {
  return alertRuleSchema.parse({ name: "failures", webhook: "http://127.0.0.1:9/hook", ...more });
}
