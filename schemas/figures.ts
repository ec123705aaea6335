import { z } from "zod";
import { isoTimeSchema } from "./json.ts";

const count = z.number().int().nonnegative();
const rate = z.number().min(0).max(1);

/** k of n with the Wilson score interval of 95 %; null where n is 0. */
export const shareSchema = z.object({
  k: count,
  n: count,
  rate: rate.nullable(),
  low: rate.nullable(),
  high: rate.nullable(),
});
export type Share = z.infer<typeof shareSchema>;

const Z = 1.959963984540054;

/** `k` of `n` with its Wilson interval (E. B. Wilson, 1927). */
export function shareOf(k: number, n: number): Share {
  if (n === 0) return { k, n, rate: null, low: null, high: null };
  const p = k / n;
  const z2 = Z * Z;
  const middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  // At the ends the interval touches them exactly; rounding must not leave it a hair off.
  return {
    k,
    n,
    rate: p,
    low: k === 0 ? 0 : Math.max(0, middle - half),
    high: k === n ? 1 : Math.min(1, middle + half),
  };
}

/** Blame of one agent in one part of the window. */
export const blamePartSchema = z.object({
  /** When the part began. */
  at: isoTimeSchema,
  agent: z.string(),
  failures: count,
  verified: count,
});

/** One agent over the window. Runs without a known outcome count for nothing. */
export const agentFigureSchema = z.object({
  agent: z.string(),
  /** Failures blamed on it, of the runs it acts in. */
  failure_rate: shareSchema,
  /** Of the failures blamed on it, those whose blame a replay or an injected fault proves. */
  verified: count,
  human: count,
  /** Blamed steps by their place in the run, in tenths: first to last. */
  positions: z.array(count).length(10),
});
export type AgentFigure = z.infer<typeof agentFigureSchema>;

/** An agent as part of a team: where in a run it acts, and how its runs end. Runs without a known outcome count for nothing. */
export const teamMemberSchema = z.object({
  agent: z.string(),
  /** Of the runs it acts in, those that failed. */
  failed: shareSchema,
  /** Failures blamed on it. */
  blamed: count,
  /** Its mean place in the order of first appearance, 1 for whoever begins. */
  place: z.number(),
});
export type TeamMember = z.infer<typeof teamMemberSchema>;

/** One agent acting after another, over the window. */
export const handoffFigureSchema = z.object({
  from: z.string(),
  to: z.string(),
  passes: count,
  /** Of the runs with such a hand-off, those that failed. */
  failed: shareSchema,
  /** Failed runs in which it happened at or after the blamed step: the failure may have gone this way. */
  carried: count,
});
export type HandoffFigure = z.infer<typeof handoffFigureSchema>;

/** All runs of the window. */
export const runFigureSchema = z.object({
  runs: count,
  success: count,
  failure: count,
  unknown: count,
  success_rate: shareSchema,
  /** Failures by how firmly the blame is known. */
  statuses: z.object({ none: count, predicted: count, verified: count, refuted: count, human: count }),
  /** Blames that a replay or a person looked at, of all blames. */
  checked: shareSchema,
  /** Of those, the ones that held. */
  held: shareSchema,
  input_tokens: count,
  output_tokens: count,
});
export type RunFigure = z.infer<typeof runFigureSchema>;

/** What a day cost. `cost` is null where no price of the model is set (`model_prices`). */
export const costFigureSchema = z.object({
  day: isoTimeSchema,
  /** `runs`: calls that agents made. `attribution`: what finding the culprits took. */
  what: z.enum(["runs", "attribution"]),
  model: z.string(),
  calls: count,
  input_tokens: count,
  output_tokens: count,
  cost: z.number().nonnegative().nullable(),
});
export type CostFigure = z.infer<typeof costFigureSchema>;

/** How often two strategies blame alike, over the runs that both attributed. */
export const agreementSchema = z.object({ left: z.string(), right: z.string(), agent: shareSchema, step: shareSchema });

/** How often one is right, over the runs whose culprit a replay, an injected fault or a person tells. */
export const accuracySchema = z.object({ strategy: z.string(), agent: shareSchema, step: shareSchema });

/** Bins a confidence of 0 to 1 is sorted into. */
export const CALIBRATION_BINS = 10;

/**
 * How far one strategy's confidence can be believed: its blames by confidence, and how many of each bin were right. Of
 * runs whose culprit is known, and of blames that a replay or a person refuted.
 */
export const calibrationSchema = z.object({
  strategy: z.string(),
  runs: count,
  /** Mean distance between confidence and share of right steps, weighted by the bins' counts; null over nothing. */
  expected_error: rate.nullable(),
  bins: z
    .array(
      z.object({
        /** Confidence from, and up to, which the last bin alone includes. */
        from: rate,
        to: rate,
        mean_confidence: rate.nullable(),
        agent: shareSchema,
        step: shareSchema,
      }),
    )
    .length(CALIBRATION_BINS),
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** How a strategy did on runs whose culprit others had labelled, measured when it was made and not here. */
export const benchmarkFigureSchema = z.object({
  strategy: z.string(),
  version: z.string(),
  subset: z.string(),
  agent: shareSchema,
  step: shareSchema,
  /** How it was measured. */
  about: z.string(),
  /** Day. */
  measured_on: z.string(),
});
export type BenchmarkFigure = z.infer<typeof benchmarkFigureSchema>;
