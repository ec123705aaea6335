import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  datasetDiff,
  datasetHash,
  describeRecords,
  type JournalEntry,
  openJournal,
  readRecords,
  readVersion,
  versionCard,
  writeVersion,
} from "@culprit/analyzers";
import { type DatasetRecord, type DatasetVersion, datasetVersionSchema } from "@culprit/schemas";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aDataset } from "../../../integration/store-rows.ts";
import { injected, record } from "./records.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-version-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const records = [record(1), record(2, { split: "test" }), injected(3, { domain: "sums" })];

function version(of: DatasetRecord[] = records): DatasetVersion {
  return aDataset({ created_at: "2026-11-20T10:00:00.000Z", ...describeRecords(of), hash: datasetHash(of), version: 2 });
}

async function all(from: string): Promise<DatasetRecord[]> {
  const read: DatasetRecord[] = [];
  for await (const one of readRecords(from)) read.push(one);
  return read;
}

describe("a version", () => {
  it("has a hash that depends on its records and on nothing else", () => {
    expect(datasetHash([...records].reverse())).toBe(datasetHash(records));
    expect(datasetHash(records.map((one) => ({ ...one, split: "test" as const })))).not.toBe(datasetHash(records));
    const rearranged = records.map((one) => Object.fromEntries(Object.entries(one).reverse()) as DatasetRecord);
    expect(datasetHash(rearranged)).toBe(datasetHash(records));
  });

  it("counts what it holds, by evidence, agent, position, domain and source", () => {
    const { counts, balance, evidence, steps } = describeRecords(records);
    expect(counts).toMatchObject({
      records: 3,
      train: 2,
      test: 1,
      counterfactual: 2,
      injected: 1,
      human: 0,
      earliest_proven: 3,
    });
    expect(balance.domain).toEqual([
      { value: "team", records: 2, counterfactual: 2, injected: 0, human: 0 },
      { value: "sums", records: 1, counterfactual: 0, injected: 1, human: 0 },
    ]);
    expect(balance.position.map(({ value, records: count }) => [value, count])).toEqual([["40-60 %", 3]]);
    expect(evidence).toMatchObject({ placebos: 3, placebo_successes: 0, margin_min: 1, operators: { number: 1 } });
    expect(steps).toEqual({ min: 3, median: 3, max: 3 });
  });

  it("says what changed since the one before", () => {
    const after = [record(1), record(2, { mistake_step: 0, split: "train" }), record(4)];
    const before = { version: 1, hash: datasetHash(records), records };
    expect(datasetDiff(before, after)).toEqual({
      version: 1,
      hash: before.hash,
      added: 1,
      removed: 1,
      changed: 1,
      moved_split: 1,
    });
  });

  it("is written whole and read back: records a line each, by run, the manifest and the card", async () => {
    const files = await writeVersion(join(directory, "v"), version(), [...records].reverse());
    expect(files).toEqual(["records.jsonl", "README.md", "dataset.json"]);
    expect(readdirSync(join(directory, "v")).sort()).toEqual([...files].sort());
    expect(await all(join(directory, "v"))).toEqual(records);
    expect(await readVersion(join(directory, "v"))).toEqual(version());
    expect(
      datasetVersionSchema.safeParse(JSON.parse(readFileSync(join(directory, "v/dataset.json"), "utf8"))).success,
    ).toBe(true);
    expect(await readVersion(directory)).toBeNull();
  });

  it.each([
    ["a manifest that is none", "dataset.json", "{", (at: string) => readVersion(at)],
    ["a record that is none", "records.jsonl", '{"id":1}\n', all],
    ["no records at all", "records.jsonl", null, all],
  ] as const)("that is broken is said to be: %s", async (_name, file, text, read) => {
    await writeVersion(directory, version(), records);
    if (text === null) rmSync(join(directory, file));
    else writeFileSync(join(directory, file), text);
    await expect(read(directory)).rejects.toMatchObject({ code: "dataset_broken", mend: expect.any(String) });
  });

  it("shows on its card what names from a trace say, and lets them be no markup", () => {
    const evil = "| <img src=x onerror=alert(1)> \n# [x](javascript:y) `";
    const card = versionCard(version([record(1, { mistake_agent: evil, domain: evil })]));
    expect(card).not.toMatch(/(?<!\\)<img/);
    expect(card).not.toContain("\n# [");
    expect(card).toContain("Can injected runs be told from natural ones?");
    expect(card).toContain("says almost the same as another one");
  });
});

describe("the journal", () => {
  const entry = (trace: string, overrides: Partial<JournalEntry> = {}): JournalEntry => ({
    trace_id: trace,
    settings: "s",
    labelled: [trace],
    left_out: null,
    faults: {},
    replays: 4,
    model_calls: 9,
    tokens: 100,
    cost: 0,
    seconds: 1,
    ...overrides,
  });

  it("knows after a crash what was done, and of a line that was cut short nothing", async () => {
    const journal = await openJournal(directory);
    await journal.add(entry("one"));
    await journal.add(entry("two", { left_out: "not_flipped", labelled: [] }));
    appendFileSync(join(directory, ".curate-journal.jsonl"), '{"trace_id":"three","set');
    const again = await openJournal(directory);
    expect(again.find("one", "s")).toEqual(entry("one"));
    expect(again.find("two", "s")?.left_out).toBe("not_flipped");
    expect(again.find("three", "s")).toBeUndefined();
    await again.add(entry("four"));
    expect((await openJournal(directory)).find("four", "s")).toEqual(entry("four"));
  });

  it("does not hold with other settings, nor for what may be gone the next time", async () => {
    const journal = await openJournal(directory);
    await journal.add(entry("one"));
    await journal.add(entry("two", { left_out: "no_outcome", labelled: [] }));
    expect(journal.find("one", "others")).toBeUndefined();
    expect(journal.find("two", "s")).toBeUndefined();
  });
});
