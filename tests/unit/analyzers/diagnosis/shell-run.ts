import type { Step, ToolCall, Trajectory } from "@culprit/schemas";

/** A command and what it printed, or a tool call and its answer. */
export type Said = readonly [command: string | Pick<ToolCall, "name" | "arguments">, output?: string];

/** A run of one shell agent that failed: an agent step and an observation for each pair. */
export function shellRun(said: readonly Said[], changes: Partial<Trajectory> = {}): Trajectory {
  const steps: Step[] = [];
  const put = (role: Step["role"], agent: string, content: string, tool_calls: ToolCall[] = []) => {
    steps.push({
      index: steps.length,
      role,
      agent,
      content,
      tool_calls,
      input: [],
      span_id: steps.length.toString(16).padStart(16, "0"),
      started_at: "2026-01-01T00:00:00.000Z",
      duration_ms: 0,
      error: "",
      model: "",
      input_tokens: 0,
      output_tokens: 0,
    });
  };
  for (const [call, output] of said) {
    const { name, arguments: args } = typeof call === "string" ? { name: "bash", arguments: { command: call } } : call;
    put("agent", "coder", "", [{ id: `c${steps.length}`, name, arguments: args }]);
    if (output !== undefined) put("environment", name, output);
  }
  return {
    project: "default",
    trace_id: "a".repeat(32),
    task: "",
    task_id: "task",
    ground_truth: "",
    source: "",
    started_at: "2026-01-01T00:00:00.000Z",
    ended_at: "2026-01-01T00:00:00.000Z",
    complete: true,
    outcome: { outcome: "failure", score: null, feedback: "", by: "reported" },
    agents: ["coder"],
    steps,
    replay_of: "",
    ...changes,
  };
}

/** The observation of a command that ended with `code`, as mini-SWE-agent writes it. */
export function returned(code: number, output = ""): string {
  return `<returncode>${code}</returncode>\n<output>\n${output}\n</output>`;
}
