import { z } from "zod";
import { durationSchema, durationSeconds } from "./duration.ts";
import { groupIdSchema } from "./group.ts";
import { isoTimeSchema } from "./json.ts";
import { OUTCOMES } from "./outcome.ts";
import { RUN_STATUSES, type RunSummary } from "./run.ts";

const step = z.coerce.number().int().min(0).max(4_294_967_295);
const share = z.coerce.number().min(0).max(1);
const name = z.string().min(1).max(500);

/** Most characters of a value that {@link runFilterSchema}'s `attribute` can be compared with: longer ones are kept apart. */
export const MOST_ATTRIBUTE_CHARACTERS = 1000;

/**
 * Which runs: every condition that is given holds. The one filter of lists, exports, alert rules, saved queries,
 * commands and MCP tools.
 *
 * `service`, `model`, `tool`, `attribute` and `text` are each true of a run when some span of it says so.
 */
export const runFilterSchema = z.object({
  outcome: z.enum(OUTCOMES).optional(),
  /** How firmly the blame is known. */
  status: z.enum(RUN_STATUSES).optional(),
  blamed_agent: name.optional(),
  /** Blamed step, 0-based: at least, and at most. */
  step_from: step.optional(),
  step_to: step.optional(),
  /** What blamed; of a person's label, what had said the same. */
  strategy: name.optional(),
  /** Confidence of a predicted blame: at least, and at most. No other blame has one. */
  min_confidence: share.optional(),
  max_confidence: share.optional(),
  /** An agent that acts in the run, blamed or not. */
  agent: name.optional(),
  /** Where an imported run came from. */
  source: z.string().max(500).optional(),
  /** A failure group's id. */
  group: groupIdSchema.optional(),
  /** `service.name` of the resource that sent a span. */
  service: name.optional(),
  /** Model that answered a call, letter for letter. */
  model: name.optional(),
  /** Tool that was executed. */
  tool: name.optional(),
  /** Words that all occur in one message (or another attribute) of the run, in any order and case. */
  text: name.optional(),
  /** `key=value`: a span's attribute; numbers, truth values and lists as JSON. */
  attribute: z
    .string()
    .max(1024 + MOST_ATTRIBUTE_CHARACTERS)
    .regex(/^[^=]+=/, "an attribute is key=value")
    .optional(),
  /** Runs that replay another one are left out unless asked for. */
  replays: z.enum(["exclude", "include"]).optional(),
});
export type RunConditions = z.infer<typeof runFilterSchema>;

/** When the runs of a list started: within `since` before now, or between `from` (included) and `to` (not). */
export const timeWindowSchema = z.object({
  since: durationSchema.default("30d"),
  /** ISO 8601; takes the place of `since`. */
  from: isoTimeSchema.optional(),
  to: isoTimeSchema.optional(),
});

/** A window as the store takes it. */
export interface TimeWindow {
  since_seconds: number;
  from?: string | undefined;
  to?: string | undefined;
}

/** Past every time there is. */
const EVER_SECONDS = 1e10;

export function timeWindow({ since, from, to }: z.output<typeof timeWindowSchema>): TimeWindow {
  return { since_seconds: from === undefined ? durationSeconds(since) : EVER_SECONDS, from, to };
}

/** Whether a run is one that failure groups hold. */
export function isGrouped(run: Pick<RunSummary, "outcome" | "blamed_agent" | "status" | "replay_of">): boolean {
  return run.outcome === "failure" && run.blamed_agent !== null && run.status !== "refuted" && run.replay_of === "";
}

/** Whether a run is as far as its summary tells; what only its spans or its group can tell is not looked at. */
export function summaryMatches(run: RunSummary, filter: RunConditions): boolean {
  const { blamed_step: at, confidence } = run;
  return (
    (filter.outcome === undefined || run.outcome === filter.outcome) &&
    (filter.status === undefined || run.status === filter.status) &&
    (filter.blamed_agent === undefined || run.blamed_agent === filter.blamed_agent) &&
    (filter.step_from === undefined || (at !== null && at >= filter.step_from)) &&
    (filter.step_to === undefined || (at !== null && at <= filter.step_to)) &&
    (filter.strategy === undefined || run.strategy === filter.strategy) &&
    (filter.min_confidence === undefined || (confidence !== null && confidence >= filter.min_confidence)) &&
    (filter.max_confidence === undefined || (confidence !== null && confidence <= filter.max_confidence)) &&
    (filter.agent === undefined || run.agents.includes(filter.agent)) &&
    (filter.source === undefined || run.source === filter.source) &&
    (filter.group === undefined || isGrouped(run)) &&
    (filter.replays === "include" || run.replay_of === "")
  );
}

/** `key=value` of a filter in its two parts. */
export function attributeParts(attribute: string): [key: string, value: string] {
  const at = attribute.indexOf("=");
  return [attribute.slice(0, at), attribute.slice(at + 1)];
}
