import {
  agent,
  type ChatCall,
  type Interceptor,
  run,
  type ServedAnswer,
  type StepCall,
  tool,
  withInterceptor,
  wrapOpenAI,
} from "@culprit/instrumentation";
import { CulpritError } from "@culprit/schemas";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  chunk,
  completion,
  type ScriptedEndpoint,
  scriptedEndpoint,
  sendEvents,
  sendJson,
} from "./scripted-endpoint.ts";
import { json, type RecordedSpans, recordSpans } from "./spans.ts";

let recorded: RecordedSpans;
let endpoint: ScriptedEndpoint;
let client: OpenAI;

beforeEach(async () => {
  recorded = recordSpans();
  endpoint = await scriptedEndpoint(({ body }, response) => {
    if (body["stream"] === true) sendEvents(response, [chunk({ content: "live" }), chunk({}, "stop")]);
    else sendJson(response, completion({ content: "live" }));
  });
  client = wrapOpenAI(new OpenAI({ baseURL: `${endpoint.url}/v1`, apiKey: "scripted" }));
});
afterEach(async () => {
  await recorded.tracing.shutdown();
  await endpoint.close();
});

function serving(answer: ServedAnswer | undefined): Interceptor & { calls: StepCall[]; live: unknown[] } {
  const calls: StepCall[] = [];
  const live: unknown[] = [];
  return {
    calls,
    live,
    intercept: async (call) => {
      calls.push(call);
      return answer;
    },
    observed: (call, given) => live.push([call.kind, given]),
  };
}

const TOOL_CALL = { id: "call_recorded_1", name: "weather", arguments: { city: "Oslo" } };
const RECORDED: ServedAnswer = { kind: "chat", source: "recorded", content: "It is grey 🌧.", tool_calls: [TOOL_CALL] };
const QUESTION: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: "scripted-1",
  messages: [{ role: "user", content: "weather?" }],
};

describe("a chat answered from the record", () => {
  it("looks like the endpoint's own answer and nothing is sent", async () => {
    const { data, response } = await withInterceptor(serving(RECORDED), () =>
      client.chat.completions.create(QUESTION).withResponse(),
    );
    expect(data).toMatchObject({
      object: "chat.completion",
      model: "scripted-1",
      choices: [
        {
          index: 0,
          finish_reason: "tool_calls",
          message: {
            role: "assistant",
            content: "It is grey 🌧.",
            tool_calls: [
              { id: "call_recorded_1", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
            ],
          },
        },
      ],
    });
    expect(response.status).toBe(200);
    expect(endpoint.requests).toHaveLength(0);
    const span = await recorded.span("chat scripted-1");
    expect(span.attributes["culprit.replay.source"]).toBe("recorded");
    expect(json(span, "gen_ai.output.messages")).toMatchObject([
      { parts: [{ content: "It is grey 🌧." }, { type: "tool_call", id: "call_recorded_1" }] },
    ]);
  });

  it("streams when a stream was asked for, with the ids verbatim", async () => {
    const answer = await withInterceptor(serving({ ...RECORDED, source: "intervention" }), async () => {
      let text = "";
      let given = "";
      const ids: string[] = [];
      let usage: unknown;
      const stream = await client.chat.completions.create({
        ...QUESTION,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const piece of stream) {
        const delta = piece.choices[0]?.delta;
        text += delta?.content ?? "";
        given += delta?.tool_calls?.[0]?.function?.arguments ?? "";
        if (delta?.tool_calls?.[0]?.id) ids.push(delta.tool_calls[0].id);
        usage = piece.usage ?? usage;
      }
      return { text, given, ids, usage };
    });
    expect(answer).toEqual({
      text: "It is grey 🌧.",
      given: '{"city":"Oslo"}',
      ids: ["call_recorded_1"],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
    expect(endpoint.requests).toHaveLength(0);
    expect((await recorded.span("chat scripted-1")).attributes["culprit.replay.source"]).toBe("intervention");
  });

  it("satisfies the client's own streaming helper", async () => {
    const final = await withInterceptor(serving(RECORDED), () =>
      client.chat.completions.stream({ model: "scripted-1", messages: QUESTION.messages }).finalChatCompletion(),
    );
    expect(final.choices[0]?.message).toMatchObject({
      content: "It is grey 🌧.",
      tool_calls: [{ id: "call_recorded_1" }],
    });
  });

  it("has a response id of its own every time", async () => {
    const ids = await withInterceptor(serving(RECORDED), async () => [
      (await client.chat.completions.create(QUESTION)).id,
      (await client.chat.completions.create(QUESTION)).id,
    ]);
    expect(new Set(ids).size).toBe(2);
  });
});

describe("an interceptor", () => {
  it("is shown the call exactly as the span records it, and who makes it", async () => {
    const interceptor = serving(undefined);
    await withInterceptor(interceptor, () =>
      run("task", () =>
        agent.scope("Asker", () =>
          client.chat.completions.create({ ...QUESTION, response_format: { type: "json_object" } }),
        ),
      ),
    );
    const [call] = interceptor.calls as ChatCall[];
    const span = await recorded.span("chat scripted-1");
    expect(call).toMatchObject({ kind: "chat", agent: "Asker", model: "scripted-1", tools: [] });
    expect(call?.responseFormat).toEqual({ type: "json_object" });
    expect(call?.messages).toEqual(json(span, "gen_ai.input.messages"));
  });

  it("that lets a call pass is told what it answered, and the span says live", async () => {
    const interceptor = serving(undefined);
    await withInterceptor(interceptor, async () => {
      await client.chat.completions.create(QUESTION);
      for await (const _ of await client.chat.completions.create({ ...QUESTION, stream: true }));
    });
    expect(interceptor.live).toEqual([
      ["chat", { content: "live", tool_calls: [], usage: { input_tokens: 11, output_tokens: 7 } }],
      ["chat", { content: "live", tool_calls: [] }],
    ]);
    expect(endpoint.requests).toHaveLength(2);
    for (const span of await recorded.spans()) expect(span.attributes["culprit.replay.source"]).toBe("live");
  });

  it("that throws aborts the run with its own error; nothing is sent, nothing is tried again", async () => {
    const drift = new CulpritError("drift", "The replay asked something the run did not.");
    let asked = 0;
    const interceptor: Interceptor = {
      intercept: async () => {
        asked += 1;
        throw drift;
      },
    };
    await expect(
      withInterceptor(interceptor, () => run("task", () => client.chat.completions.create(QUESTION))),
    ).rejects.toBe(drift);
    expect(asked).toBe(1);
    expect(endpoint.requests).toHaveLength(0);
    expect((await recorded.span("chat scripted-1")).status.message).toContain("did not");
  });

  it("does not reach calls outside of its own run", async () => {
    const inside = withInterceptor(serving(RECORDED), async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return client.chat.completions.create(QUESTION);
    });
    const outside = client.chat.completions.create(QUESTION);
    expect((await outside).choices[0]?.message.content).toBe("live");
    expect((await inside).choices[0]?.message.content).toBe("It is grey 🌧.");
  });
});

describe("a tool in a replay", () => {
  it("is not called when the record answers", async () => {
    let called = 0;
    const pay = tool("pay", (amount: number) => {
      called += 1;
      return { paid: amount };
    });
    const interceptor = serving({ kind: "tool", source: "recorded", result: { paid: 3 } });
    const result = await withInterceptor(interceptor, () => agent.scope("Buyer", () => pay(7)));
    expect(result).toEqual({ paid: 3 });
    expect(called).toBe(0);
    expect(interceptor.calls).toEqual([{ kind: "tool", agent: "Buyer", name: "pay", arguments: 7 }]);
    const span = await recorded.span("execute_tool pay");
    expect(span.attributes["culprit.replay.source"]).toBe("recorded");
    expect(json(span, "gen_ai.tool.call.result")).toEqual({ paid: 3 });
  });

  it("runs and reports its result when it is let pass", async () => {
    const interceptor = serving(undefined);
    const add = tool("add", (a: number, b: number) => a + b);
    expect(await withInterceptor(interceptor, () => add(1, 2))).toBe(3);
    expect(interceptor.live).toEqual([["tool", { result: 3 }]]);
    expect((await recorded.span("execute_tool add")).attributes["culprit.replay.source"]).toBe("live");
  });

  it("streams what was recorded, without starting the generator", async () => {
    let started = false;
    const tail = tool("tail", async function* (): AsyncGenerator<string> {
      started = true;
      yield "live";
    });
    const lines = await withInterceptor(serving({ kind: "tool", source: "recorded", result: ["a", "b"] }), async () => {
      const seen: string[] = [];
      for await (const line of tail()) seen.push(line);
      return seen;
    });
    expect(lines).toEqual(["a", "b"]);
    expect(started).toBe(false);
  });
});
