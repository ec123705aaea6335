import { z } from "zod";
import { STEP_ROLES } from "./attributes.ts";
import { loopRoundSchema } from "./feedback-loop.ts";
import { attributeValueSchema, isoTimeSchema, spanIdSchema, traceIdSchema } from "./json.ts";
import { messageSchema } from "./message.ts";
import { outcomeSchema } from "./outcome.ts";
import type { Span } from "./span.ts";

export const toolCallSchema = z.object({
  id: z.string(),
  name: z.string(),
  arguments: attributeValueSchema,
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/** Step t of a trajectory. */
export const stepSchema = z.object({
  /** 0-based. */
  index: z.number().int().nonnegative(),
  role: z.enum(STEP_ROLES),
  /** Who acted: the agent, or the name of the tool or terminal that answered. */
  agent: z.string(),
  /** The action (agent) or the observation (environment) as text. */
  content: z.string(),
  /** Environment steps: what was answered, where it is a value other than text; `content` shows it as JSON. */
  result: attributeValueSchema.optional(),
  tool_calls: z.array(toolCallSchema),
  /** Environment steps: the id of the tool call that this answers; absent where the source pairs nothing. */
  call_id: z.string().optional(),
  /** Environment steps: how the process ended, where the source says. */
  exit_code: z.number().int().optional(),
  /** Agent steps: what it thought and did not say; not part of `content`. */
  reasoning: z.string().optional(),
  /** Agent steps: the agent that this one handed over to in this step. */
  handoff: z.string().optional(),
  /** What the actor was shown; empty where the source did not record it. */
  input: z.array(messageSchema),
  span_id: spanIdSchema,
  /** Earlier steps that its span's parents and links point to; absent where they point to none. */
  caused_by: z.array(z.number().int().nonnegative()).optional(),
  started_at: isoTimeSchema,
  duration_ms: z.number().nonnegative(),
  /** The span's own error status. */
  error: z.string(),
  /** The step began and nothing more was heard of it: its process died, or it still runs. */
  unfinished: z.literal(true).optional(),
  model: z.string(),
  input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
});
export type Step = z.infer<typeof stepSchema>;

/** τ: the ordered steps of one run. */
export const trajectorySchema = z.object({
  project: z.string(),
  trace_id: traceIdSchema,
  task: z.string(),
  /** Shared by every run of one task; the trace id where nothing better is known. */
  task_id: z.string(),
  /** Empty when unknown. Only strategies asked to use it may read it. */
  ground_truth: z.string(),
  /** Where an imported run came from; empty for live ones. */
  source: z.string(),
  started_at: isoTimeSchema,
  ended_at: isoTimeSchema,
  /** The root span has arrived. */
  complete: z.boolean(),
  outcome: outcomeSchema,
  /** Agents in order of first appearance. */
  agents: z.array(z.string()),
  steps: z.array(stepSchema),
  /** The run this one replays, or empty. */
  replay_of: z.string(),
  /** How the run ended, in the words of what ran it; absent where it does not say. */
  exit_status: z.string().optional(),
  /** What the run cost by its own account; absent where it does not say. */
  cost_usd: z.number().nonnegative().optional(),
  /** The round of a self-correction loop that it is, if it is one. */
  loop: loopRoundSchema.optional(),
});
export type Trajectory = z.infer<typeof trajectorySchema>;

/** Spans of one trace to its trajectory; pure. The collector is handed one, it does not import one. */
export type BuildTrajectory = (spans: readonly Span[], outcome?: z.infer<typeof outcomeSchema>) => Trajectory;
