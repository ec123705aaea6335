import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importAll, importedTrajectory, toOtlpJson } from "@culprit/analyzers";
import { CULPRIT, GEN_AI } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const exchange = {
  is_correct: false,
  question: "How many moons has Mars?",
  question_ID: "q-1",
  level: "1",
  ground_truth: "2",
  history: [
    { content: "Let us look it up.", role: "assistant", name: "Astro_Expert" },
    { content: "exitcode: 0", role: "user", name: "Computer_terminal" },
    { content: "Mars has 3 moons. TERMINATE", role: "user", name: "Checker_Expert" },
  ],
  mistake_agent: "Checker_Expert",
  mistake_step: "2",
  mistake_reason: "MISTAKE-REASON-TEXT",
  system_prompt: { Astro_Expert: "You know the sky." },
};

const orchestrated = {
  question: "Who wrote Faust?",
  question_ID: "q-2",
  ground_truth: "Goethe",
  is_corrected: false,
  history: [
    { content: "Who wrote Faust?", role: "human" },
    { content: "Initial plan", role: "Orchestrator (thought)" },
    { content: "Search it", role: "Orchestrator (-> WebSurfer)" },
    { content: "I typed 'Faust'", role: "WebSurfer" },
    { content: "done", role: "Orchestrator (termination condition)" },
  ],
  mistake_agent: "WebSurfer",
  mistake_step: "3",
  mistake_reason: "wrong page",
};

const promas = {
  is_correct: false,
  question: { name: "HumanEval_1", prompt: "Write add(a, b)." },
  ground_truth: "def add",
  history: [{ content: "def add(a, b): return a - b", name: "Coder1" }],
  mistake_agent: "Coder1",
  mistake_step: 0,
  system_prompt: {},
};

let directory: string;
const write = (name: string, value: unknown) => {
  const path = join(directory, name);
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-import-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("importing Who&When", () => {
  it("makes one workflow root and one span a history entry, in order", async () => {
    const { runs } = await importAll(write("ag.json", exchange));
    const run = runs[0];
    expect(run).toMatchObject({ format: "who-and-when", subset: "algorithm-generated", warnings: [] });
    const [root, ...children] = run?.spans ?? [];
    expect(root?.attributes).toMatchObject({
      [GEN_AI.operationName]: "invoke_workflow",
      [CULPRIT.task]: exchange.question,
      [CULPRIT.taskId]: "q-1",
      [CULPRIT.taskGroundTruth]: "2",
      [CULPRIT.outcome]: "failure",
      [CULPRIT.outcomeBy]: "reported",
      [CULPRIT.source]: "who-and-when",
    });
    expect(
      children.map((span) => [span.name, span.attributes[CULPRIT.stepRole], span.attributes[CULPRIT.stepIndex]]),
    ).toEqual([
      ["invoke_agent Astro_Expert", "agent", 0],
      ["execute_tool Computer_terminal", "environment", 1],
      ["invoke_agent Checker_Expert", "agent", 2],
    ]);
    expect(children.every((span) => span.parent_span_id === root?.span_id)).toBe(true);
    expect(children[0]?.attributes[GEN_AI.systemInstructions]).toContain("You know the sky.");
    const starts = (run?.spans ?? []).map((span) => BigInt(span.start_time_unix_nano));
    expect(starts.every((start, i) => i === 0 || start > (starts[i - 1] ?? 0n))).toBe(true);
  });

  it("reads the agent of the hand-crafted subset from the role, without its qualifier", async () => {
    const { runs } = await importAll(write("hc.json", orchestrated));
    const run = runs[0];
    if (!run) throw new Error("nothing imported");
    expect(run.subset).toBe("hand-crafted");
    const steps = importedTrajectory(run).steps;
    expect(steps.map((step) => [step.index, step.role, step.agent])).toEqual([
      [0, "user", "human"],
      [1, "agent", "Orchestrator"],
      [2, "agent", "Orchestrator"],
      [3, "agent", "WebSurfer"],
      [4, "agent", "Orchestrator"],
    ]);
    expect(steps[3]?.content).toBe("I typed 'Faust'");
  });

  it("keeps the label out of the spans and makes it a human annotation", async () => {
    const { runs } = await importAll(write("label.json", exchange));
    const spans = JSON.stringify(runs[0]?.spans);
    expect(spans).not.toContain("MISTAKE-REASON-TEXT");
    expect(spans).not.toContain("mistake");
    expect(runs[0]?.annotations).toMatchObject([
      { agent: "Checker_Expert", step: 2, evidence: "human", verdict: "confirmed", reason: "MISTAKE-REASON-TEXT" },
    ]);
  });

  it("makes the same ids and times again", async () => {
    const path = write("twice.json", exchange);
    expect((await importAll(path)).runs).toEqual((await importAll(path)).runs);
  });

  it("warns about a label that is out of range, unreadable, or another speaker's", async () => {
    const out = await importAll(write("w1.json", { ...exchange, mistake_step: "9" }));
    expect(out.runs[0]?.annotations).toEqual([]);
    expect(out.runs[0]?.warnings[0]).toContain("steps 0 to 2");
    const unreadable = await importAll(write("w2.json", { ...exchange, mistake_step: "the third" }));
    expect(unreadable.runs[0]?.warnings).toEqual(["The label is unreadable and was left out."]);
    const other = await importAll(write("w3.json", { ...exchange, mistake_step: "0" }));
    expect(other.runs[0]?.annotations[0]).toMatchObject({ agent: "Checker_Expert", step: 0 });
    expect(other.runs[0]?.warnings[0]).toContain("taken by Astro_Expert");
    const nobody = await importAll(write("w4.json", { ...exchange, mistake_agent: "Mallory" }));
    expect(nobody.runs[0]?.annotations).toEqual([]);
    expect(nobody.runs[0]?.warnings[0]).toContain("not in the run");
  });

  it("survives hostile names and contents", async () => {
    const hostile = JSON.stringify(exchange)
      .replace('"Astro_Expert":', '"__proto__":')
      .replaceAll('"name":"Astro_Expert"', '"name":"__proto__"')
      .replace('"content":"exitcode: 0"', '"content":null');
    const { runs, skipped } = await importAll(write("hostile.json", hostile));
    expect(skipped).toEqual([]);
    expect(runs[0]?.spans[1]?.attributes[GEN_AI.agentName]).toBe("__proto__");
    expect(({} as Record<string, unknown>)["content"]).toBeUndefined();
  });
});

describe("importing ProMAS", () => {
  it("takes the task from a question that is an object", async () => {
    const { runs } = await importAll(write("promas.json", promas));
    expect(runs[0]?.format).toBe("promas");
    expect(runs[0]?.spans[0]?.attributes).toMatchObject({
      [CULPRIT.task]: "Write add(a, b).",
      [CULPRIT.taskId]: "HumanEval_1",
    });
    expect(runs[0]?.annotations[0]).toMatchObject({ agent: "Coder1", step: 0 });
  });
});

describe("importing a messy directory", () => {
  it("skips what it cannot use, with the reason, and goes on", async () => {
    const messy = mkdtempSync(join(directory, "messy-"));
    writeFileSync(join(messy, "good.json"), JSON.stringify(exchange));
    writeFileSync(join(messy, "good again.json"), JSON.stringify(exchange));
    writeFileSync(join(messy, "broken.json"), "{");
    writeFileSync(join(messy, "other.json"), '{"a": 1}');
    writeFileSync(join(messy, "empty.json"), JSON.stringify({ ...exchange, history: [] }));
    writeFileSync(join(messy, "LICENSE"), "MIT");
    symlinkSync("/etc/hostname", join(messy, "link.json"));
    const { runs, skipped } = await importAll([messy, join(messy, "nowhere")]);
    expect(runs).toHaveLength(1);
    expect(Object.fromEntries(skipped.map((skip) => [skip.path.slice(messy.length + 1), skip.code]))).toEqual({
      "broken.json": "not_json",
      "empty.json": "malformed",
      "good.json": "duplicate",
      nowhere: "not_found",
      "other.json": "unknown_format",
    });
  });

  it("refuses a format it does not know by naming those it does", async () => {
    await expect(importAll(directory, { format: "word" })).rejects.toMatchObject({
      code: "unknown_import_format",
      mend: expect.stringContaining("who-and-when"),
    });
  });
});

describe("toOtlpJson", () => {
  it("writes an ExportTraceServiceRequest: hex ids, string integers, numbered enums", async () => {
    const { runs } = await importAll(write("otlp.json", exchange));
    const body = JSON.parse(JSON.stringify(toOtlpJson(runs[0]?.spans ?? [])));
    expect(body.resourceSpans).toHaveLength(1);
    const spans = body.resourceSpans[0].scopeSpans[0].spans;
    expect(spans).toHaveLength(4);
    expect(spans[0]).toMatchObject({ traceId: runs[0]?.trace_id, kind: 1, status: { code: 0 } });
    expect(spans[0].parentSpanId).toBeUndefined();
    expect(spans[1].attributes).toContainEqual({ key: CULPRIT.stepIndex, value: { intValue: "0" } });
    expect(spans[1].startTimeUnixNano).toMatch(/^\d+$/);
  });
});
