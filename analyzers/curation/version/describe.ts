import type { DatasetRecord, DatasetVersion } from "@culprit/schemas";
import { balanceOf } from "./balance.ts";

/** What records say of themselves; the rest of a version is how it came to be. */
export type Described = Pick<DatasetVersion, "counts" | "steps" | "balance" | "evidence">;

/** Counts, shape and evidence of a set of records. */
export function describeRecords(records: readonly DatasetRecord[]): Described {
  const of = (evidence: DatasetRecord["evidence"]) => records.filter((record) => record.evidence === evidence).length;
  const split = (name: DatasetRecord["split"]) => records.filter((record) => record.split === name);
  const tasks = (rows: readonly DatasetRecord[]) => new Set(rows.map(({ task_id }) => task_id)).size;
  const [train, test] = [split("train"), split("test")];
  const lengths = sorted(records.map(({ history }) => history.length));
  return {
    counts: {
      records: records.length,
      train: train.length,
      test: test.length,
      train_tasks: tasks(train),
      test_tasks: tasks(test),
      counterfactual: of("counterfactual"),
      injected: of("injected"),
      human: of("human"),
      earliest_proven: records.filter(
        ({ evidence, evidence_detail }) => evidence !== "human" && evidence_detail?.earliest === "proven",
      ).length,
    },
    steps: { min: lengths[0] ?? 0, median: middle(lengths) ?? 0, max: lengths.at(-1) ?? 0 },
    balance: balanceOf(records),
    evidence: evidenceOf(records),
  };
}

function evidenceOf(records: readonly DatasetRecord[]): DatasetVersion["evidence"] {
  const details = records.flatMap(({ evidence_detail }) => evidence_detail ?? []);
  const margins = sorted(details.flatMap(({ margin }) => margin ?? []));
  const operators = new Map<string, number>();
  for (const { operator } of details) {
    if (operator !== "") operators.set(operator, (operators.get(operator) ?? 0) + 1);
  }
  return {
    placebos: details.reduce((sum, { placebo }) => sum + placebo.k, 0),
    placebo_successes: details.reduce((sum, { placebo }) => sum + placebo.successes, 0),
    margin_min: margins[0] ?? null,
    margin_median: middle(margins),
    operators: Object.fromEntries([...operators].sort(([, left], [, right]) => right - left)),
  };
}

function sorted(values: number[]): number[] {
  return values.sort((left, right) => left - right);
}

/** The median's upper neighbour, so that it is one of the values; null of none. */
function middle(ascending: readonly number[]): number | null {
  return ascending[ascending.length >> 1] ?? null;
}
