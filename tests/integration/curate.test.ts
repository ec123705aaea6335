import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { datasetHash, readRecords } from "@culprit/analyzers";
import { ledgerTask, runLedgerTeam, type ScriptedEndpoint, startScriptedEndpoint } from "@culprit/examples";
import { startTracing, type Tracing } from "@culprit/instrumentation";
import { type Client, createClient, type DatasetRecord, type DatasetVersion } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CULPRIT, culprit, culpritUp, temporaryDirectory, type UpProcess } from "./cli-process.ts";

const directory = temporaryDirectory();
const out = join(directory, "version");
const journal = join(out, ".curate-journal.jsonl");
let endpoint: ScriptedEndpoint;
let server: UpProcess;
let client: Client;
let tracing: Tracing;
let runs = 0;

beforeAll(async () => {
  endpoint = await startScriptedEndpoint();
  server = await culpritUp(["--data", join(directory, "store")]);
  client = createClient({ baseUrl: server.url });
  tracing = startTracing({ url: server.url, exitHooks: false });
  await record(10);
}, 300_000);
afterAll(async () => {
  await tracing.shutdown();
  server.child.kill("SIGKILL");
  await server.ended;
  await endpoint.close();
  rmSync(directory, { recursive: true, force: true });
});

/** That many more runs of the ledger team, settled in the store. */
async function record(more: number): Promise<void> {
  for (const end = runs + more; runs < end; ) {
    await runLedgerTeam({ task: ledgerTask(++runs), baseURL: endpoint.baseURL });
  }
  await tracing.flush();
  while ((await client.call("status")).settled < runs) await new Promise((resolve) => setTimeout(resolve, 200));
}

const TARGET = join(import.meta.dirname, "../../examples/dist/target.js");
const OPERATORS = "number,tool-argument,truncated-message,premature-termination";
const base = () => ["curate", "--name", "ledger", "--out", out, "--url", server.url, "--json"];
const labelling = () => [...base(), "--target", TARGET, "--operator", OPERATORS, "--seed", "3", "--parallel", "3"];

async function curated(args: string[]): Promise<DatasetVersion> {
  const { code, stdout, stderr } = await culprit(args);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as DatasetVersion;
}

async function records(): Promise<DatasetRecord[]> {
  const all: DatasetRecord[] = [];
  for await (const one of readRecords(out)) all.push(one);
  return all;
}

const entries = () =>
  existsSync(journal)
    ? readFileSync(journal, "utf8")
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line) as { trace_id: string; left_out: string | null })
    : [];

describe("what can't become a dataset is told, with what to do", () => {
  it.each([
    ["a query that matches nothing", ["--agent", "Nobody"], 1, /The query matches no run.*Widen the filter/s],
    ["runs without a label", [], 1, /No run with a usable label.*--target/s],
    ["a name that can't be one", ["--name", "Two Words"], 2, /lower-case letters/],
    ["a cap of nothing known", ["--cap", "size=3"], 2, /agent=500/],
    ["two ways to start the system", ["--target", "a.js", "--command", "b"], 2, /exactly one/],
    ["a benchmark that is none", ["--contamination", join(directory, "none")], 1, /holds no question/],
    ["a target that is none", ["--target", join(directory, "none.js")], 2, /--target/],
  ])("%s", async (_name, args, code, said) => {
    const ended = await culprit([...base(), ...args]);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(said)]);
    expect(existsSync(join(out, "dataset.json"))).toBe(false);
  });
});

describe("culprit curate", () => {
  it("goes on after it was killed, and tries no run twice", async () => {
    const child = spawn(process.execPath, [CULPRIT, ...labelling()], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    while (entries().length < 3 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await ended;
    const before = entries();
    expect(before.length).toBeLessThan(runs);
    expect(existsSync(join(out, "dataset.json"))).toBe(false);

    await curated(labelling());
    const after = entries();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(new Set(after.map(({ trace_id }) => trace_id)).size).toBe(runs);
    expect(after).toHaveLength(runs);
  }, 300_000);

  it("makes D- of failures and D+ of successes, each with its evidence", async () => {
    const version = JSON.parse(readFileSync(join(out, "dataset.json"), "utf8")) as DatasetVersion;
    const all = await records();
    expect(version.counts).toMatchObject({ records: all.length, earliest_proven: all.length, human: 0 });
    expect(version.counts.counterfactual).toBeGreaterThan(0);
    expect(version.counts.injected).toBeGreaterThan(0);
    expect(version.hash).toBe(datasetHash(all));
    expect(version.made.replays).toBeGreaterThanOrEqual(3 * all.length);
    for (const one of all) {
      const { evidence, evidence_detail: detail, correction = "", history, mistake_step, mistake_agent } = one;
      expect(history[mistake_step]).toMatchObject({ role: "agent", name: mistake_agent });
      expect(detail).toMatchObject({ earliest: "proven", margin: 1, placebo: { k: 1, successes: evidence === "injected" ? 1 : 0 } });
      // The run that the kill cut short may have been tried twice.
      expect(detail?.tested?.k).toBeGreaterThanOrEqual(2);
      expect(detail?.tested?.successes).toBe(evidence === "injected" ? 0 : detail?.tested?.k);
      expect(detail?.operator).toMatch(evidence === "injected" ? new RegExp(OPERATORS.replaceAll(",", "|")) : /^$/);
      expect(correction).not.toBe(history[mistake_step]?.content);
      expect(one.mistake_reason).not.toMatch(/replay|placebo|inject/i);
      expect(JSON.stringify([one.question, one.ground_truth, history])).not.toMatch(/inject|placebo|operator|culprit|counterfactual/i);
    }
  });

  it("gives the same version again while nothing changes, without the system as well", async () => {
    const before = readFileSync(join(out, "dataset.json"), "utf8");
    expect((await curated(labelling())).version).toBe(1);
    expect((await curated(base())).version).toBe(1);
    expect(readFileSync(join(out, "dataset.json"), "utf8")).toBe(before);
  }, 120_000);

  it("grows: a new version says what was added, no task changes sides, and the collector knows how it grew", async () => {
    const before = new Map((await records()).map(({ id, split }) => [id, split]));
    await record(4);
    const grown = await curated(labelling());
    expect(grown).toMatchObject({ version: 2, diff: { version: 1, removed: 0, changed: 0, moved_split: 0 } });
    expect(grown.diff?.added).toBe(grown.counts.records - before.size);
    expect(grown.diff?.added).toBeGreaterThan(0);
    for (const { id, split } of await records()) expect(split).toBe(before.get(id) ?? split);
    const { datasets } = await client.call("listDatasets");
    expect(datasets).toMatchObject([{ name: "ledger", version: 2, growth: [{ version: 1 }, { version: 2 }] }]);
    const { dataset } = await client.call("getDataset", { name: "ledger", version: "1" });
    expect(dataset.counts.records).toBe(before.size);
  }, 300_000);

  it("takes a person's label, and of labels that contradict none", async () => {
    const { traces } = await client.call("listTraces", { outcome: "success", limit: 1000 });
    expect(traces.length).toBeGreaterThan(0);
    const [human, other] = (await client.call("listTraces", { outcome: "failure", limit: 2 })).traces;
    const blame = async (trace_id: string, agent: string, step: number, evidence: "human" | "counterfactual") => {
      const label = {
        annotation_id: `${evidence}-${agent}-${trace_id}`,
        trace_id,
        agent,
        step,
        evidence,
        verdict: "confirmed" as const,
        reason: "so it is",
        replay_id: "",
        correction: "",
        earliest: "proven" as const,
        placebo_k: 1,
        placebo_successes: 0,
        created_at: new Date().toISOString(),
      };
      await client.call("annotate", { body: label });
    };
    // The plan of the one is blamed beside what a replay proved; of the other by a person, which changes nothing.
    await blame(human?.trace_id ?? "", "Lead", 0, "counterfactual");
    await blame(other?.trace_id ?? "", "Lead", 0, "human");
    const { left_out, counts } = await curated(base());
    expect(left_out).toContainEqual(expect.objectContaining({ reason: "contradictory_labels", count: 1 }));
    expect(counts.human).toBe(0);
  }, 120_000);
});
