import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Annotation } from "@culprit/schemas";
import { openEmbedded } from "@culprit/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureLog, writeLogs } from "../unit/analyzers/evaluation/failure-logs.ts";
import { culprit, temporaryDirectory } from "./cli-process.ts";

const directory = temporaryDirectory();
const store = join(directory, "store");
const SPEAKERS = ["Alpha", "Beta", "Gamma", "Delta"];
const RUNS = 32;
const REPLAYED = 12;

/** The agents of this system fail where they scroll, which no benchmark taught the shipped ranker. */
const decisive = (i: number) => 1 + ((i * 7) % 5);

beforeAll(async () => {
  const logs = Array.from({ length: RUNS }, (_, i) => {
    // People labelled the runs; those that were replayed, a step too late.
    const labelled = i < REPLAYED ? decisive(i) + 1 : decisive(i);
    const log = failureLog(`${i}`, SPEAKERS, labelled, 7);
    const history = log.history.map((entry, step) => ({
      ...entry,
      content: step === decisive(i) ? `I scrolled one page down for part ${step}` : `We go on with part ${step} of it`,
    }));
    return [`${i}.json`, { ...log, history }];
  });
  const imported = await culprit([
    "import",
    writeLogs(join(directory, "runs"), Object.fromEntries(logs)),
    "--data",
    store,
    "--json",
  ]);
  expect(imported.code, imported.stderr).toBe(0);
  await annotateByReplay();
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Labels proven by replay for the first runs, as `culprit replay` stores them. */
async function annotateByReplay(): Promise<void> {
  const { stdout } = await culprit(["traces", "--data", store, "--limit", "100", "--json"]);
  const { traces } = JSON.parse(stdout) as { traces: { trace_id: string; task: string }[] };
  const opened = await openEmbedded(store);
  const proven = traces.flatMap(({ trace_id, task }): Annotation[] => {
    const i = Number(task.replace("Question ", ""));
    if (i >= REPLAYED) return [];
    return [
      {
        project: "default",
        annotation_id: `replay-${i}`,
        trace_id,
        agent: SPEAKERS[decisive(i) % SPEAKERS.length] ?? "",
        step: decisive(i),
        evidence: "counterfactual",
        verdict: "confirmed",
        reason: "",
        replay_id: `replay-${i}`,
        correction: "",
        earliest: "proven",
        placebo_k: 2,
        placebo_successes: 0,
        created_at: new Date().toISOString(),
      },
    ];
  });
  expect(proven).toHaveLength(REPLAYED);
  for (const annotation of proven) await opened.saveAnnotation(annotation);
  await opened.close();
}

describe("culprit train-ranker --from-store", () => {
  const out = join(directory, "own.json");
  const train = (...more: string[]) =>
    culprit(["train-ranker", "--from-store", "--data", store, "--out", out, "--date", "2026-01-01", "--json", ...more]);

  it("learns from labels proven by replay before those of people, and takes over where it is better on held-out runs", async () => {
    const { stdout, stderr, code } = await train();
    expect(code, stderr).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ out, better: true, labels: { counterfactual: REPLAYED, human: RUNS - REPLAYED } });
    const [[, shipped], [, tuned]] = Object.entries(document.held_out) as [[string, Held], [string, Held]];
    expect(tuned.n).toBe(RUNS);
    expect(tuned.step).toBeGreaterThan(shipped.step);
    expect(tuned.log_loss).toBeLessThan(shipped.log_loss);

    const run = join(directory, "runs", "3.json");
    const ask = async (env: Record<string, string>) =>
      JSON.parse((await culprit(["attribute", run, "--json"], env)).stdout).attributions[0];
    expect(await ask({ CULPRIT_RANKER_WEIGHTS: out })).toMatchObject({
      step: decisive(3),
      strategy_version: document.version,
    });
    expect(await ask({})).not.toMatchObject({ strategy_version: document.version });
  });

  it("makes the same bytes again, also when its own weights are in use", async () => {
    await train();
    const first = readFileSync(out);
    const again = await culprit(
      ["train-ranker", "--from-store", "--data", store, "--out", out, "--date", "2026-01-01", "--json"],
      { CULPRIT_RANKER_WEIGHTS: out },
    );
    expect(again.code, again.stderr).toBe(0);
    expect(readFileSync(out).equals(first)).toBe(true);
  });

  it("writes nothing where the labels teach nothing", async () => {
    const noise = join(directory, "noise");
    const logs = Array.from({ length: 20 }, (_, i) => {
      const log = failureLog(`noise ${i}`, SPEAKERS, (i * i * 3 + i) % 5, 5);
      const history = log.history.map((entry, step) => ({ ...entry, content: `We go on with part ${step} of it` }));
      return [`${i}.json`, { ...log, history }];
    });
    await culprit(["import", writeLogs(join(directory, "noise-runs"), Object.fromEntries(logs)), "--data", noise]);
    const nothing = join(directory, "nothing.json");
    const args = ["train-ranker", "--from-store", "--data", noise, "--out", nothing];
    const { stdout, stderr, code } = await culprit([...args, "--json"]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ out: null, better: false, labels: { human: 20 } });
    expect(existsSync(nothing)).toBe(false);
    const forced = await culprit([...args, "--force"]);
    expect(forced.stdout).toMatch(/20 annotated runs \(human 20\), each held out once in 5 folds by task/);
    expect(existsSync(nothing)).toBe(true);
  });

  it("says how many labelled runs it needs", async () => {
    const empty = join(directory, "empty");
    mkdirSync(empty);
    const { stderr, code } = await culprit(["train-ranker", "--from-store", "--data", empty]);
    expect(stderr).toMatch(/only 0 labelled runs.*at least 10/s);
    expect(code).toBe(1);
  });
});

interface Held {
  n: number;
  agent: number;
  step: number;
  log_loss: number;
}
