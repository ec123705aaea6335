import { z } from "zod";
import type { Trajectory } from "./trajectory.ts";

const index = z.number().int().nonnegative();

/** One way that something travelled from a step to a later one. */
export const flowLinkSchema = z.object({
  from: index,
  to: index,
  /** What both say and nobody had said before the step that the flow begins at; the first few, each cut to a line. */
  values: z.array(z.string()),
  /** The later actor was given the earlier step's text. */
  shown: z.boolean(),
  /** The later step answers the earlier one's call, or its span says that it was caused by it. */
  called: z.boolean(),
  /** It lies on a way to the answer. */
  onward: z.boolean(),
});
export type FlowLink = z.infer<typeof flowLinkSchema>;

/** Where what one step brought into a run went. */
export const flowSchema = z.object({
  /** The step that the flow begins at. */
  step: index,
  /** The step that states the result; null where there is none after it. */
  answer: index.nullable(),
  /** Something of it arrives there. */
  reaches: z.boolean(),
  /** By the later step, then by the earlier one. */
  links: z.array(flowLinkSchema),
  /** There are more links than are given. */
  more: z.boolean(),
});
export type Flow = z.infer<typeof flowSchema>;

/** Follows what a step brought in; pure. The collector is handed one, it does not import one. */
export type TraceFlow = (trajectory: Trajectory, step: number) => Flow;
