import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate, mcnemarExact, plotReport, renderReport } from "@culprit/analyzers";
import type { Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pythonWith } from "../curation/python.ts";
import { failureLog, writeLogs } from "./failure-logs.ts";

let directory: string;
let data: string;
/** Runs of 4, 20 and 40 steps. */
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-compare-"));
  data = writeLogs(
    join(directory, "algorithm-generated"),
    Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        `${i}.json`,
        failureLog(String(i), ["Alpha", "Beta", "Gamma"], 1 + (i % 3), [4, 20, 40][i % 3]),
      ]),
    ),
  );
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const strategy = (name: string, of: (run: Trajectory) => number, seen?: (run: Trajectory) => void) => ({
  name,
  version: "1",
  attribute: async (run: Trajectory) => {
    seen?.(run);
    const step = of(run);
    const agent = run.steps[step]?.agent ?? null;
    const answer = { agent, step, reason: "", confidence: 0.5, model: "scripted" };
    return { ...answer, status: "attributed" as const, input_tokens: 1000, output_tokens: 100 };
  },
});
const right = (run: Trajectory) => run.steps.findIndex((step) => step.content.startsWith("Assume"));

describe("McNemar's exact test", () => {
  it("gives the two-sided binomial probability", () => {
    expect(mcnemarExact(10, 2)).toBeCloseTo(0.0385742, 6);
    expect(mcnemarExact(2, 10)).toBe(mcnemarExact(10, 2));
    expect(mcnemarExact(0, 5)).toBeCloseTo(2 / 32, 12);
    expect(mcnemarExact(3, 3)).toBe(1);
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(900, 1100)).toBeCloseTo(8.4e-6, 6);
  });
});

describe("two strategies on the same runs", () => {
  it("are counted in pairs, by subset and in all", async () => {
    const report = await evaluate({
      benchmark: "who-and-when",
      data,
      strategy: strategy("right", right),
      compare: { strategy: strategy("first", () => 1) },
    });
    expect(report.compare?.paired["all"]?.step).toEqual({
      both: 4,
      only_first: 8,
      only_second: 0,
      neither: 0,
      p: mcnemarExact(8, 0),
    });
    expect(report.compare?.subsets["algorithm-generated"]?.step.accuracy).toBeCloseTo(1 / 3);
    expect(renderReport(report)).toMatch(/\| all +\| step +\| 4 +\| 8 +\| 0 +\| 0 +\| 0\.00781 +\|/);
  });

  it("may be a strategy and a file", async () => {
    const predictions = join(directory, "predictions.json");
    writeFileSync(predictions, JSON.stringify({ "0.json": { agent: "Beta", step: 1 } }));
    const report = await evaluate({
      benchmark: "who-and-when",
      data,
      strategy: strategy("right", right),
      compare: { predictions },
    });
    expect(report.compare).toMatchObject({ strategy: "predictions.json", setting: "predictions" });
    expect(report.compare?.paired["all"]?.agent).toMatchObject({ both: 1, only_first: 11 });
  });
});

describe("a report", () => {
  it("breaks accuracy down by length", async () => {
    const short = strategy("short", (run) => (run.steps.length <= 30 ? right(run) : 0));
    const { subsets } = await evaluate({ benchmark: "who-and-when", data, strategy: short });
    const { by_length } = subsets["algorithm-generated"] ?? {};
    expect(Object.entries(by_length ?? {}).map(([name, { n, step }]) => [name, n, step.accuracy])).toEqual([
      ["<=10", 4, 1],
      ["11-30", 4, 1],
      [">30", 4, 0],
    ]);
  });

  it("gives the mean distance of what was predicted, tokens, price and time", async () => {
    const { subsets } = await evaluate({
      benchmark: "who-and-when",
      data,
      strategy: strategy("off by two", (run) => right(run) + 2),
      prices: { input: 0.5, output: 10 },
    });
    const own = subsets["algorithm-generated"];
    // In a run of four steps, step 3 + 2 does not exist: no blame.
    expect(own).toMatchObject({ mean_distance: 2, mean_confidence: 0.5 });
    expect(own?.cost).toMatchObject({ input_tokens: 1000, output_tokens: 100 });
    expect(own?.cost.price).toBeCloseTo(0.0015, 12);
    expect(own?.cost.seconds).toBeGreaterThan(0);
  });

  it("shows the right answer only where the setting says so, and says it", async () => {
    const seen = new Set<string>();
    const asked = strategy("asked", right, (run) => seen.add(run.ground_truth));
    const without = await evaluate({ benchmark: "who-and-when", data, strategy: asked });
    expect([...seen]).toEqual([""]);
    expect(without.ground_truth).toBe(false);
    seen.clear();
    const report = await evaluate({ benchmark: "who-and-when", data, strategy: asked, groundTruth: true });
    expect([...seen]).toEqual(["SECRET"]);
    expect(report.ground_truth).toBe(true);
    expect(renderReport(report)).toContain("GROUND TRUTH SHOWN");
  });

  it("goes on from the answers that were kept, by strategy, version and setting", async () => {
    const cache = join(directory, "answers.jsonl");
    let asked = 0;
    const counting = strategy("counting", right, () => asked++);
    const options = { benchmark: "who-and-when" as const, data, cache };
    const first = await evaluate({ ...options, strategy: counting });
    writeFileSync(cache, `${readFileSync(cache, "utf8")}\n{"trace_id": "cut o`);
    const second = await evaluate({ ...options, strategy: counting });
    expect(asked).toBe(12);
    expect(second.subsets).toEqual(first.subsets);
    await evaluate({ ...options, strategy: counting, groundTruth: true });
    expect(asked).toBe(24);
    await evaluate({ ...options, strategy: { ...counting, version: "2" } });
    expect(asked).toBe(36);
  });

  it("asks a bounded number of runs at a time", async () => {
    let inFlight = 0;
    let most = 0;
    const slow = {
      ...strategy("slow", right),
      attribute: async (run: Trajectory) => {
        most = Math.max(most, ++inFlight);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inFlight--;
        return await strategy("slow", right).attribute(run);
      },
    };
    const progress: number[] = [];
    const onProgress = (done: number) => progress.push(done);
    await evaluate({ benchmark: "who-and-when", data, strategy: slow, concurrency: 3, onProgress });
    expect(most).toBe(3);
    expect(progress).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const aborting = strategy("aborting", right, () => stop.abort(new Error("enough")));
    const options = { benchmark: "who-and-when" as const, data, strategy: aborting, concurrency: 1 };
    await expect(evaluate({ ...options, signal: stop.signal })).rejects.toThrow("enough");
  });

  it("never mixes transfer with runs of the same task", async () => {
    const options = { benchmark: "who-and-when" as const, data };
    await expect(evaluate({ ...options, trainOn: [data] })).rejects.toMatchObject({ code: "transfer_overlap" });
    await expect(evaluate({ ...options, trainOn: [data], folds: 3 })).rejects.toMatchObject({
      code: "evaluation_impossible",
    });
    const other = writeLogs(
      join(directory, "other"),
      Object.fromEntries(
        Array.from({ length: 12 }, (_, i) => [`${i}.json`, failureLog(`other ${i}`, ["A", "B"], i % 4)]),
      ),
    );
    const report = await evaluate({ ...options, trainOn: [other] });
    expect(report).toMatchObject({ setting: "transfer", trained_on: 0, folds: null });
    expect(renderReport(report)).toContain("transfer: trained on other sets only");
  });
});

describe("the plot", () => {
  it("is one well-formed SVG with intervals and baselines that lets no name in as markup", async () => {
    const report = await evaluate({
      benchmark: "who-and-when",
      data,
      strategy: strategy('<script>alert("x")</script>&', right),
      compare: { strategy: strategy("first", () => 1) },
    });
    const svg = plotReport(report);
    expect(svg).not.toContain("<script");
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg.match(/class="whisker"/g)).toHaveLength(2 * 2 + 3);
    expect(svg.match(/<rect class="baseline"/g)).toHaveLength(2 * Object.keys(report.baselines).length);
    const python = pythonWith("xml.dom.minidom");
    if (python === undefined) return;
    const parsed = spawnSync(
      python,
      ["-c", "import sys, xml.dom.minidom as m; m.parseString(sys.stdin.buffer.read())"],
      {
        input: svg,
        encoding: "utf8",
      },
    );
    expect(parsed.status, parsed.stderr).toBe(0);
  });
});
