import { traceIdOf } from "@culprit/instrumentation/gateway";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  chunk,
  completion,
  type ScriptedEndpoint,
  scriptedEndpoint,
  sendEvents,
  sendJson,
} from "../unit/instrumentation/scripted-endpoint.ts";
import { type Running, startCollector } from "./collector-harness.ts";
import { functionTool, type GatewayBed, startGateway } from "./gateway-harness.ts";

let endpoint: ScriptedEndpoint;
let bed: GatewayBed;
let collector: Running;

beforeAll(async () => {
  collector = await startCollector();
});
afterAll(async () => await collector.close());

/** Plays a small team: the planner asks for a search, then answers with what it found. */
beforeEach(async () => {
  endpoint = await scriptedEndpoint(({ body }, response) => {
    const messages = body["messages"] as { role: string; content: string }[];
    const asksTool = body["tools"] !== undefined && !messages.some(({ role }) => role === "tool");
    const answer = `It was ${messages.at(-1)?.content ?? ""}.`;
    const call = {
      index: 0,
      id: `call_${messages.length}_x`,
      type: "function",
      function: { name: "search", arguments: '{"q":"tower"}' },
    };
    if (body["stream"] === true) {
      const deltas = asksTool
        ? [{ role: "assistant", tool_calls: [call] }]
        : [{ role: "assistant" }, ...[...answer].map((content) => ({ content }))];
      sendEvents(response, [...deltas.map((delta) => chunk(delta)), chunk({}, asksTool ? "tool_calls" : "stop")]);
    } else if (asksTool) sendJson(response, completion({ content: null, tool_calls: [call] }, "tool_calls"));
    else sendJson(response, completion({ content: answer }));
  });
  bed = await startGateway(`${endpoint.url}/v1`, collector);
});

afterEach(async () => {
  await bed.close();
  await endpoint.close();
});

function client(base: string): OpenAI {
  return new OpenAI({ apiKey: "sk-of-the-upstream-0001", baseURL: `${bed.url}${base}`, maxRetries: 0 });
}

describe("a plain program behind the gateway alone", () => {
  it.each([false, true])("gives a run with agents, tools and outcome (streaming: %s)", async (stream) => {
    const run = `shop-run-${stream}`;
    const ask = async (agent: string, body: object) => {
      const create = client(`/runs/${run}/agents/${agent}/v1`).chat.completions;
      if (!stream) return (await create.create({ model: "scripted-1", ...body } as never)).choices[0]?.message;
      return await create.stream({ model: "scripted-1", ...body } as never).finalMessage();
    };
    const messages: object[] = [{ role: "user", content: "Who built the tower?" }];
    const asked = await ask("Planner", { messages, tools: [functionTool("search")] });
    const id = asked?.tool_calls?.[0]?.id;
    messages.push(asked as object, { role: "tool", tool_call_id: id, content: "Burnham" });
    const found = await ask("Planner", { messages, tools: [functionTool("search")] });
    await ask("Writer", { messages: [{ role: "user", content: found?.content }] });
    const reported = await fetch(`${bed.url}/runs/${run}/outcome`, {
      method: "POST",
      body: JSON.stringify({ success: false, score: 0.25, feedback: "wrong tower" }),
    });
    expect(await reported.json()).toMatchObject({ trace_id: traceIdOf(run), success: false });
    await bed.finish();

    const trajectory = await bed.trace(traceIdOf(run));
    expect(trajectory.task).toBe("Who built the tower?");
    expect(trajectory.complete).toBe(true);
    expect(trajectory.outcome_detail).toEqual({
      outcome: "failure",
      score: 0.25,
      feedback: "wrong tower",
      by: "reported",
    });
    expect(trajectory.steps.map(({ role, agent, content }) => [role, agent, content])).toEqual([
      ["agent", "Planner", 'search({"q":"tower"})'],
      ["environment", "search", "Burnham"],
      ["agent", "Planner", "It was Burnham."],
      ["agent", "Writer", "It was It was Burnham.."],
    ]);
    expect(trajectory.steps[0]).toMatchObject({ model: "scripted-1-0601", tool_calls: [{ id, name: "search" }] });
    expect(trajectory.steps[2]?.caused_by).toContain(1);
  });
});
