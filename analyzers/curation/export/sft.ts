import type { DatasetRecord } from "@culprit/schemas";
import { trainingAgent, trainingPrompt } from "../prompt.ts";
import type { Format } from "./format.ts";

/**
 * Supervised fine-tuning in chat messages: the prompt, and the answer that the reward gives 1, with the label's reason
 * as its thinking.
 */
export const sft: Format = {
  encoding: "jsonl",
  usage: 'trl sft --dataset_name json --data_files train.jsonl, or any trainer of OpenAI-style "messages"',
  row: (record, { maxChars }) => ({
    messages: [...trainingPrompt(record, maxChars), { role: "assistant", content: idealAnswer(record) }],
    evidence: record.evidence,
    task_id: record.task_id,
    trace_id: record.id,
  }),
};

/** `<think>reason</think><answer>agent|step</answer>`, which scores 1 by construction. */
export function idealAnswer(record: DatasetRecord): string {
  const agent = trainingAgent(record);
  const reason = record.mistake_reason.replace(/<(?=\s*\/?\s*(?:think|answer)\s*>)/gi, "<\\").trim();
  const thought = reason || `Step ${record.mistake_step} by ${agent} decided the failure.`;
  return `<think>${thought}</think><answer>${agent}|${record.mistake_step}</answer>`;
}
