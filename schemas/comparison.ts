import { z } from "zod";
import { traceIdSchema } from "./json.ts";
import { OUTCOMES } from "./outcome.ts";
import { interventionSchema } from "./replay.ts";
import { RUN_STATUSES } from "./run.ts";
import type { Trajectory } from "./trajectory.ts";

const index = z.number().int().nonnegative();

/** What became of a step from one run to another; an index is null where the run has no such step. */
export const stepChangeSchema = z.object({
  left: index.nullable(),
  right: index.nullable(),
  change: z.enum(["same", "changed", "removed", "added"]),
});
export type StepChange = z.infer<typeof stepChangeSchema>;

const sideSchema = z.object({
  trace_id: traceIdSchema,
  outcome: z.enum(OUTCOMES),
  steps: index,
  agents: z.array(z.string()),
  blamed: z.object({ agent: z.string(), step: index, status: z.enum(RUN_STATUSES) }).nullable(),
});

/** Two runs side by side, without what their steps say. */
export const comparisonSchema = z.object({
  left: sideSchema,
  right: sideSchema,
  /** What was served in one to make the other of it, where one replays the other. */
  intervention: interventionSchema.nullable(),
  /** Steps from the start that are the same. */
  same_steps: index,
  /** Every step of both, in order. */
  changes: z.array(stepChangeSchema),
});
export type RunComparison = z.infer<typeof comparisonSchema>;

/** Aligns two runs; pure. The collector is handed one, it does not import one. */
export type CompareRuns = (left: Pick<Trajectory, "steps">, right: Pick<Trajectory, "steps">) => StepChange[];
