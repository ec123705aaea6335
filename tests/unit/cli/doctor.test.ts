import { parseConfig } from "@culprit/schemas";
import { afterEach, describe, expect, it } from "vitest";
import { checkTracer } from "../../../cli/tracer-check.ts";
import {
  type ScriptedEndpoint,
  type ScriptedReply,
  type ScriptedServer,
  scriptedEndpoint,
} from "../analyzers/tracer-endpoint.ts";

const open: ScriptedEndpoint[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

const ANSWER = "<answer>Tester|1</answer>";

/** What the doctor says of a scripted endpoint, by check. */
async function visit(reply: ScriptedReply, server: ScriptedServer, settings: Record<string, unknown> = {}) {
  const endpoint = await scriptedEndpoint(() => reply, server);
  open.push(endpoint);
  const checks: Record<string, string> = {};
  const config = { ...parseConfig({ tracer_model: "tracer", ...settings }), tracer_url: endpoint.url };
  await checkTracer(config, async (check, work) => {
    try {
      const { value, detail } = await work();
      checks[check] = `ok: ${detail}`;
      return value;
    } catch (error) {
      checks[check] = `wrong: ${error instanceof Error ? error.message : String(error)}`;
      return undefined;
    }
  });
  return checks;
}

const serving: ScriptedServer = { models: [{ id: "tracer", max_model_len: 40_960 }] };

describe("culprit doctor at the tracer", () => {
  it.each<[string, ScriptedReply]>([
    ["tags in the content", { content: `<think>hm</think>${ANSWER}` }],
    ["closing tag in the content", { content: `hm</think>${ANSWER}` }],
    ["reasoning field", { reasoning: "hm", content: ANSWER }],
    ["reasoning field", { reasoning_content: "hm", content: ANSWER }],
    ["no reasoning", { content: ANSWER }],
  ])("names the shape: %s", async (shape, reply) => {
    expect(await visit(reply, serving)).toEqual({
      tracer: expect.stringMatching(/^ok: .* serves tracer$/),
      "tracer model": "ok: tracer",
      "tracer context": "ok: 40960 tokens; no tokenizer, lengths are estimated",
      "tracer answer": expect.stringContaining(`ok: shape “${shape}”`),
    });
  });

  it("an answer that a reasoning parser swallowed is wrong", async () => {
    const checks = await visit({ reasoning: `hm ${ANSWER}`, finish: "length" }, serving);
    expect(checks["tracer answer"]).toMatch(/^wrong: .*“no content”.* cut off while thinking/);
  });

  it("the tokenizer and the context it names are found, and a short context is pointed out", async () => {
    const checks = await visit(
      { content: ANSWER },
      { models: [{ id: "tracer" }], tokenize: () => ({ count: 12, max_model_len: 8_192 }) },
    );
    expect(checks["tracer context"]).toMatch(/^ok: 8192 tokens; a tokenizer counts; long runs will be shortened/);
  });

  it("another model's name, nobody there, a refusal and an unsafe constraint are wrong, each by its check", async () => {
    expect(await visit({ content: ANSWER }, { models: [{ id: "qwen" }] })).toEqual({
      tracer: expect.stringMatching(/^ok/),
      "tracer model": "wrong: It serves qwen, not tracer.",
    });
    expect((await visit({ status: 500, body: {} }, serving))["tracer answer"]).toMatch(
      /^wrong: The tracer endpoint failed/,
    );
    const unsafe = await visit({ content: `<think>x</think>${ANSWER}` }, serving, { tracer_constrain: true });
    expect(unsafe["tracer answer"]).toMatch(/^wrong: Answers are constrained/);
    expect((await visit({ content: ANSWER }, {}))["tracer answer"]).toMatch(/^ok/);
  });
});
