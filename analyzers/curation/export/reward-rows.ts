import type { DatasetRecord } from "@culprit/schemas";
import { template } from "../../attribution/judge/templates.ts";
import { trainingPrompt } from "../prompt.ts";
import type { Format, Place } from "./format.ts";
import { labelOf, labelText } from "./label.ts";
import { integer, listOf, schemaOf, struct, text } from "./parquet-schema.ts";

/** Where a row came from; no trainer shows it to a model. */
function origin(record: DatasetRecord) {
  return {
    evidence: record.evidence,
    source: record.source,
    task_id: record.task_id,
    trace_id: record.id,
  };
}

const PROMPT = listOf("prompt", text("role"), text("content"));

/** verl's RLHFDataset; `extra_info` has the same fields in every row, as Arrow demands. */
export const verl: Format = {
  encoding: "parquet",
  usage:
    "bash train_verl.sh DIR, or data.train_files=train.parquet data.val_files=test.parquet " +
    "reward.custom_reward_function.path=reward.py",
  companions: ["train_verl.sh", "verl_dynamic_clip.py", "dynamic_clip.py"],
  schema: schemaOf(
    text("data_source"),
    PROMPT,
    text("ability"),
    struct("reward_model", text("style"), text("ground_truth")),
    struct(
      "extra_info",
      integer("index"),
      text("split"),
      text("trace_id"),
      text("task_id"),
      text("source"),
      text("evidence"),
      integer("steps"),
    ),
  ),
  row: (record, { split, index, maxChars }) => ({
    data_source: "culprit",
    prompt: trainingPrompt(record, maxChars),
    ability: "failure-attribution",
    reward_model: { style: "rule", ground_truth: labelText(record) },
    extra_info: { index: BigInt(index), split, ...origin(record), steps: BigInt(record.history.length) },
  }),
};

/** TRL's GRPOTrainer: a conversational `prompt`, and columns that reach the reward function as lists. */
function trlRow(record: DatasetRecord, { maxChars }: Place) {
  return { prompt: trainingPrompt(record, maxChars), ...labelOf(record), ...origin(record) };
}

const TRL_COMPANIONS = ["train_trl.py", "dynamic_clip.py"];

export const trl: Format = {
  encoding: "jsonl",
  usage: "python train_trl.py --data DIR",
  companions: TRL_COMPANIONS,
  row: trlRow,
};

export const trlParquet: Format = {
  encoding: "parquet",
  usage: "python train_trl.py --data DIR",
  companions: TRL_COMPANIONS,
  schema: schemaOf(
    PROMPT,
    text("agent"),
    integer("step"),
    integer("schema"),
    text("evidence"),
    text("source"),
    text("task_id"),
    text("trace_id"),
  ),
  row: (record, place) => {
    const { step, schema, ...row } = trlRow(record, place);
    return { ...row, step: BigInt(step), schema: BigInt(schema) };
  },
};

/** OpenRLHF's PromptDataset, its chat template applied; the label reaches `reward_func(queries, prompts, labels)`. */
export const openRlhf: Format = {
  encoding: "jsonl",
  usage:
    "--data.prompt_dataset json@DIR --data.input_key prompt --data.label_key label --data.apply_chat_template " +
    "--reward.remote_url DIR/reward.py",
  row: (record, { maxChars }) => ({
    prompt: trainingPrompt(record, maxChars),
    label: labelText(record),
    datasource: "culprit",
  }),
};

/** slime's Dataset: `custom_rm(args, sample)` or a remote reward see `sample.label`. */
export const slime: Format = {
  encoding: "jsonl",
  usage:
    "--prompt-data train.jsonl --input-key prompt --label-key label --metadata-key metadata --apply-chat-template " +
    "--custom-rm-path reward.custom_rm",
  row: (record, { split, index, maxChars }) => ({
    prompt: trainingPrompt(record, maxChars),
    label: labelText(record),
    metadata: { index, split, ...origin(record) },
  }),
};

/** NeMo RL's ResponseDataset puts the system text, the same in every row, in front of `input` itself. */
export const nemoRl: Format = {
  encoding: "jsonl",
  usage:
    "data: {dataset_name: ResponseDataset, data_path: train.jsonl, input_key: input, output_key: output, " +
    "system_prompt_file: system.txt, prompt_file: null}",
  files: { "system.txt": () => template("judge", "system") },
  row: (record, { maxChars }) => {
    const [, user] = trainingPrompt(record, maxChars);
    return { input: user.content, output: labelText(record), ...origin(record) };
  },
};
