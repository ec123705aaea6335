import type { DatasetRecord } from "@culprit/schemas";
import { trainingAgent } from "../prompt.ts";

/**
 * Version of the rows that exports hold. A trainer's `reward.py` refuses rows of another one. It changes when a row
 * of before would train something else than one of now.
 */
export const EXPORT_SCHEMA = 1;

/** What a reward compares an answer with; the agent is spelt as the prompt shows it. */
export function labelOf(record: DatasetRecord): { agent: string; step: number; schema: number } {
  return { agent: trainingAgent(record), step: record.mistake_step, schema: EXPORT_SCHEMA };
}

/** {@link labelOf} where a trainer keeps labels as text: `reward_model.ground_truth`, `label`, `output`. */
export function labelText(record: DatasetRecord): string {
  return JSON.stringify(labelOf(record));
}
