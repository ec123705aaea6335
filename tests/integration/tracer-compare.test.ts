import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ComparisonReport } from "@culprit/analyzers";
import type { DatasetRecord } from "@culprit/schemas";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../cli/program.ts";
import { failureLog, writeLogs } from "../unit/analyzers/evaluation/failure-logs.ts";
import { type ScriptedEndpoint, type ScriptedReply, scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";
import { type Finished, temporaryDirectory } from "./cli-process.ts";

const directory = temporaryDirectory();
const endpoints: ScriptedEndpoint[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a command line in this process and keeps what it writes. */
async function culprit(...args: string[]): Promise<Finished> {
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream] += text;
      return true;
    });
  }
  vi.stubEnv("CULPRIT_DATA", join(directory, "data"));
  const code = await runProgram(args, "0.0.0");
  vi.restoreAllMocks();
  return { code, ...written };
}

const AGENTS = ["Alpha", "Beta", "Gamma"] as const;
const SECRET = "the label of this run";

/** A record whose mistake its number tells: agent n % 3, step n % 3. */
function record(number: number, split: "train" | "test" = "test"): DatasetRecord {
  const step = number % 3;
  return {
    id: number.toString(16).padStart(32, "0"),
    task_id: `task-${number % 20}`,
    source: "",
    question: `Question number ${number}.`,
    ground_truth: SECRET,
    agents: [...AGENTS],
    history: AGENTS.map((name, index) => ({ step: index, name, role: "agent", content: `${name} says ${index}` })),
    mistake_agent: AGENTS[step] ?? "",
    mistake_step: step,
    mistake_reason: SECRET,
    evidence: number % 2 === 0 ? "counterfactual" : "injected",
    split,
  };
}

function dataset(name: string, records: readonly unknown[], card?: unknown): string {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "records.jsonl"), records.map((one) => `${JSON.stringify(one)}\n`).join(""));
  if (card !== undefined) writeFileSync(join(path, "dataset.json"), JSON.stringify(card));
  return path;
}

/** A scripted tracer that is right about the runs that `knows` says, and names the next agent of the others. */
async function tracer(
  knows: (number: number) => boolean,
  reply: (answer: string) => ScriptedReply = (content) => ({ content }),
): Promise<ScriptedEndpoint> {
  const endpoint = await scriptedEndpoint(
    ({ messages }) => {
      const number = Number(/Question number (\d+)\./.exec(messages.at(-1)?.content ?? "")?.[1]);
      const step = (number + (knows(number) ? 0 : 1)) % 3;
      return reply(`<think>Hm.</think><answer>${AGENTS[step]}|${step}</answer>`);
    },
    { models: [{ id: "scripted" }] },
  );
  endpoints.push(endpoint);
  return endpoint;
}

const named = ({ url }: ScriptedEndpoint, model = "scripted") => `tracer:${model}@${url}`;

describe("culprit tracer compare", () => {
  it("asks both about the same runs and says who is right more often, how surely, and where", async () => {
    const set = dataset("sixty", [...Array.from({ length: 60 }, (_, number) => record(number)), record(99, "train")], {
      name: "ours",
      version: 3,
    });
    const [worse, better] = [await tracer((n) => n % 4 === 0), await tracer((n) => n % 4 !== 3)];
    const args = ["tracer", "compare", named(worse), named(better), "--dataset", set, "--price-b", "1,10", "--json"];
    const { code, stdout, stderr } = await culprit(...args);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as ComparisonReport;
    expect(report.dataset).toMatchObject({ name: "ours v3", kind: "dataset", runs: 60, tasks: 20, split: "test" });
    expect(report.a).toMatchObject({ name: named(worse), strategy: "tracer", setting: "zero-shot", no_blame: 0 });
    expect([report.a.step.accuracy, report.b.step.accuracy]).toEqual([0.25, 0.75]);
    expect(report.paired.step).toMatchObject({ both: 15, only_first: 0, only_second: 30, neither: 15, better: "b" });
    expect(report.paired.step.p).toBeLessThan(1e-8);
    const { mean, low, high } = report.paired.step.difference;
    expect([mean, low > 0.2, high < 0.8, low < mean, mean < high]).toEqual([0.5, true, true, true, true]);
    expect(report.a.cost).toMatchObject({ input_tokens: 6000, output_tokens: 600, price: null, from_cache: 0 });
    expect(report.b.cost.price).toBeCloseTo((6000 + 600 * 10) / 1e6);
    expect(report.baseline).toEqual({ agent: 20 / 60, step: 20 / 60 });
    const part = (by: string, value: string) => report.where.find((one) => one.by === by && one.value === value);
    expect(part("agent", "Beta")).toMatchObject({ n: 20, step: { a: 5, b: 15 }, only_a: 0, only_b: 10 });
    expect(part("position", "first third")).toMatchObject({ n: 20 });
    expect(part("subset", "injected")).toMatchObject({ n: 30, step: { a: 0, b: 15 } });
    // Neither is shown a label, or the right answer.
    for (const { requests } of [worse, better]) {
      expect(requests).toHaveLength(60);
      expect(JSON.stringify(requests)).not.toContain(SECRET);
    }

    const again = await culprit(...args);
    const kept = JSON.parse(again.stdout) as ComparisonReport;
    expect([kept.a.cost.from_cache, kept.b.cost.from_cache]).toEqual([60, 60]);
    expect(kept.paired).toEqual(report.paired);
    expect(worse.requests).toHaveLength(60);
    const { stdout: text } = await culprit(...args.slice(0, -1));
    expect(text).toContain(`${named(better)} is better at naming the step.`);
    expect(text).toMatch(/\| step +\| 15 +\| 0 +\| 30 +\| 15 +\| \+50\.0 \[/);
  });

  it("claims nothing where the two differ by luck", async () => {
    const set = dataset(
      "luck",
      Array.from({ length: 40 }, (_, number) => record(number)),
    );
    const [a, b] = [await tracer((n) => n % 2 === 0), await tracer((n) => n % 2 === 0 || n === 1)];
    const { stdout } = await culprit("tracer", "compare", named(a), named(b), "--dataset", set, "--json");
    const { paired } = JSON.parse(stdout) as ComparisonReport;
    expect(paired.step).toMatchObject({ only_first: 0, only_second: 1, p: 1, better: "undecided" });
  });

  it("takes the ranker, a file of predictions and labelled failure logs", async () => {
    const logs = join(directory, "logs");
    const files = Array.from({ length: 9 }, (_, n) => [`${n}.json`, failureLog(`q ${n}`, [...AGENTS], n % 3)] as const);
    writeLogs(logs, Object.fromEntries(files));
    const predictions = join(directory, "predictions.json");
    writeFileSync(predictions, JSON.stringify(files.map(([path], n) => ({ path, agent: AGENTS[n % 3], step: n % 3 }))));
    const { code, stdout, stderr } = await culprit(
      "tracer",
      "compare",
      "ranker",
      predictions,
      "--dataset",
      logs,
      "--json",
    );
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as ComparisonReport;
    expect(report.dataset).toMatchObject({ kind: "files", runs: 9, split: null });
    expect(report.a).toMatchObject({ strategy: "ranker", setting: "transfer" });
    expect(report.b).toMatchObject({ setting: "predictions", step: { accuracy: 1 } });
    expect(report.notes).toContain("9 runs can only show large differences.");
  });

  it("stops where an endpoint goes away, and goes on from there", async () => {
    const set = dataset(
      "away",
      Array.from({ length: 30 }, (_, number) => record(number)),
    );
    let left = 10;
    const flaky = await tracer(
      () => true,
      (content) => (left-- > 0 ? { content } : { status: 400, body: { error: { message: "out" } } }),
    );
    const away = await scriptedEndpoint((request, call) => {
      if (call > 12)
        return { status: 503, body: { error: { message: "shutting down" } }, headers: { "x-should-retry": "false" } };
      const number = Number(/Question number (\d+)\./.exec(request.messages.at(-1)?.content ?? "")?.[1]);
      return { content: `<answer>${AGENTS[number % 3]}|${number % 3}</answer>` };
    });
    endpoints.push(away);
    const args = (b: string) => ["tracer", "compare", "ranker", b, "--dataset", set, "--concurrency", "1", "--json"];
    const stopped = await culprit(...args(named(away)));
    expect(stopped).toMatchObject({ code: 1, stdout: "" });
    expect(stopped.stderr).toMatch(/did not answer for 18 of 30 runs.*run the same command again/s);
    // What was answered before is kept; the rest is asked for.
    const refused = await culprit(...args(named(flaky)));
    expect(refused.code, refused.stderr).toBe(1);
    left = 100;
    const done = JSON.parse((await culprit(...args(named(flaky)))).stdout) as ComparisonReport;
    expect(done.b.cost.from_cache).toBe(10);
    expect(done.b.step.accuracy).toBe(1);
  });

  describe("says what is wrong and what to do", () => {
    const good = () =>
      dataset(
        "good",
        Array.from({ length: 6 }, (_, number) => record(number)),
      );
    it.each<[string, () => string[] | Promise<string[]>, number, RegExp]>([
      [
        "an endpoint that does not answer",
        () => ["ranker", "tracer:m@http://127.0.0.1:9/v1", good()],
        1,
        /does not answer.*Start the server/s,
      ],
      [
        "a model it does not serve",
        async () => ["ranker", named(await tracer(() => true), "other"), good()],
        1,
        /serves scripted, not other/,
      ],
      ["nobody", () => ["ranker", "gpt-9", good()], 2, /gpt-9 is nobody.*tracer:mine@/s],
      ["no dataset", () => ["ranker", "ranker", join(directory, "nowhere")], 1, /no dataset at/],
      ["an empty one", () => ["ranker", "ranker", dataset("empty", [])], 1, /holds no labelled run/],
      [
        "one of another split",
        () => ["ranker", "ranker", dataset("train", [record(1, "train")])],
        1,
        /1 records are of another split.*--split/s,
      ],
      [
        "one of one class",
        () => ["ranker", "ranker", dataset("one", [record(0), record(3)])],
        1,
        /blamed on Alpha at step 0.*different agents/s,
      ],
      [
        "a line that is no record",
        () => ["ranker", "ranker", dataset("bad", [record(0), { id: 3 }])],
        1,
        /Line 2 of .*is no dataset record \(id\)/,
      ],
      ["files without labels", () => ["ranker", "ranker", import.meta.dirname], 1, /no labelled run.*mistake_agent/s],
    ])("%s", async (_name, given, code, message) => {
      const [a = "", b = "", set = ""] = await given();
      const finished = await culprit("tracer", "compare", a, b, "--dataset", set, "--json");
      expect(finished.stderr).toMatch(message);
      expect([finished.code, finished.stdout]).toEqual([code, ""]);
    });
  });
});
