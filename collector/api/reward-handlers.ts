import {
  CulpritError,
  EXPORT_SCHEMA,
  type RewardFunction,
  type RewardLabel,
  type RewardParts,
  rewardLabelSchema,
} from "@culprit/schemas";
import { invalid } from "./failures.ts";
import type { Handlers } from "./handlers.ts";

/** What chat templates end a turn with. Trainers that decode with special tokens leave it behind an answer. */
const TURN_ENDS = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end|>", "<|return|>", "<end_of_turn>", "</s>"];

/** How much of a prompt's end finds it in a query that does not begin with the prompt's own bytes. */
const TAIL = 64;

/** The training reward over HTTP, for trainers that call a service. Stateless: nothing of the store is read. */
export function rewardHandlers(
  reward: RewardFunction | undefined,
): Pick<Handlers, "reward" | "rewardOpenRlhf" | "rewardSlime"> {
  const score = (text: string, label: RewardLabel, options?: Parameters<RewardFunction>[2]): RewardParts => {
    if (reward === undefined) {
      throw new CulpritError("no_attributor", "This collector scores nothing: it runs without an analyzer.", {
        mend: "Ask the collector of `culprit up` or `culprit collector`.",
      });
    }
    return reward(withoutTurnEnd(text), checkedSchema(label), options);
  };
  return {
    reward: async ({ body: { items, step_weight, sigma } }) => ({
      rewards: items.map(({ completion, reasoning, ...label }) =>
        score(completion, label, { reasoning, stepWeight: step_weight, sigma }),
      ),
    }),

    rewardOpenRlhf: async ({ body: { query, prompts, labels } }) => {
      if (prompts.length !== query.length || labels.length !== query.length) {
        throw invalid(
          `There are ${query.length} queries, ${prompts.length} prompts and ${labels.length} labels.`,
          "Send one prompt and one label a query: OpenRLHF does so with --data.label_key label.",
        );
      }
      const parts = query.map((text, at) => score(answerIn(text, prompts[at] ?? ""), labelIn(labels[at] ?? "")));
      const scores = parts.map((part) => part.score);
      const each = (key: keyof RewardParts) => parts.map((part) => part[key]);
      return {
        rewards: scores,
        scores,
        extra_logs: { r_format: each("r_format"), r_agent: each("r_agent"), r_step: each("r_step") },
      };
    },

    rewardSlime: async ({ body: { response, label } }) =>
      score(response, typeof label === "string" ? labelIn(label) : label),
  };
}

function labelIn(text: string): RewardLabel {
  const parsed = rewardLabelSchema.safeParse(asJson(text));
  if (parsed.success) return parsed.data;
  throw invalid(
    `The label ${JSON.stringify(text.slice(0, 80))} is not {"agent": ..., "step": ...}.`,
    "Train on what `culprit export` wrote, with its label column as the label.",
  );
}

function checkedSchema(label: RewardLabel): RewardLabel {
  const { schema = EXPORT_SCHEMA } = label;
  if (schema === EXPORT_SCHEMA) return label;
  throw invalid(
    `The label is of export schema ${schema}; this reward knows schema ${EXPORT_SCHEMA}.`,
    "Export the dataset again with the version of Culprit that scores it.",
  );
}

/** What stands behind the prompt. */
function answerIn(query: string, prompt: string): string {
  if (query.startsWith(prompt)) return query.slice(prompt.length);
  const tail = prompt.slice(-TAIL);
  const at = query.lastIndexOf(tail);
  if (at !== -1) return query.slice(at + tail.length);
  throw invalid("A query does not contain its prompt.", "Send prompts and queries of one batch in one order.");
}

function withoutTurnEnd(text: string): string {
  let rest = text.trimEnd();
  for (let end = endOf(rest); end !== undefined; end = endOf(rest)) rest = rest.slice(0, -end.length).trimEnd();
  return rest;
}

function endOf(text: string): string | undefined {
  return TURN_ENDS.find((end) => text.endsWith(end));
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
