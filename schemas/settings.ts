import { z } from "zod";
import { projectNameSchema } from "./access.ts";

/** What a collector is set to do with what one project sends, without anything that opens a door. */
export const shownSettingsSchema = z.object({
  project: projectNameSchema,
  retention: z.object({
    /** Days a run is kept after its last span arrived; null keeps for ever. */
    days: z.number().positive().nullable(),
    /** How often runs past that are looked for. */
    check_seconds: z.number().positive(),
    /** The project's own, not everybody's. */
    own: z.boolean(),
  }),
  content: z.object({
    /** Messages, tool arguments and results are kept. */
    captured: z.boolean(),
    own: z.boolean(),
  }),
  /** By name: every built-in rule, then one's own. Patterns are not told. */
  redaction: z.array(z.object({ rule: z.string(), on: z.boolean(), built_in: z.boolean() })),
  attribution: z.object({
    /** What attributes failed runs. */
    strategy: z.string(),
    /** Of the tracer; empty where none is set. */
    model: z.string(),
    /** A run is attributed when its root has arrived and nothing came for so long. */
    settle_seconds: z.number().positive(),
  }),
  /** The recording gateway is mounted. */
  gateway: z.boolean(),
});
export type ShownSettings = z.infer<typeof shownSettingsSchema>;
