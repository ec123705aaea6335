import type { DatasetRecord, Step, Trajectory } from "@culprit/schemas";
import { DEFAULT_MAX_CHARS } from "../attribution/judge/fit.ts";
import { tracerPrompt } from "../attribution/tracer/prompt.ts";
import { fencedName } from "../trajectory/fence.ts";

/** A chat message as trainers and servers take it. */
export interface PromptMessage {
  role: "system" | "user";
  content: string;
}

const UNKNOWN_TIME = "1970-01-01T00:00:00.000Z";
const UNKNOWN_SPAN = "0000000000000000";

/**
 * The conversation a tracer is trained on: the bytes the serving strategy `tracer` sends for the same run, without
 * ground truth.
 *
 * @param maxChars what a run is shortened to, as serving shortens what its endpoint's context cannot hold
 */
export function trainingPrompt(
  record: DatasetRecord,
  maxChars: number = DEFAULT_MAX_CHARS,
): [system: PromptMessage, user: PromptMessage] {
  const { system, user } = tracerPrompt(trajectoryOf(record), { maxChars });
  return [
    { role: "system", content: system },
    { role: "user", content: user },
  ];
}

/** The blamed agent as the prompt spells it, which is how a tracer can answer. */
export function trainingAgent(record: DatasetRecord): string {
  return fencedName(record.mistake_agent);
}

/** What of a trajectory a record keeps. A step's content already tells the error it ended in. */
export function trajectoryOf(record: DatasetRecord): Trajectory {
  return {
    project: "",
    trace_id: record.id,
    task: record.question,
    task_id: record.task_id,
    ground_truth: "",
    source: record.source,
    started_at: UNKNOWN_TIME,
    ended_at: UNKNOWN_TIME,
    complete: true,
    outcome: { outcome: "failure", score: null, feedback: "", by: "reported" },
    agents: record.agents,
    steps: record.history.map(
      (entry): Step => ({
        index: entry.step,
        role: entry.role,
        agent: entry.name,
        content: entry.content,
        tool_calls: [],
        input: [],
        span_id: UNKNOWN_SPAN,
        started_at: UNKNOWN_TIME,
        duration_ms: 0,
        error: "",
        model: "",
        input_tokens: 0,
        output_tokens: 0,
      }),
    ),
    replay_of: "",
  };
}
