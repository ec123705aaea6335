import type { Balance, BalanceRow, DatasetRecord } from "@culprit/schemas";

/** What a dataset is balanced over. */
export const DIMENSIONS = ["agent", "position", "domain", "source"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

const FIFTHS = ["0-20 %", "20-40 %", "40-60 %", "60-80 %", "80-100 %"] as const;

const VALUE_OF: Record<Dimension, (record: DatasetRecord) => string> = {
  agent: ({ mistake_agent }) => mistake_agent,
  position: ({ history, mistake_step }) => {
    const share = history.length <= 1 ? 0 : mistake_step / (history.length - 1);
    return FIFTHS[Math.min(FIFTHS.length - 1, Math.floor(share * FIFTHS.length))] ?? FIFTHS[0];
  },
  domain: ({ domain }) => domain || "unknown",
  source: ({ source }) => source || "live",
};

/** Where a record stands in one dimension. */
export function standing(record: DatasetRecord, dimension: Dimension): string {
  return VALUE_OF[dimension](record);
}

/** How records are spread over every dimension, most records first. */
export function balanceOf(records: readonly DatasetRecord[]): Balance {
  return {
    agent: spread(records, "agent"),
    position: spread(records, "position"),
    domain: spread(records, "domain"),
    source: spread(records, "source"),
  };
}

function spread(records: readonly DatasetRecord[], dimension: Dimension): BalanceRow[] {
  const rows = new Map<string, BalanceRow>();
  for (const record of records) {
    const value = standing(record, dimension);
    const row = rows.get(value) ?? { value, records: 0, counterfactual: 0, injected: 0, human: 0 };
    row.records++;
    row[record.evidence]++;
    rows.set(value, row);
  }
  return [...rows.values()].sort((left, right) => right.records - left.records || (left.value < right.value ? -1 : 1));
}
