import type { Interval } from "../bootstrap.ts";
import type { PairedCounts, Setting } from "../report.ts";
import type { Rate } from "../wilson.ts";

/** What is asked of an answer: is it the right agent, is it the right step. */
export const QUESTIONS = ["agent", "step"] as const;
export type Question = (typeof QUESTIONS)[number];

/** One of the two that are compared. */
export interface EntrantReport {
  /** As given on the command line. */
  name: string;
  strategy: string;
  version: string;
  setting: Setting;
  agent: Rate;
  step: Rate;
  /** Runs without a blame; they count as wrong. */
  no_blame: number;
  /** How asking ended, by status. */
  statuses: Record<string, number>;
  cost: {
    input_tokens: number;
    output_tokens: number;
    /** In the currency of the prices; null where none were given. */
    price: number | null;
    /** Mean seconds an answer took, those from the cache with what they took then. */
    seconds: number;
    /** Answers that were kept from before and not asked for again. */
    from_cache: number;
  };
  warnings: string[];
}

/** The two on the same runs. `first` is A, `second` is B. */
export interface PairedReport extends PairedCounts {
  /** B minus A, with the 95 % interval of the bootstrap over tasks. */
  difference: Interval;
  /** Who is better, where both the interval and the exact test (p < 0.05) say so. */
  better: "a" | "b" | "undecided";
}

/** The two on some of the runs. */
export interface PartReport {
  /** What the runs are parted by. */
  by: "position" | "agent" | "length" | "subset";
  value: string;
  n: number;
  /** How many each got right. */
  agent: { a: number; b: number };
  step: { a: number; b: number };
  /** Runs whose step only one of them got right. */
  only_a: number;
  only_b: number;
}

export interface ComparisonReport {
  dataset: { name: string; kind: string; hash: string; runs: number; tasks: number; split: string | null };
  a: EntrantReport;
  b: EntrantReport;
  paired: Record<Question, PairedReport>;
  where: PartReport[];
  /** Accuracy of whoever always names the commonest agent, and the commonest step. */
  baseline: Record<Question, number>;
  notes: string[];
}
