import { z } from "zod";

/**
 * Version of the rows that exports hold. A trainer's `reward.py`, and the reward over HTTP, refuse rows of another one.
 * It changes when a row of before would train something else than one of now.
 */
export const EXPORT_SCHEMA = 1;

/** The reward of one answer and its parts, each between 0 and 1. */
export const rewardPartsSchema = z.object({
  score: z.number().min(0).max(1),
  r_format: z.number().min(0).max(1),
  r_agent: z.number().min(0).max(1),
  r_step: z.number().min(0).max(1),
});
export type RewardParts = z.infer<typeof rewardPartsSchema>;

/** What an answer is compared with: the label of an exported row. */
export const rewardLabelSchema = z.object({
  agent: z.string().min(1).max(1000),
  step: z.number().int().nonnegative(),
  schema: z.number().int().optional(),
});
export type RewardLabel = z.infer<typeof rewardLabelSchema>;

export interface RewardOptions {
  /** Thinking that a server or a chat template already took out of the text. */
  reasoning?: string | undefined;
  /** λ of equation 11: how much the step counts, the agent getting the rest; 0.5 unless told. */
  stepWeight?: number | undefined;
  /** σ of equation 12, in steps; 1 unless told. */
  sigma?: number | undefined;
}

/** Scores one completion; what the collector is handed to answer trainers with. */
export type RewardFunction = (
  text: string,
  truth: { agent: string; step: number },
  options?: RewardOptions,
) => RewardParts;

/** Completions of one request; a batch of 32 prompts with 8 rollouts is 256. */
const most = 4096;
const texts = z.array(z.string()).min(1).max(most);

/** Any caller's batch. */
export const rewardBatchSchema = z.object({
  items: z
    .array(
      z.object({
        /** `<think>reasoning</think><answer>agent|step</answer>`; the opening tag may be in the prompt. */
        completion: z.string(),
        /** The thinking, where a server has taken it out of the completion. */
        reasoning: z.string().optional(),
        ...rewardLabelSchema.shape,
      }),
    )
    .min(1)
    .max(most),
  step_weight: z.number().min(0).max(1).optional(),
  sigma: z.number().positive().optional(),
});

/** What OpenRLHF posts to `--reward.remote_url`: prompt and answer together, the prompt, the label. */
export const rewardOpenRlhfSchema = z.object({ query: texts, prompts: texts, labels: texts });

/** What it reads of the answer. */
export const rewardOpenRlhfAnswerSchema = z.object({
  rewards: z.array(z.number()),
  scores: z.array(z.number()),
  extra_logs: z.object({
    r_format: z.array(z.number()),
    r_agent: z.array(z.number()),
    r_step: z.array(z.number()),
  }),
});

/** What slime posts for each sample under `--rm-type remote_rm`; the prompt may be text or messages. */
export const rewardSlimeSchema = z.object({
  prompt: z.unknown(),
  response: z.string(),
  label: z.union([z.string(), rewardLabelSchema]),
});
