import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CulpritError, describeError } from "@culprit/schemas";
import PQueue from "p-queue";
import { z } from "zod";

/** How one run of a batch ended; one line of the batch's record. */
export const batchRowSchema = z.object({
  id: z.string(),
  trace_id: z.string(),
  status: z.enum(["diagnosed", "degraded", "failed"]),
  /** What the result depends on: profile, way, model. A row of another key is not gone on from. */
  key: z.string(),
  /** Stable, for `failed` and `degraded`. */
  code: z.string(),
  reason: z.string(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  cost: z.number(),
  seconds: z.number(),
});
export type BatchRow = z.infer<typeof batchRowSchema>;

/** What diagnosing one run gives the record. */
export type BatchResult = Pick<BatchRow, "status" | "code" | "reason" | "input_tokens" | "output_tokens" | "cost">;

export interface BatchOptions<Item extends { id: string; trace_id: string }> {
  /** The runs, as they are found: no more than a few are held at a time. */
  items: AsyncIterable<Item>;
  diagnose: (item: Item) => Promise<BatchResult>;
  key: string;
  /** Runs at a time. */
  parallel: number;
  /** Where the record is kept, JSON lines; without it nothing is gone on from. */
  record?: string | undefined;
  /** Whether what a run left behind is still there. */
  isKept?: ((row: BatchRow) => boolean) | undefined;
  signal?: AbortSignal | undefined;
  onRow?: ((row: BatchRow, done: number) => void) | undefined;
}

export interface BatchReport {
  rows: BatchRow[];
  /** Runs that an earlier batch had done. */
  kept: number;
  cost: number;
  input_tokens: number;
  output_tokens: number;
}

/**
 * Diagnoses many runs, several at a time. A run that fails is a row with a stable code; the others go on. With a
 * record, runs that were done before under the same key are not done again.
 *
 * @throws the signal's reason when `signal` aborts; rows so far are in the record
 */
export async function diagnoseBatch<Item extends { id: string; trace_id: string }>(
  options: BatchOptions<Item>,
): Promise<BatchReport> {
  const { parallel, record, key, signal } = options;
  const before = record === undefined ? new Map<string, BatchRow>() : await readRecord(record);
  const queue = new PQueue({ concurrency: parallel });
  const report: BatchReport = { rows: [], kept: 0, cost: 0, input_tokens: 0, output_tokens: 0 };
  let writing = Promise.resolve();
  if (record !== undefined) await mkdir(dirname(record), { recursive: true });

  const one = async (item: Item) => {
    if (signal?.aborted) return;
    const began = performance.now();
    const result = await options.diagnose(item).catch((error: unknown): BatchResult | null => {
      if (signal?.aborted) return null;
      const code = error instanceof CulpritError ? error.code : "diagnosis_failed";
      return { status: "failed", code, reason: describeError(error), input_tokens: 0, output_tokens: 0, cost: 0 };
    });
    if (result === null) return;
    const row: BatchRow = {
      id: item.id,
      trace_id: item.trace_id,
      key,
      ...result,
      seconds: Math.round(performance.now() - began) / 1000,
    };
    report.rows.push(row);
    report.cost += row.cost;
    report.input_tokens += row.input_tokens;
    report.output_tokens += row.output_tokens;
    if (record !== undefined) {
      writing = writing.then(() => appendFile(record, `${JSON.stringify(row)}\n`));
      await writing;
    }
    options.onRow?.(row, report.rows.length + report.kept);
  };

  for await (const item of options.items) {
    signal?.throwIfAborted();
    const known = before.get(item.id);
    if (
      known !== undefined &&
      known.key === key &&
      known.trace_id === item.trace_id &&
      known.status === "diagnosed" &&
      (options.isKept?.(known) ?? true)
    ) {
      report.kept++;
      continue;
    }
    void queue.add(() => one(item));
    // Found faster than diagnosed: the finding waits.
    await queue.onSizeLessThan(2 * parallel);
  }
  await queue.onIdle();
  signal?.throwIfAborted();
  return report;
}

/** The last row of each run; a line that was cut off is no row. */
async function readRecord(path: string): Promise<Map<string, BatchRow>> {
  const text = await readFile(path, "utf8").catch(() => "");
  const rows = new Map<string, BatchRow>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    try {
      const row = batchRowSchema.safeParse(JSON.parse(line));
      if (row.success) rows.set(row.data.id, row.data);
    } catch {
      // The process ended while it wrote.
    }
  }
  return rows;
}
