import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../cli/program.ts";
import { failureLog, writeLogs } from "../unit/analyzers/evaluation/failure-logs.ts";
import { type ScriptedEndpoint, scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";
import { type Finished, culprit as inProcessOfItsOwn, temporaryDirectory } from "./cli-process.ts";

const directory = temporaryDirectory();
const data = join(directory, "set");
const endpoints: ScriptedEndpoint[] = [];

beforeAll(() => {
  for (const subset of ["algorithm-generated", "hand-crafted"]) {
    const logs = Array.from({ length: 6 }, (_, i) => {
      const log = failureLog(`${subset} ${i}`, ["Alpha", "Beta", "Gamma"], 1 + (i % 3));
      // The hand-crafted half names its speakers in `role`.
      const history = log.history.map(({ content, role, name }) =>
        subset === "hand-crafted" ? { content, role: name } : { content, role, name },
      );
      return [`${i}.json`, { ...log, history }];
    });
    writeLogs(join(data, subset), Object.fromEntries(logs));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a command line in this process and keeps what it writes. */
async function culprit(args: string[], env: Record<string, string> = {}): Promise<Finished> {
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream] += text;
      return true;
    });
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const code = await runProgram(args, "0.0.0");
  vi.restoreAllMocks();
  return { code, ...written };
}

const rate = expect.objectContaining({
  accuracy: expect.any(Number),
  low: expect.any(Number),
  high: expect.any(Number),
});
const subset = (n: number) => ({
  n,
  agent: rate,
  step: rate,
  within: { "1": expect.any(Number), "3": expect.any(Number), "5": expect.any(Number) },
});

describe("culprit evaluate", () => {
  it("prints the document that acceptance reads, and draws it", async () => {
    const plot = join(directory, "report.svg");
    const args = ["--benchmark", "who-and-when", "--data", data, "--folds", "3", "--plot", plot, "--json"];
    const { stdout, code } = await culprit(["evaluate", ...args]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      benchmark: "who-and-when",
      strategy: "ranker",
      scoring: "exact",
      setting: "in-distribution",
      ground_truth: false,
      subsets: { "algorithm-generated": subset(6), "hand-crafted": subset(6) },
      baselines: { random: { subsets: { "hand-crafted": { step: 0.25 } } } },
    });
    expect(readFileSync(plot, "utf8")).toMatch(/^<svg /);
  });

  it("scores a log of the published scripts by their rules", async () => {
    const log = join(directory, "hand-crafted.txt");
    const blocks = Array.from(
      { length: 6 },
      (_, i) => `Prediction for ${i}.json:\nAgent Name: AlphaBetaGamma\nStep Number: 123\n`,
    );
    writeFileSync(log, blocks.join("\n"));
    const args = ["--benchmark", "who-and-when", "--data", join(data, "hand-crafted"), "--predictions", log, "--json"];
    const scored = async (scoring: string) => {
      const { stdout } = await culprit(["evaluate", ...args, "--scoring", scoring]);
      return JSON.parse(stdout);
    };
    const published = await scored("published");
    expect(published).toMatchObject({ scoring: "published", setting: "predictions" });
    expect(published.subsets["hand-crafted"]).toMatchObject({ n: 6, agent: { accuracy: 1 }, step: { accuracy: 1 } });
    expect((await scored("exact")).subsets["hand-crafted"]).toMatchObject({
      agent: { accuracy: 0 },
      step: { accuracy: 0 },
    });
  });

  it("puts runs to a model endpoint some at a time, keeps the answers and says what they cost", async () => {
    let inFlight = 0;
    let most = 0;
    // Scripted: it blames the step that says "placeholder", as a good model would.
    const endpoint = await scriptedEndpoint(async ({ messages }) => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, 30));
      inFlight--;
      const text = messages.map(({ content }) => content).join("\n");
      const found = /\[(\d+)\] (\w+) \(agent\):\n[^\n]*placeholder/.exec(text);
      const usage = { prompt_tokens: 2000, completion_tokens: 50 };
      return { content: `<think>it guesses</think><answer>${found?.[2]}|${found?.[1]}</answer>`, usage };
    });
    endpoints.push(endpoint);
    const cache = join(directory, "answers.jsonl");
    const args = ["--benchmark", "who-and-when", "--data", data, "--strategy", "tracer", "--compare", "ranker"];
    const more = ["--concurrency", "3", "--cache", cache, "--price", "0.5,2", "--json"];
    const evaluate = async () => {
      const { stdout, stderr, code } = await culprit(["evaluate", ...args, ...more], {
        CULPRIT_TRACER_URL: endpoint.url,
      });
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const report = await evaluate();
    const asked = endpoint.requests.length;
    expect(asked).toBeGreaterThanOrEqual(12);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
    expect(report).toMatchObject({ strategy: "tracer", setting: "zero-shot" });
    expect(report.subsets["algorithm-generated"].step.accuracy).toBe(1);
    expect(report.subsets["algorithm-generated"].cost).toMatchObject({ input_tokens: 2000, output_tokens: 50 });
    expect(report.subsets["algorithm-generated"].cost.price).toBeCloseTo(0.0011, 10);
    expect(report.compare.paired.all.step.only_first + report.compare.paired.all.step.both).toBe(12);
    expect(JSON.stringify(endpoint.requests)).not.toContain("SECRET");
    const again = await evaluate();
    expect(endpoint.requests.length).toBe(asked);
    expect(again.subsets).toEqual(report.subsets);
  });

  it("scores the labels of one's own store", async () => {
    const store = join(directory, "store");
    const imported = await inProcessOfItsOwn(["import", data, "--data", store, "--json"]);
    expect(imported.code, imported.stderr).toBe(0);
    const { stdout, stderr, code } = await inProcessOfItsOwn([
      "evaluate",
      "--benchmark",
      "store",
      "--data",
      store,
      "--json",
    ]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ benchmark: "store", subsets: { human: subset(12) } });
    const nothing = join(directory, "empty");
    mkdirSync(nothing, { recursive: true });
    const empty = await inProcessOfItsOwn(["evaluate", "--benchmark", "store", "--data", nothing]);
    expect(empty.code).toBe(1);
    expect(empty.stderr).toMatch(/No labelled store run was found\. Label failed runs first/);
  });

  it.each([
    [["--benchmark", "who-and-when"], /needs its files\. Name their directory with --data/],
    [["--benchmark", "nothing", "--data", "x"], /--benchmark.*who-and-when.*codetracebench.*trail/s],
    [["--benchmark", "trail", "--data", "x", "--price", "cheap"], /--price.*0\.25,2/s],
    [["--benchmark", "trail", "--data", "x", "--concurrency", "0"], /--concurrency.*1 or more/s],
    [["--benchmark", "trail", "--data", "x", "--scoring", "kind"], /--scoring.*exact, published/s],
    [["--benchmark", "trail", "--data", "x", "--strategy", "ranker", "--predictions", "y"], /two things to score/],
  ])("refuses %j as wrong usage", async (args, message) => {
    const { code, stderr } = await culprit(["evaluate", ...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it("says in one sentence what cannot be done", async () => {
    const nothing = join(directory, "nothing");
    mkdirSync(nothing, { recursive: true });
    const { code, stderr } = await culprit(["evaluate", "--benchmark", "mas-sim", "--data", nothing]);
    expect(code).toBe(1);
    expect(stderr.trim()).toBe(
      "culprit: No labelled mas-sim run was found. Point --data at the directory of the benchmark's files.",
    );
  });
});
