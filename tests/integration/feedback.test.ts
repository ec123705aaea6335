import { buildTrajectory, createAnalyzer } from "@culprit/analyzers";
import { type Client, createClient } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf, newIds, type Running, startCollector } from "./collector-harness.ts";
import { aRun, aSpan, project } from "./store-rows.ts";

let running: Running;
let client: Client;
beforeAll(async () => {
  running = await startCollector();
  client = createClient({ baseUrl: running.url });
});
afterAll(() => running.close());

/** A failed run of Planner, then Coder, blamed as its analyzer blames it. */
async function failedRun(): Promise<string> {
  const { traceId: trace_id } = newIds();
  const root = aSpan({ trace_id, start_time_unix_nano: "1795255200000000000", attributes: { "culprit.task": "sort" } });
  const agent = (name: string, at: number, output: string) => {
    const base = aSpan({
      trace_id,
      parent_span_id: root.span_id,
      start_time_unix_nano: `179525520000000000${at}`,
      attributes: { "culprit.output": output },
    });
    return { ...base, reading: { ...base.reading, operation: "invoke_agent", agent: name } };
  };
  await running.store.insertSpans([
    { ...root, reading: { ...root.reading, operation: "invoke_workflow" } },
    agent("Planner", 1, "a plan"),
    agent("Coder", 2, "code ".repeat(300)),
  ]);
  await client.call("reportOutcome", {
    trace_id,
    body: { outcome: "failure", score: 0, feedback: "red", by: "reported" },
  });
  await analyze();
  return trace_id;
}

async function analyze(): Promise<void> {
  const analyzer = createAnalyzer({
    store: running.store,
    config: { settle_seconds: 0.05, poll_seconds: 1, shard: "0/1" },
    strategy: {
      name: "fixed",
      version: "1",
      attribute: async () => ({
        status: "attributed",
        agent: "Coder",
        step: 1,
        reason: "It sorts backwards.",
        confidence: 0.4,
        model: "",
        input_tokens: 0,
        output_tokens: 0,
      }),
    },
  });
  await analyzer.drain();
  await analyzer.stop();
}

const summaryOf = async (trace_id: string) => (await client.call("getTrace", { trace_id })).summary;

describe("a person's verdict on a blame", () => {
  test("confirms it: the run's blame is a person's from then on", async () => {
    const trace_id = await failedRun();
    expect(await summaryOf(trace_id)).toMatchObject({
      status: "predicted",
      blamed_agent: "Coder",
      blamed_kind: "answer",
    });
    const { annotations } = await client.call("judgeBlame", {
      trace_id,
      body: { verdict: "confirm", reason: "seen it" },
    });
    expect(annotations).toMatchObject([
      { agent: "Coder", step: 1, evidence: "human", verdict: "confirmed", reason: "seen it" },
    ]);
    await analyze();
    expect(await summaryOf(trace_id)).toMatchObject({ status: "human", blamed_agent: "Coder", confidence: null });
  });

  test("corrects it: both what was wrong and what is right are labels", async () => {
    const trace_id = await failedRun();
    const body = {
      verdict: "correct",
      agent: "Planner",
      step: 0,
      reason: "the plan",
      correction: "a better plan",
    } as const;
    await client.call("judgeBlame", { trace_id, body });
    await analyze();
    expect(await summaryOf(trace_id)).toMatchObject({
      status: "human",
      blamed_agent: "Planner",
      blamed_step: 0,
      blamed_kind: "message",
    });
    const { annotations } = await client.call("getTrace", { trace_id });
    expect(annotations.map(({ agent, verdict, correction }) => [agent, verdict, correction]).sort()).toEqual([
      ["Coder", "refuted", ""],
      ["Planner", "confirmed", "a better plan"],
    ]);
  });

  test("refutes it; whoever changes their mind is heard once", async () => {
    const trace_id = await failedRun();
    await client.call("judgeBlame", { trace_id, body: { verdict: "confirm" } });
    await client.call("judgeBlame", { trace_id, body: { verdict: "refute", reason: "no" } });
    const { annotations } = await client.call("getTrace", { trace_id });
    expect(annotations).toMatchObject([{ agent: "Coder", verdict: "refuted", reason: "no" }]);
    await analyze();
    expect(await summaryOf(trace_id)).toMatchObject({ status: "refuted", blamed_agent: "Coder" });
  });

  test("is refused for a step that the agent did not take, and for a run that blames nobody", async () => {
    const trace_id = await failedRun();
    const wrong = client.call("judgeBlame", { trace_id, body: { verdict: "correct", agent: "Planner", step: 1 } });
    await expect(wrong).rejects.toMatchObject({ code: "no_such_step" });
    const { traceId } = newIds();
    await running.store.insertSpans([aSpan({ trace_id: traceId })]);
    const early = client.call("judgeBlame", { trace_id: traceId, body: { verdict: "confirm" } });
    await expect(early).rejects.toMatchObject({ code: "invalid", mend: expect.stringContaining("correct") });
  });

  test("an outcome that is told late changes the run", async () => {
    const trace_id = await failedRun();
    await client.call("reportOutcome", {
      trace_id,
      body: { outcome: "success", score: 1, feedback: "green after all", by: "evaluator" },
    });
    await analyze();
    expect(await summaryOf(trace_id)).toMatchObject({ outcome: "success", status: "none", blamed_agent: null });
  });
});

describe("comments", () => {
  test("are kept with the run, by whom and about which step, until they are taken back", async () => {
    const trace_id = await failedRun();
    await client.call("addComment", { trace_id, body: { text: "<b>look</b> here", step: 1 } });
    const { comment } = await client.call("addComment", { trace_id, body: { text: "oops" } });
    const listed = async () =>
      (await client.call("listComments", { trace_id })).comments.map(({ text, step, author }) => [text, step, author]);
    expect(await listed()).toEqual([
      ["<b>look</b> here", 1, "operator"],
      ["oops", null, "operator"],
    ]);
    await client.call("deleteComment", { trace_id, comment_id: comment.comment_id });
    expect(await listed()).toEqual([["<b>look</b> here", 1, "operator"]]);
    await expect(client.call("deleteComment", { trace_id, comment_id: comment.comment_id })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(client.call("addComment", { trace_id, body: { text: "x", step: 9 } })).rejects.toMatchObject({
      code: "no_such_step",
    });
    await client.call("deleteTrace", { trace_id });
    expect(await listed()).toEqual([]);
  });
});

describe("saved queries", () => {
  test("are run by name, replaced, and forgotten", async () => {
    const owner = project();
    const own = clientOf(running, owner);
    const runs = [
      aRun({ project: owner }),
      aRun({
        project: owner,
        outcome: "success",
        status: "none",
        blamed_agent: null,
        blamed_step: null,
        confidence: null,
      }),
    ];
    await running.store.saveRuns(runs);
    await own.call("saveQuery", {
      name: "coders",
      body: { filter: { blamed_agent: "Coder", min_confidence: 0.4 }, about: "On call." },
    });
    expect((await own.call("runQuery", { name: "coders" })).traces.map(({ trace_id }) => trace_id)).toEqual([
      runs[0]?.trace_id,
    ]);
    await own.call("saveQuery", { name: "coders", body: { filter: { outcome: "success" }, since: "1h" } });
    expect((await own.call("runQuery", { name: "coders" })).traces.map(({ trace_id }) => trace_id)).toEqual([
      runs[1]?.trace_id,
    ]);
    expect((await own.call("listQueries")).queries).toMatchObject([
      { name: "coders", filter: { outcome: "success" }, since: "1h" },
    ]);
    await own.call("deleteQuery", { name: "coders" });
    expect((await own.call("listQueries")).queries).toEqual([]);
    await expect(own.call("runQuery", { name: "coders" })).rejects.toMatchObject({ code: "not_found" });
  });

  test("with a condition that there is none are refused", async () => {
    const response = await fetch(`${running.url}/api/v1/queries/bad`, {
      method: "PUT",
      body: JSON.stringify({ filter: { blamed_agnet: "Coder" } }),
      headers: { "content-type": "application/json" },
    });
    expect([response.status, (await response.json()) as unknown]).toMatchObject([
      400,
      { error: { code: "invalid", message: expect.stringContaining("blamed_agnet") } },
    ]);
  });
});

test("a run can be read without its heavy texts, and each step whole", async () => {
  const trace_id = await failedRun();
  const clipped = await client.call("getTrace", { trace_id, contents: "clipped" });
  expect(clipped.steps[1]?.content).toHaveLength(501);
  const { step } = await client.call("getStep", { trace_id, step: 1 });
  expect(step.content).toBe("code ".repeat(300));
  await expect(client.call("getStep", { trace_id, step: 7 })).rejects.toMatchObject({ code: "not_found" });
  expect(buildTrajectory(await running.store.readSpans("default", trace_id)).steps[1]).toEqual(step);
});
