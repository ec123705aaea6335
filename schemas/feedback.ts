import { z } from "zod";
import { durationSchema } from "./duration.ts";
import { isoTimeSchema, traceIdSchema } from "./json.ts";
import { runFilterSchema } from "./run-filter.ts";

/** A filter of runs under a name. */
export const savedQuerySchema = z.object({
  name: z.string().regex(/^[\w.-]{1,64}$/, "a name is 1 to 64 letters, digits, dots, dashes or underscores"),
  about: z.string().max(500),
  filter: z.strictObject(runFilterSchema.shape),
  since: durationSchema,
  /** A key's id, or `operator`. */
  changed_by: z.string(),
  changed_at: isoTimeSchema,
});
export type SavedQuery = z.infer<typeof savedQuerySchema>;

export const commentSchema = z.object({
  comment_id: z.string().regex(/^[0-9a-f]{32}$/, "a comment's id is 32 lower-case hex digits"),
  trace_id: traceIdSchema,
  /** A key's id, or `operator`. */
  author: z.string(),
  text: z.string(),
  /** The step it is about, 0-based; null for the run. */
  step: z.number().int().nonnegative().nullable(),
  at: isoTimeSchema,
});
export type Comment = z.infer<typeof commentSchema>;

/**
 * What a person says of a run's blame: it is right; it is wrong; it is wrong and this is right. Each becomes labels with
 * the evidence `human`.
 */
export const verdictSchema = z.discriminatedUnion("verdict", [
  z.object({ verdict: z.literal("confirm"), reason: z.string().max(10_000).default("") }),
  z.object({ verdict: z.literal("refute"), reason: z.string().max(10_000).default("") }),
  z.object({
    verdict: z.literal("correct"),
    agent: z.string().min(1),
    /** 0-based; that agent's. */
    step: z.number().int().nonnegative(),
    reason: z.string().max(10_000).default(""),
    /** What it should have done, where that is known. */
    correction: z.string().default(""),
  }),
]);
export type Verdict = z.infer<typeof verdictSchema>;
