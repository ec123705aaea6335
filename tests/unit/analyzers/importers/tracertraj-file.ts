import { parquetWriteFile } from "hyparquet-writer";

type Schema = NonNullable<Parameters<typeof parquetWriteFile>[0]["schema"]>;
type Element = Schema[number];

const text = (name: string): Element => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  repetition_type: "OPTIONAL",
});

export interface TracerTrajRow {
  question_ID: string;
  question: string;
  ground_truth: string;
  history: { content: string; name: string; role: string; step: string }[];
  mistake_agent: string;
  mistake_step: string;
  mistake_reason: string;
}

/** Columns of the public TracerTraj Parquet, `history` a list of structs. */
const SCHEMA: Schema = [
  { name: "root", num_children: 7 },
  text("question_ID"),
  text("question"),
  text("ground_truth"),
  { name: "history", num_children: 1, converted_type: "LIST", repetition_type: "OPTIONAL" },
  { name: "list", num_children: 1, repetition_type: "REPEATED" },
  { name: "element", num_children: 4, repetition_type: "OPTIONAL" },
  text("content"),
  text("name"),
  text("role"),
  text("step"),
  text("mistake_agent"),
  text("mistake_step"),
  text("mistake_reason"),
];

/** Writes synthetic rows as the public file is laid out. */
export function writeTracerTraj(path: string, rows: readonly TracerTrajRow[]): void {
  const column = (name: keyof TracerTrajRow) => ({ name, data: rows.map((row) => row[name]) });
  parquetWriteFile({
    filename: path,
    schema: SCHEMA,
    columnData: [
      column("question_ID"),
      column("question"),
      column("ground_truth"),
      column("history"),
      column("mistake_agent"),
      column("mistake_step"),
      column("mistake_reason"),
    ],
  });
}

/** Synthetic failed runs of a software team; run i errs at step `1 + i % 3`. */
export function syntheticRows(count: number): TracerTrajRow[] {
  return Array.from({ length: count }, (_, i) => {
    const wrong = 1 + (i % 3);
    const history = ["Team Leader", "Engineer", "Architect", "Engineer", "Data Analyst"].map((name, step) => ({
      content: step === wrong ? `Assume placeholder ${i}` : `Part ${step} of ${i}`,
      name,
      role: "assistant",
      step: String(step),
    }));
    return {
      question_ID: `kodcode-${i}`,
      question: `Write function ${i}`,
      ground_truth: "SECRET",
      history,
      mistake_agent: history[wrong]?.name ?? "",
      mistake_step: String(wrong),
      mistake_reason: "synthetic",
    };
  });
}
