import { type ScriptedEndpoint, startScriptedEndpoint } from "@culprit/examples";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let endpoint: ScriptedEndpoint;
let client: OpenAI;
beforeAll(async () => {
  endpoint = await startScriptedEndpoint({ seed: null });
  client = new OpenAI({ baseURL: endpoint.baseURL, apiKey: "none", maxRetries: 0 });
});
afterAll(() => endpoint.close());

const coder = (plan: string) =>
  client.chat.completions
    .create({
      model: "scripted-coder",
      messages: [{ role: "user", content: `Task:\nWrite \`sumEven(numbers)\`.\n\nPlan from the Planner:\n\n${plan}` }],
    })
    .then((completion) => completion.choices[0]?.message.content ?? "");

describe("the scripted endpoint", () => {
  it("says everywhere that it is scripted", async () => {
    const models = await client.models.list();
    const team = ["scripted-planner", "scripted-coder", "scripted-tester"];
    expect(models.data.map((model) => model.id)).toEqual(expect.arrayContaining(team));
    expect(models.data.every((model) => model.id.startsWith("scripted-"))).toBe(true);
    expect(models.data.every((model) => model.owned_by === "scripted")).toBe(true);
    expect(await (await fetch(new URL("/", endpoint.baseURL))).text()).toContain("no language model runs here");
  });

  it("translates whatever plan it is sent: change a word and the code changes", async () => {
    const plan = (condition: string) =>
      `1. Start \`n\` at 0.\n2. Go through \`numbers\`, calling each one \`x\`:\n   - If \`x\` ${condition}, add 1 to \`n\`.\n3. Return \`n\`.`;
    expect(await coder(plan("is even"))).toContain("if (x % 2 === 0) n += 1;");
    expect(await coder(plan("is at least 7"))).toContain("if (x >= 7) n += 1;");
    expect(await coder(plan("is at least 7 and `x` is not 9"))).toContain("if (x >= 7 && x !== 9) n += 1;");
    expect(await coder(plan("smells like rain"))).toContain("// If `x` smells like rain");
  });

  it("never puts a quoted text or a strange name into code as code", async () => {
    expect(await coder('1. Return "a" plus "); process.exit("')).toContain('return "a" + "); process.exit(";');
    expect(await coder("1. Return `x); process.exit(`")).not.toMatch(/^\s*return x\)/m);
  });

  it("calls its tool with the code it was sent, verbatim ids included, whole or streamed", async () => {
    const body = {
      model: "scripted-tester",
      messages: [{ role: "user" as const, content: "Task: `sumEven(numbers)`\n\n```js\nfunction sumEven() {\n}\n```" }],
    };
    const whole = (await client.chat.completions.create(body)).choices[0]?.message;
    const streamed = (await client.chat.completions.stream(body).finalChatCompletion()).choices[0]?.message;
    const called = (message: typeof whole) =>
      message?.tool_calls?.map((call) => [call.id, call.type === "function" && call.function]);
    expect(whole?.tool_calls).toHaveLength(1);
    expect(JSON.stringify(called(whole))).toContain('{\\"code\\":\\"function sumEven() {\\\\n}\\"}');
    expect(streamed?.content).toBe(whole?.content);
    expect(called(streamed)?.[0]?.[0]).toBe(called(whole)?.[0]?.[0]);
  });

  it("sends usage at the end of a stream when asked", async () => {
    const stream = await client.chat.completions.create({
      model: "scripted-coder",
      messages: [{ role: "user", content: "hello" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBeGreaterThan(0);
  });

  it("refuses what it is not", async () => {
    await expect(client.chat.completions.create({ model: "gpt-5", messages: [] })).rejects.toMatchObject({
      status: 404,
    });
    const post = (body: string) => fetch(`${endpoint.baseURL}/chat/completions`, { method: "POST", body });
    for (const body of ["{", "[]", '{"messages":3}', '{"model":"scripted-coder","messages":[1]}']) {
      expect((await post(body)).status, body).toBe(400);
    }
  });
});
