import { z } from "zod";
import { DEVIATION_TYPES, SEVERITIES } from "../rules/finding.ts";

/** Ids of CodeTracer's steps: from 1. */
const stepId = z.number().int().positive();

/** `codetracer_labels.json`: labels a stage; stages without a label are left out. */
export const stageLabelSchema = z.strictObject({
  stage_id: z.number().int().positive(),
  incorrect_step_ids: z.array(stepId),
  unuseful_step_ids: z.array(stepId),
  reasoning: z.string(),
});
export const tracebenchSchema = z.array(stageLabelSchema);
export type Tracebench = z.infer<typeof tracebenchSchema>;

/** `codetracer_analysis.json`. */
export const detailedSchema = z.strictObject({
  root_cause_chain: z.array(z.string()),
  critical_decision_points: z.array(z.strictObject({ step_id: stepId, decision: z.string(), should_have: z.string() })),
  correct_strategy: z.string(),
  stage_labels: tracebenchSchema,
  summary: z.string(),
});
export type Detailed = z.infer<typeof detailedSchema>;

export const VERDICTS = ["incorrect", "unuseful", "correct"] as const;

/** `codetracer_rl_feedback.json`: every step. */
export const rlFeedbackSchema = z.array(
  z.strictObject({
    step_id: stepId,
    verdict: z.enum(VERDICTS),
    deviation_type: z.enum(DEVIATION_TYPES),
    correct_alternative: z.string(),
    impact_severity: z.enum(SEVERITIES),
    reasoning: z.string(),
    reward_signal: z.number().min(-1).max(1),
  }),
);
export type RlFeedback = z.infer<typeof rlFeedbackSchema>;
