import { type DatasetRecord, EXPORT_SCHEMA, type RewardLabel } from "@culprit/schemas";
import { trainingAgent } from "../prompt.ts";

/** What a reward compares an answer with; the agent is spelt as the prompt shows it. */
export function labelOf(record: DatasetRecord): RewardLabel & { schema: number } {
  return { agent: trainingAgent(record), step: record.mistake_step, schema: EXPORT_SCHEMA };
}

/** {@link labelOf} where a trainer keeps labels as text: `reward_model.ground_truth`, `label`, `output`. */
export function labelText(record: DatasetRecord): string {
  return JSON.stringify(labelOf(record));
}
