import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildTrajectory,
  collectRecords,
  curate,
  exportDataset,
  type ImportedRun,
  importPath,
  toOtlpJson,
} from "@culprit/analyzers";
import { createCollector } from "@culprit/collector";
import { type Client, createClient, type DatasetRecord, parseConfig } from "@culprit/schemas";
import { openStore, type Store } from "@culprit/store";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labelledRun } from "../unit/analyzers/curation/runs.ts";

const WHO_AND_WHEN = join(import.meta.dirname, "../../../shared/data/who-and-when");

let directory: string;
let store: Store;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "culprit-export-"));
  store = await openStore(parseConfig({ data: join(directory, "store") }));
});
afterAll(async () => {
  await store?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The real API of one project, in this process. */
function project(name: string): Client {
  const { app } = createCollector({ store, config: parseConfig({ project: name }), buildTrajectory });
  return createClient({ baseUrl: "http://localhost", fetch: async (request) => await app.fetch(request) });
}

async function send(client: Client, paths: string): Promise<ImportedRun[]> {
  const runs: ImportedRun[] = [];
  for await (const each of importPath(paths)) {
    if (each.kind === "skip") throw new Error(each.reason);
    const response = await client.send("/v1/traces", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(toOtlpJson(each.spans)),
    });
    if (!response.ok) throw new Error(await response.text());
    for (const body of each.annotations) await client.call("annotate", { body });
    runs.push(each);
  }
  return runs;
}

const rowsOf = async (file: string) => await parquetReadObjects({ file: await asyncBufferFromFile(file) });

describe("a labelled run", () => {
  it("goes out as Who&When, in through OTLP, and out again with the same steps and label", async () => {
    const records = Array.from({ length: 12 }, (_, index) => {
      const made = curate(labelledRun(index + 1));
      if (!("record" in made)) throw new Error(made.left_out);
      return made.record;
    });
    const first = join(directory, "first");
    await exportDataset({ records, format: "who-and-when", out: first, testShare: 0 });

    const client = project("round-trip");
    expect(await send(client, join(first, "train"))).toHaveLength(12);
    const seen: number[] = [];
    const collected = await collectRecords(client, { since: "3650d", onProgress: (done) => seen.push(done) });
    expect(collected.left_out).toEqual({});
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));

    const essence = (record: DatasetRecord) => ({
      question: record.question,
      speakers: record.history.map(({ name, content }) => [name, content]),
      blame: [record.mistake_agent, record.mistake_step],
    });
    const byQuestion = (left: { question: string }, right: { question: string }) =>
      left.question < right.question ? -1 : 1;
    expect(collected.records.map(essence).sort(byQuestion)).toEqual(records.map(essence).sort(byQuestion));
    expect(new Set(collected.records.map((record) => record.evidence))).toEqual(new Set(["human"]));
  });

  it("that is gone from the store is counted, not an error; no label at all is one", async () => {
    const client = project("gone");
    await expect(
      exportDataset({ ...(await collectRecords(client)), format: "verl", out: join(directory, "gone") }),
    ).rejects.toMatchObject({ code: "export_nothing" });

    const [label] = labelledRun(77).annotations;
    if (label === undefined) throw new Error("a labelled run has a label");
    await store.saveAnnotation({ ...label, project: "gone", created_at: new Date().toISOString() });
    const collected = await collectRecords(client);
    expect(collected).toMatchObject({ records: [], left_out: { run_not_found: 1 } });
    await expect(exportDataset({ ...collected, format: "verl", out: join(directory, "gone") })).rejects.toMatchObject({
      code: "export_nothing",
      mend: expect.stringContaining("not in the store"),
    });
    expect(existsSync(join(directory, "gone"))).toBe(false);
  });
});

describe("all of Who&When", () => {
  it("becomes a verl set: every label that its run bears out, split by task, prompts scrubbed", async (context) => {
    if (!existsSync(WHO_AND_WHEN)) {
      console.error("skipped: ../shared/data/who-and-when is not here");
      return context.skip();
    }
    const client = project("who-and-when");
    const runs = await send(client, WHO_AND_WHEN);
    const collected = await collectRecords(client, { since: "9999d" });
    const left = Object.values(collected.left_out).reduce((sum, count) => sum + count, 0);
    expect(collected.records.length + left).toBe(runs.filter((run) => run.annotations.length > 0).length);
    // The public labels name somebody else than the labelled step's speaker in a handful of runs.
    expect(Object.keys(collected.left_out).every((reason) => /agent/.test(reason))).toBe(true);
    expect(left).toBeLessThan(10);

    const out = join(directory, "verl");
    const written = await exportDataset({ ...collected, format: "verl", out });
    expect(written.train + written.test).toBe(collected.records.length);
    const [train, test] = [await rowsOf(join(out, "train.parquet")), await rowsOf(join(out, "test.parquet"))];
    expect([train.length, test.length]).toEqual([written.train, written.test]);
    const tasks = (rows: typeof train) => new Set(rows.map((row) => row["extra_info"].task_id));
    for (const task of tasks(test)) expect(tasks(train)).not.toContain(task);

    for (const row of [...train, ...test]) {
      const user: string = row["prompt"][1].content;
      const { agent, step } = JSON.parse(row["reward_model"].ground_truth);
      expect(user).toContain(`[${step}] ${agent} (agent):`);
    }
    const summary = JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"));
    expect(summary.scrubbed.path).toBeGreaterThan(0);
    console.error(`who-and-when: ${written.train} + ${written.test}`, collected.left_out, collected.scrubbed);
  }, 120_000);
});
