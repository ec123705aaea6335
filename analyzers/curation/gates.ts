import type { DatasetRecord } from "@culprit/schemas";
import type { CurationReason } from "./reasons.ts";

export interface GateOptions {
  /** How much more often the changed action must have brought the other outcome about, 0 to 1. Default 0.5. */
  minMargin?: number;
  /** Takes labels of which no placebo is stored. */
  withoutPlacebo?: boolean;
}

const DEFAULT_MARGIN = 0.5;

/** Why the evidence of a record is too weak for training; null when it is good enough. A person's word is not weighed. */
export function weakEvidence(record: DatasetRecord, options: GateOptions = {}): CurationReason | null {
  const { evidence, evidence_detail: detail } = record;
  if (evidence === "human") return null;
  const margin = detail?.margin ?? null;
  if (margin === null) return options.withoutPlacebo ? null : "no_margin";
  return margin < (options.minMargin ?? DEFAULT_MARGIN) ? "low_margin" : null;
}
