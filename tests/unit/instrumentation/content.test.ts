import { agent, run, tool, wrapOpenAI } from "@culprit/instrumentation";
import OpenAI from "openai";
import { afterEach, describe, expect, it, vi } from "vitest";
import { completion, scriptedEndpoint, sendJson } from "./scripted-endpoint.ts";
import { json, type RecordedSpans, recordSpans } from "./spans.ts";

let recorded: RecordedSpans;
afterEach(async () => {
  vi.unstubAllEnvs();
  await recorded.tracing.shutdown();
});

describe("what is too long", () => {
  it("is cut at a character, and says how long it was", async () => {
    recorded = recordSpans({ content: { maxLength: 100 } });
    await agent.scope("Writer", async () => "🙂".repeat(500));
    const output = String((await recorded.span("invoke_agent Writer")).attributes["culprit.output"]);
    expect(output.length).toBeLessThanOrEqual(100);
    expect(output).toMatch(/^(🙂)+…\[truncated by culprit: 1000 characters\]$/u);
  });

  it("stays valid JSON: long strings inside are cut first", async () => {
    recorded = recordSpans({ content: { maxLength: 2000 } });
    const read = tool("read", async (path: string) => ({ path, text: "x".repeat(50_000), lines: 3 }));
    await read("a.txt");
    const span = await recorded.span("execute_tool read");
    const result = json(span, "gen_ai.tool.call.result") as { path: string; text: string; lines: number };
    expect(String(span.attributes["gen_ai.tool.call.result"]).length).toBeLessThanOrEqual(2000);
    expect(result).toMatchObject({ path: "a.txt", lines: 3 });
    expect(result.text).toContain("[truncated by culprit: 50000 characters]");
  });

  it("loses the middle of a list that is still too long, and says how much", async () => {
    recorded = recordSpans({ content: { maxLength: 5000 } });
    const list = tool("list", async () => Array.from({ length: 3000 }, (_, n) => `entry ${n}`));
    await list();
    const entries = json(await recorded.span("execute_tool list"), "gen_ai.tool.call.result") as unknown[];
    expect(entries[0]).toBe("entry 0");
    expect(entries.at(-1)).toBe("entry 2999");
    expect(JSON.stringify(entries)).toMatch(/truncated by culprit: \d+ of 3000 entries left out/);
  });
});

describe("what is not plain data", () => {
  it("is recorded without harm: cycles, keys called __proto__, binary, big integers, errors", async () => {
    recorded = recordSpans();
    const cyclic: Record<string, unknown> = { name: "loop" };
    cyclic["self"] = cyclic;
    const odd = tool("odd", async (..._given: unknown[]) => 12n);
    await odd(cyclic, JSON.parse('{"__proto__":{"polluted":true}}'), Buffer.from("abc"), new TypeError("no"), () => 1);
    const span = await recorded.span("execute_tool odd");
    expect(span.attributes["gen_ai.tool.call.arguments"]).toBe(
      '[{"name":"loop","self":"[circular]"},{"__proto__":{"polluted":true}},"[Buffer, 3 bytes]",{"name":"TypeError","message":"no"},"[function]"]',
    );
    expect(span.attributes["gen_ai.tool.call.result"]).toBe('"12"');
    expect({}).not.toHaveProperty("polluted");
  });

  it("costs no more than its size: parts that share parts are not followed without end", async () => {
    recorded = recordSpans();
    let shared: unknown = "leaf";
    for (let level = 0; level < 30; level++) shared = [shared, shared];
    const deep = tool("deep", async (given: unknown) => given === undefined);
    await deep(shared);
    const span = await recorded.span("execute_tool deep");
    expect(String(span.attributes["gen_ai.tool.call.arguments"]).length).toBeLessThanOrEqual(1_048_576);
    expect(JSON.stringify(json(span, "gen_ai.tool.call.arguments"))).toContain("[too much]");
  });

  it("whose getters fail is recorded around them, and the tool is called all the same", async () => {
    recorded = recordSpans();
    const broken = {
      fine: 1,
      get bad(): string {
        throw new Error("no");
      },
    };
    const look = tool("look", async (given: { fine: number }) => given.fine);
    expect(await look(broken)).toBe(1);
    expect((await recorded.span("execute_tool look")).attributes["gen_ai.tool.call.arguments"]).toBe('"[unreadable]"');
  });

  it("does not put the key of a client into the trace", async () => {
    recorded = recordSpans();
    const plan = agent("Planner", async (_client: OpenAI, task: string) => task);
    await plan(new OpenAI({ apiKey: "sk-very-secret" }), "dig");
    expect((await recorded.span("invoke_agent Planner")).attributes["culprit.input"]).toBe('["[OpenAI]","dig"]');
  });
});

describe("masking", () => {
  it("sees every string before it is recorded, keys of the structure stay", async () => {
    recorded = recordSpans({ content: { mask: (text) => text.replace(/sk-\w+/g, "[secret]") } });
    const login = tool("login", async ({ key }: { key: string }): Promise<string> => {
      throw new Error(`${key} was refused`);
    });
    const attempt = run("log in with sk-123", () => login({ key: "sk-123" }));
    await expect(attempt).rejects.toThrow("sk-123 was refused");
    const told = (await recorded.spans())
      .map(({ attributes, events, status }) => JSON.stringify({ attributes, events, status }))
      .join();
    expect(told).not.toContain("sk-123");
    expect(told).toContain("log in with [secret]");
    expect(told).toContain("[secret] was refused");
  });

  it("that fails records nothing of the text", async () => {
    recorded = recordSpans({
      content: {
        mask: () => {
          throw new Error("broken mask");
        },
      },
    });
    expect(await agent.scope("A", async () => "text")).toBe("text");
    expect((await recorded.span("invoke_agent A")).attributes["culprit.output"]).toBe("[masked]");
  });
});

describe("content switched off", () => {
  it.each(["false", "FALSE", "0", "NO_CONTENT"])(
    "by the environment (%s) keeps names, models and tokens only",
    async (value) => {
      vi.stubEnv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value);
      recorded = recordSpans();
      const endpoint = await scriptedEndpoint((_, response) => sendJson(response, completion({ content: "private" })));
      const client = wrapOpenAI(new OpenAI({ baseURL: `${endpoint.url}/v1`, apiKey: "scripted" }));
      const ask = tool("ask", async (question: string) => {
        const body = { model: "scripted-1", messages: [{ role: "user" as const, content: question }] };
        return (await client.chat.completions.create(body)).choices[0]?.message.content;
      });
      await run({ task: "private task", groundTruth: "private", taskId: "t" }, () =>
        agent.scope("A", () => ask("private"), { input: "private" }),
      );
      await endpoint.close();
      const spans = await recorded.spans();
      expect(spans).toHaveLength(4);
      expect(JSON.stringify(spans.map((span) => span.attributes))).not.toContain("private");
      expect((await recorded.span("chat scripted-1")).attributes["gen_ai.usage.input_tokens"]).toBe(11);
    },
  );

  const EVENT = "gen_ai.client.inference.operation.details";
  it.each([
    ["EVENT_ONLY", false, true],
    ["span_and_event", true, true],
    ["SPAN_ONLY", true, false],
    ["true", true, false],
    ["NO_CONTENT", false, false],
  ])("in the places the environment names (%s)", async (value, onSpan, onEvent) => {
    vi.stubEnv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value);
    recorded = recordSpans({ content: { mask: (text) => text.replaceAll("secret", "***") } });
    const endpoint = await scriptedEndpoint((_, response) => sendJson(response, completion({ content: "a secret" })));
    const client = wrapOpenAI(new OpenAI({ baseURL: `${endpoint.url}/v1`, apiKey: "scripted" }));
    const messages = [{ role: "user" as const, content: "tell" }];
    await client.chat.completions.create({ model: "scripted-1", messages });
    await endpoint.close();
    const span = await recorded.span("chat scripted-1");
    const said = { "gen_ai.input.messages": expect.stringContaining("tell") };
    const answered = { "gen_ai.output.messages": expect.stringContaining("a ***") };
    expect(span.attributes).toEqual(
      onSpan ? expect.objectContaining({ ...said, ...answered }) : expect.not.objectContaining(said),
    );
    const details = span.events.filter(({ name }) => name === EVENT).map(({ attributes }) => attributes);
    expect(details).toEqual(onEvent ? [{ ...said, ...answered }] : []);
  });

  it("is not recorded when the environment says what nobody knows, and that is said", async () => {
    vi.stubEnv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPANS");
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    recorded = recordSpans();
    await agent.scope("A", async () => "hidden");
    expect((await recorded.span("invoke_agent A")).attributes).not.toHaveProperty("culprit.output");
    expect(said.mock.calls.flat().join()).toContain("none of SPAN_ONLY, EVENT_ONLY");
    said.mockRestore();
  });

  it("is on when the environment says nothing or SPAN_ONLY", async () => {
    vi.stubEnv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY");
    recorded = recordSpans();
    await agent.scope("A", async () => "shown");
    expect((await recorded.span("invoke_agent A")).attributes["culprit.output"]).toBe("shown");
  });
});
