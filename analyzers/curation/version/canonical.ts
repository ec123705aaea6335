import { createHash } from "node:crypto";
import type { DatasetDiff, DatasetRecord } from "@culprit/schemas";
import { canonicalJson } from "../../replay/canonical.ts";

/** Records in the order they are written: by run. */
export function inOrder(records: readonly DatasetRecord[]): DatasetRecord[] {
  return [...records].sort((left, right) => (left.id < right.id ? -1 : left.id > right.id ? 1 : 0));
}

/** One line of `records.jsonl`: keys sorted, so equal records are equal bytes. */
export function recordLine(record: DatasetRecord): string {
  return canonicalJson(record);
}

/** SHA-256 over the lines of the records in order, in hex. */
export function datasetHash(records: readonly DatasetRecord[]): string {
  const hash = createHash("sha256");
  for (const record of inOrder(records)) hash.update(`${recordLine(record)}\n`);
  return hash.digest("hex");
}

/** What changed from one version's records to the next one's; records are matched by run. */
export function datasetDiff(
  before: { version: number; hash: string; records: readonly DatasetRecord[] },
  after: readonly DatasetRecord[],
): DatasetDiff {
  const old = new Map(before.records.map((record) => [record.id, record]));
  const diff = { added: 0, removed: 0, changed: 0, moved_split: 0 };
  for (const record of after) {
    const was = old.get(record.id);
    old.delete(record.id);
    if (was === undefined) diff.added++;
    else if (recordLine(was) !== recordLine(record)) diff.changed++;
    if (was !== undefined && was.split !== record.split) diff.moved_split++;
  }
  return { version: before.version, hash: before.hash, ...diff, removed: old.size };
}
