import { buildTrajectory } from "@culprit/analyzers";
import { createClient } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { culprit } from "./cli-process.ts";
import { newIds, type Running, startCollector } from "./collector-harness.ts";

let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

/** A run in a dialect of somebody's own: what an agent asked, what a probe did. */
async function sendUnknown(traceId: string): Promise<void> {
  const text = (value: string) => ({ stringValue: value });
  const now = BigInt(Date.now()) * 1_000_000n;
  const at = (index: number) => ({ startTimeUnixNano: `${now + BigInt(index)}`, endTimeUnixNano: `${now + 9n}` });
  const spans = [
    {
      traceId,
      spanId: "00000000000000a1",
      name: "crew",
      ...at(0),
      attributes: [{ key: "acme.run", value: text("7") }],
    },
    {
      traceId,
      spanId: "00000000000000a2",
      parentSpanId: "00000000000000a1",
      name: "think",
      ...at(1),
      attributes: [
        { key: "acme.persona", value: text("Planner\u001b[31m") },
        { key: "prompt", value: text("Sort a list") },
        { key: "completion", value: text("sorted()") },
        { key: "__proto__", value: text("x") },
      ],
    },
    { traceId, spanId: "00000000000000a3", parentSpanId: "00000000000000a1", name: "probe", ...at(2) },
  ];
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ scope: { name: "acme.agents" }, spans }] }] });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${running.url}/v1/traces`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
}

describe("a dialect nobody knows", () => {
  const { traceId } = newIds();
  beforeAll(() => sendUnknown(traceId));

  test("is kept raw, and its innermost spans are generic steps", async () => {
    const spans = await running.store.readSpans("default", traceId);
    expect(spans[1]).toMatchObject({
      attributes: { "acme.persona": "Planner\u001b[31m", prompt: "Sort a list" },
      reading: { dialect: "generic", operation: "" },
    });
    const { steps, complete } = buildTrajectory(spans);
    expect(complete).toBe(true);
    expect(steps.map(({ role, agent, content }) => [role, agent, content])).toEqual([
      ["agent", "acme.agents", "sorted()"],
      ["environment", "probe", ""],
    ]);
    expect(steps[0]?.input).toEqual([{ role: "user", parts: [{ type: "text", content: "Sort a list" }] }]);
  });

  test("is told by its scope and keys, over the API and by the doctor", async () => {
    const { scopes } = await createClient({ baseUrl: running.url }).call("listUnread", {});
    expect(scopes).toEqual([
      { scope: "acme.agents", spans: 3, keys: ["__proto__", "acme.persona", "acme.run", "completion", "prompt"] },
    ]);
    const { stdout } = await culprit(["doctor", "--json", "--url", running.url], {});
    const { checks } = JSON.parse(stdout) as { checks: { check: string; ok: boolean; detail: string }[] };
    expect(checks.find(({ check }) => check === "dialects")).toEqual({
      check: "dialects",
      ok: true,
      detail:
        "not read by any dialect, last 7 days: acme.agents: 3 spans, keys __proto__, acme.persona, acme.run, completion, prompt",
    });
  });

  test("does not show beside what is understood: steps of known dialects alone are the run's", async () => {
    const spans = await running.store.readSpans("default", traceId);
    const known = { ...spans[1], span_id: "00000000000000a9", reading: { ...spans[1]?.reading, operation: "chat" } };
    const { steps } = buildTrajectory([...spans, known as (typeof spans)[number]]);
    expect(steps.map(({ span_id }) => span_id)).toEqual(["00000000000000a9"]);
  });
});

describe("half a run", () => {
  test("is a trajectory marked incomplete, in show --json as well", async () => {
    const { traceId } = newIds();
    const span = {
      traceId,
      spanId: "00000000000000b2",
      parentSpanId: "00000000000000b1",
      name: "chat",
      startTimeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`,
      attributes: [
        { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
        { key: "gen_ai.completion", value: { stringValue: "half an answer" } },
      ],
    };
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    await fetch(`${running.url}/v1/traces`, { method: "POST", headers, body });
    const { stdout } = await culprit(["show", traceId, "--json", "--url", running.url], {});
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, steps: [{ content: "half an answer" }] });
  });
});
