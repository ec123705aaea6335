import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  correctionsFile,
  createEndpoint,
  type Evaluator,
  exactMatch,
  jsonSchema,
  modelJudge,
  modelOracle,
  regularExpression,
  replayRun,
  unitTests,
} from "@culprit/analyzers";
import { afterAll, describe, expect, it } from "vitest";
import { endOfOutput } from "../../../analyzers/replay/drivers/said-outcome.ts";
import { runOf } from "./injection/site.ts";
import { type ScriptedReply, scriptedEndpoint } from "./tracer-endpoint.ts";

const judged = async (evaluator: Evaluator, answer: string, groundTruth = "") =>
  evaluator({ task: "a task", answer, groundTruth, signal: new AbortController().signal });

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});
async function model(reply: ScriptedReply) {
  const endpoint = await scriptedEndpoint(() => reply);
  closing.push(endpoint.close);
  return {
    endpoint: createEndpoint({ url: endpoint.url, model: "scripted", maxRetries: 0 }),
    requests: endpoint.requests,
  };
}

describe("an answer is judged", () => {
  it("by what is expected, white space and Unicode forms aside", async () => {
    expect(await judged(exactMatch("forty two"), " forty\n two ")).toMatchObject({ success: true });
    expect(await judged(exactMatch("42"), "42.")).toMatchObject({ success: false });
    expect(await judged(exactMatch(), "ﬁne", "fine")).toMatchObject({ success: true });
    await expect(judged(exactMatch(), "42")).rejects.toThrow(/nothing to compare/);
  });

  it("by a regular expression, in linear time whatever the answer holds", async () => {
    expect(await judged(regularExpression("(?i)answer: *42\\b"), "The ANSWER: 42.")).toMatchObject({ success: true });
    const began = performance.now();
    expect(await judged(regularExpression("(a+)+$"), `${"a".repeat(50_000)}!`)).toMatchObject({ success: false });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(() => regularExpression("(?=x)")).toThrow(/no RE2 pattern/);
  });

  it("by a JSON schema", async () => {
    const evaluator = jsonSchema({ type: "object", properties: { n: { type: "number" } }, required: ["n"] });
    expect(await judged(evaluator, '{"n": 1}')).toMatchObject({ success: true });
    expect(await judged(evaluator, '{"n": "1"}')).toMatchObject({
      success: false,
      feedback: expect.stringContaining("n:"),
    });
    expect(await judged(evaluator, "n = 1")).toMatchObject({ success: false, feedback: "The answer is no JSON." });
  });

  it("by unit tests in a process with limits; what they can't decide stays open", async () => {
    const node = (script: string, more: object = {}) =>
      unitTests({ command: [process.execPath, "-e", script], ...more });
    const read = "let a='';process.stdin.on('data',d=>a+=d).on('end',()=>{";
    const adds = `${read}const f=eval(a);console.log('2+2=',f(2,2));process.exit(f(2,2)===4?0:1)})`;
    expect(await judged(node(adds), "(a, b) => a + b")).toEqual({ success: true, feedback: "2+2= 4" });
    expect(await judged(node(adds), "(a, b) => a - b")).toMatchObject({ success: false, feedback: "2+2= 0" });
    expect(await judged(node("process.exit(7)"), "")).toMatchObject({ success: null });
    expect(await judged(node("setInterval(()=>{},1000)", { timeoutMs: 300 }), "")).toMatchObject({
      success: null,
      feedback: "The tests ran longer than 300 ms.",
    });
    expect(await judged(node("for(;;);", { cpuSeconds: 1 }), "")).toMatchObject({ success: null });
    const writes = "require('fs').writeFileSync('big', Buffer.alloc(3e6))";
    expect(await judged(node(writes, { fileMb: 1 }), "")).not.toMatchObject({ success: true });
    const secrets = "process.stdout.write(Object.keys(process.env).sort().join())";
    expect((await judged(node(secrets), "")).feedback).not.toMatch(/CULPRIT|API_KEY|VITEST/);
    const missing = unitTests({ command: ["/no/such/program"] });
    expect(await judged(missing, "")).toMatchObject({ success: null });
  }, 30_000);

  it("by a model, which is shown the reference; where it fails or babbles nothing is decided", async () => {
    const yes = await model({ content: 'Sure: {"success": true, "feedback": "It agrees."}' });
    expect(await judged(modelJudge(yes.endpoint), "42", "forty-two")).toEqual({
      success: true,
      feedback: "It agrees.",
    });
    expect(yes.requests[0]?.messages[1]?.content).toContain("forty-two");
    const babbling = await model({ content: "well, hm" });
    expect(await judged(modelJudge(babbling.endpoint), "42")).toMatchObject({ success: null });
    const away = await model({ status: 500, body: {} });
    expect(await judged(modelJudge(away.endpoint), "42")).toMatchObject({ success: null });
  });
});

describe("what a command prints", () => {
  it.each([
    ['thinking\n{"success": true, "score": 0.5, "answer": {"n": 1}}\n', { success: true, score: 0.5 }, '{"n":1}'],
    ['{"outcome": "failure", "feedback": "no"}\nbye', { success: false, feedback: "no" }, null],
    ['{"outcome": "unknown"}', { success: null }, null],
    ['{"answer": "42"}', null, "42"],
    ["just words\n{ not json\n", null, null],
    ['{"other": 1}', null, null],
  ])("%j", (output, outcome, answer) => {
    expect(endOfOutput(output)).toEqual({ outcome, answer: answer ?? output.trim() });
  });
});

describe("oracles", () => {
  const run = runOf({ agent: "Ada", content: "It is 5." }, { agent: "Ben", content: "Then 6." });
  const [first] = run.steps;
  if (first === undefined) throw new Error("no step");
  const request = { trajectory: { ...run, ground_truth: "seven" }, step: first };

  it("read corrections that somebody wrote down; other steps need none", async () => {
    const directory = mkdtempSync(join(tmpdir(), "culprit-corrections-"));
    const file = join(directory, "corrections.json");
    writeFileSync(file, JSON.stringify([{ step: 0, action: "It is 6." }]));
    const oracle = await correctionsFile(file);
    expect(await oracle(request)).toMatchObject({ content: "It is 6." });
    const [, second] = run.steps;
    if (second !== undefined) expect(await oracle({ ...request, step: second })).toBeNull();
    writeFileSync(file, '[{"step": -1}]');
    await expect(correctionsFile(file)).rejects.toThrow(/holds no corrections/);
    await expect(correctionsFile(join(directory, "none"))).rejects.toThrow(/can't be read/);
  });

  it("ask a model, which sees the ground truth unless told otherwise", async () => {
    const wrong = await model({ content: '{"right": false, "action": "It is 6."}' });
    expect(await modelOracle(wrong.endpoint)(request)).toMatchObject({ content: "It is 6." });
    expect(wrong.requests[0]?.messages[1]?.content).toContain("seven");
    await modelOracle(wrong.endpoint, { groundTruth: false })(request);
    expect(wrong.requests[1]?.messages[1]?.content).not.toContain("seven");
    const right = await model({ content: '{"right": true}' });
    expect(await modelOracle(right.endpoint)(request)).toBeNull();
    const away = await model({ status: 503, body: {} });
    await expect(Promise.resolve(modelOracle(away.endpoint)(request))).rejects.toThrow(/proposed no correction/);
  });

  it.each([
    ["empty", " ", "correction_empty"],
    ["the original", "It  is 5.", "correction_unchanged"],
    ["a leak", "It is SEVEN!", "correction_leaks"],
  ])("are not trusted: %s", async (_name, action, code) => {
    const giving = await model({ content: JSON.stringify({ right: false, action }) });
    const proposed = await modelOracle(giving.endpoint)(request);
    if (proposed === null || typeof proposed === "string") throw new Error("nothing proposed");
    const intervention = {
      kind: "correction",
      step: 0,
      agent: "Ada",
      action: proposed.content,
      oracle: "model",
    } as const;
    const driver = async () => Promise.reject(new Error("must not be started"));
    await expect(replayRun({ trajectory: request.trajectory, intervention, driver })).rejects.toMatchObject({ code });
  });
});
