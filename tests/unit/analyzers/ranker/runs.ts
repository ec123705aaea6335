import type { Step, Trajectory } from "@culprit/schemas";

/** A failed trajectory of [agent, content] pairs; `Terminal` is the environment. */
export function failedRun(
  entries: readonly (readonly [string, string])[],
  task = "How many moons has Mars?",
): Trajectory {
  const at = "2026-01-01T00:00:00.000Z";
  const steps = entries.map(
    ([agent, content], index): Step => ({
      index,
      role: agent === "Terminal" ? "environment" : "agent",
      agent,
      content,
      tool_calls: [],
      input: [],
      span_id: index.toString(16).padStart(16, "0"),
      started_at: at,
      duration_ms: 1,
      error: "",
      model: "",
      input_tokens: 0,
      output_tokens: 0,
    }),
  );
  return {
    project: "default",
    trace_id: "0".repeat(31).concat("1"),
    task,
    task_id: task,
    ground_truth: "",
    source: "",
    started_at: at,
    ended_at: at,
    complete: true,
    outcome: { outcome: "failure", score: null, feedback: "", by: "reported" },
    agents: [...new Set(steps.filter((step) => step.role === "agent").map((step) => step.agent))],
    steps,
    replay_of: "",
  };
}
