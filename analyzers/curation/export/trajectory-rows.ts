import type { DatasetRecord } from "@culprit/schemas";
import type { Format } from "./format.ts";
import { integer, listOf, schemaOf, text } from "./parquet-schema.ts";

/** The canonical form: one `DatasetRecord` a line. */
export const jsonl: Format = {
  encoding: "jsonl",
  usage: 'datasets.load_dataset("json", data_files={"train": "train.jsonl", "test": "test.jsonl"})',
  row: (record) => record,
};

const speaker = (step: DatasetRecord["history"][number]) => (step.role === "agent" ? "assistant" : "user");

/** Labels of the public sets count entries of `history`, whatever the run's own step numbers were. */
function entryOf(record: DatasetRecord): string {
  return String(record.history.findIndex((step) => step.step === record.mistake_step));
}

/** The Who&When benchmark's shape: one JSON document a run, `mistake_step` 0-based and a string. */
export const whoAndWhen: Format = {
  encoding: "documents",
  usage: "culprit evaluate --benchmark who-and-when reads it, and so do the benchmark's own scripts",
  row: (record) => ({
    is_correct: false,
    question: record.question,
    question_ID: record.task_id,
    ground_truth: record.ground_truth,
    history: record.history.map((step) => ({ content: step.content, role: speaker(step), name: step.name })),
    mistake_agent: record.mistake_agent,
    mistake_step: entryOf(record),
    mistake_reason: record.mistake_reason,
  }),
};

/** TracerTraj's columns and types, as its published Parquet has them. */
export const tracertraj: Format = {
  encoding: "parquet",
  usage: "culprit evaluate --benchmark tracertraj --data DIR reads it, and so does whatever reads TracerTraj",
  schema: schemaOf(
    text("question_ID"),
    text("question"),
    text("ground_truth"),
    listOf("history", text("content"), text("name"), text("role"), integer("step")),
    text("mistake_agent"),
    text("mistake_step"),
    text("mistake_reason"),
  ),
  row: (record) => ({
    question_ID: record.task_id,
    question: record.question,
    ground_truth: record.ground_truth,
    history: record.history.map((step, entry) => ({
      content: step.content,
      name: step.name,
      role: speaker(step),
      step: BigInt(entry),
    })),
    mistake_agent: record.mistake_agent,
    mistake_step: entryOf(record),
    mistake_reason: record.mistake_reason,
  }),
};
