import { type Action, type FaultSite, seededRandom } from "@culprit/analyzers";
import { type Step, type ToolCall, type Trajectory, textMessage } from "@culprit/schemas";

/** One step of a made-up run. */
export interface Said {
  agent: string;
  content: string;
  tool_calls?: ToolCall[];
  role?: Step["role"];
  input?: string;
}

const TIME = "2026-01-01T00:00:00.000Z";

/** A successful run of these steps, as a store would give it. */
export function runOf(...said: Said[]): Trajectory {
  const steps = said.map(
    ({ agent, content, tool_calls = [], role = "agent", input = "" }, index): Step => ({
      index,
      role,
      agent,
      content,
      tool_calls,
      input: input === "" ? [] : [textMessage("user", input)],
      span_id: index.toString(16).padStart(16, "0"),
      started_at: TIME,
      duration_ms: 1,
      error: "",
      model: "scripted",
      input_tokens: 0,
      output_tokens: 0,
    }),
  );
  return {
    project: "default",
    trace_id: "0".repeat(32),
    task: "a task",
    task_id: "a-task",
    ground_truth: "",
    source: "",
    started_at: TIME,
    ended_at: TIME,
    complete: true,
    outcome: { outcome: "success", score: 1, feedback: "", by: "reported" },
    agents: [...new Set(steps.filter(({ role }) => role === "agent").map(({ agent }) => agent))],
    steps,
    replay_of: "",
  };
}

/** The site of one step; the last one when not said. */
export function siteOf(trajectory: Trajectory, seed: number, index = trajectory.steps.length - 1): FaultSite {
  const step = trajectory.steps[index];
  if (step === undefined) throw new RangeError(`There is no step ${index}.`);
  const action: Action = { content: step.content, tool_calls: step.tool_calls };
  return { trajectory, step, action, random: seededRandom(seed, "test") };
}
