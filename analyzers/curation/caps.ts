import { createHash } from "node:crypto";
import { CulpritError, type DatasetRecord } from "@culprit/schemas";
import { DIMENSIONS, type Dimension, standing } from "./version/balance.ts";

/** At most so many records of one value of a dimension: a number, or a share of all. */
export interface Cap {
  dimension: Dimension;
  most: number;
  share: boolean;
}

/**
 * `agent=500`, `domain=40%`.
 *
 * @throws CulpritError `usage`
 */
export function parseCap(text: string): Cap {
  const [, name = "", number = "", percent = ""] = /^(\w+)=(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const dimension = DIMENSIONS.find((known) => known === name);
  const most = Number(number);
  if (dimension !== undefined && most > 0 && (percent === "" ? Number.isInteger(most) : most <= 100)) {
    return { dimension, most: percent === "" ? most : most / 100, share: percent !== "" };
  }
  throw new CulpritError("usage", `${text} is no cap.`, {
    mend: `Write a number or a share of one of ${DIMENSIONS.join(", ")}, such as agent=500 or domain=40%.`,
  });
}

/** Records within every cap, those that the version before held first, else by chance that stays the same. */
export function withinCaps(
  records: readonly DatasetRecord[],
  caps: readonly Cap[],
  kept: ReadonlySet<string> = new Set(),
): { records: DatasetRecord[]; over: number } {
  let inside = [...records];
  for (const { dimension, most, share } of caps) {
    const limit = share ? shareLimit(inside, dimension, most) : most;
    const taken = new Map<string, number>();
    inside = drawn(inside, kept).filter((record) => {
      const value = standing(record, dimension);
      const count = (taken.get(value) ?? 0) + 1;
      taken.set(value, count);
      return count <= limit;
    });
  }
  return { records: inside, over: records.length - inside.length };
}

/** The largest limit under which no value has more than its share of what is left. */
function shareLimit(records: readonly DatasetRecord[], dimension: Dimension, share: number): number {
  const counts = new Map<string, number>();
  for (const record of records) {
    const value = standing(record, dimension);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const fits = (limit: number) => {
    const left = [...counts.values()].map((count) => Math.min(count, limit));
    return Math.max(...left) <= share * left.reduce((sum, count) => sum + count, 0);
  };
  for (let limit = Math.max(0, ...counts.values()); limit > 1; limit--) if (fits(limit)) return limit;
  return 1;
}

/**
 * As many injected as counterfactual records of each domain, agent, position and length: what is left differs in nothing
 * but where the fault came from. Human labels stay.
 */
export function matchEvidence(
  records: readonly DatasetRecord[],
  kept: ReadonlySet<string> = new Set(),
): { records: DatasetRecord[]; unmatched: number } {
  const cells = new Map<string, { counterfactual: DatasetRecord[]; injected: DatasetRecord[] }>();
  const matched: DatasetRecord[] = [];
  for (const record of drawn(records, kept)) {
    if (record.evidence === "human") {
      matched.push(record);
      continue;
    }
    const cell = JSON.stringify([
      standing(record, "domain"),
      record.mistake_agent,
      standing(record, "position"),
      lengthOf(record),
    ]);
    const held = cells.get(cell) ?? { counterfactual: [], injected: [] };
    held[record.evidence].push(record);
    cells.set(cell, held);
  }
  for (const { counterfactual, injected } of cells.values()) {
    const both = Math.min(counterfactual.length, injected.length);
    matched.push(...counterfactual.slice(0, both), ...injected.slice(0, both));
  }
  return { records: matched, unmatched: records.length - matched.length };
}

/** Steps of the run, to within a factor of two. */
function lengthOf({ history }: DatasetRecord): number {
  return Math.floor(Math.log2(Math.max(1, history.length)));
}

function drawn(records: readonly DatasetRecord[], kept: ReadonlySet<string>): DatasetRecord[] {
  return records
    .map((record) => ({ record, rank: `${kept.has(record.id) ? 0 : 1}${rankOf(record.id)}` }))
    .sort((left, right) => (left.rank < right.rank ? -1 : 1))
    .map(({ record }) => record);
}

function rankOf(id: string): string {
  return createHash("sha256").update(`culprit-draw\0${id}`).digest("hex");
}
