import type { AttributionStatus } from "@culprit/schemas";

/** What a strategy, or somebody's file, says of one run. */
export interface Said {
  agent: string | null;
  /** 0-based. */
  step: number | null;
  /** Null where none was stated. */
  confidence: number | null;
  status: AttributionStatus;
  input_tokens: number;
  output_tokens: number;
  duration_ms: number;
}

/** An answer that cost nothing and says only who and where. */
export function stated(agent: string | null, step: number | null, confidence: number | null = null): Said {
  const status = agent === null || step === null ? "abstained" : "attributed";
  return { agent, step, confidence, status, input_tokens: 0, output_tokens: 0, duration_ms: 0 };
}
