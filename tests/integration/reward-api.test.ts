import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reward } from "@culprit/analyzers";
import { type Client, createClient, routes } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startCollector } from "./collector-harness.ts";

interface Vector {
  text: string;
  reasoning: string | null;
  agent: string;
  step: number;
  step_weight: number;
  sigma: number;
  expected: { score: number; r_format: number; r_agent: number; r_step: number };
}
const { vectors } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../training/reward-vectors.json"), "utf8"),
) as { vectors: Vector[] };

const KEY = "an-operators-own-key";
let running: Running;
let client: Client;
let reader: string;
let sender: string;
beforeAll(async () => {
  running = await startCollector({ api_key: KEY }, { reward });
  client = createClient({ baseUrl: running.url, apiKey: KEY });
  const key = async (scope: "read" | "ingest") => (await client.call("createKey", { body: { scopes: [scope] } })).key;
  [reader, sender] = await Promise.all([key("read"), key("ingest")]);
});
afterAll(() => running.close());

/** As a trainer posts: a URL, a JSON body, and whatever its HTTP library makes of `user:key@` in that URL. */
async function post(path: string, body: unknown, key = reader) {
  const response = await fetch(`${running.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Basic ${Buffer.from(`trainer:${key}`).toString("base64")}`,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

const think = "<think>The second test already failed.</think>";
const label = JSON.stringify({ agent: "Coder", step: 3, schema: 1 });

describe("the reward over HTTP", () => {
  test("gives what reward.py and the TypeScript reward give on the shared vectors, to 1e-9", async () => {
    const shapes = [...new Set(vectors.map(({ step_weight, sigma }) => JSON.stringify({ step_weight, sigma })))];
    expect(shapes.length).toBeGreaterThan(2);
    for (const shape of shapes) {
      const { step_weight, sigma } = JSON.parse(shape) as Pick<Vector, "step_weight" | "sigma">;
      const group = vectors.filter((one) => one.step_weight === step_weight && one.sigma === sigma);
      const items = group.map(({ text, reasoning, agent, step }) => ({
        completion: text,
        agent,
        step,
        ...(reasoning === null ? {} : { reasoning }),
      }));
      const { rewards } = await client.call("reward", { body: { items, step_weight, sigma } });
      expect(rewards).toHaveLength(group.length);
      for (const [at, { expected, text }] of group.entries()) {
        for (const part of ["score", "r_format", "r_agent", "r_step"] as const) {
          expect(Math.abs((rewards[at]?.[part] ?? -1) - expected[part]), `${part} of ${text}`).toBeLessThan(1e-9);
        }
      }
    }
  });

  test("answers OpenRLHF's remote reward model: the prompt is cut off the query, what ends a turn too", async () => {
    const prompt = "<|im_start|>user\n<think>your reasoning</think><answer>agent|step</answer><|im_end|>\nassistant:";
    const query = [
      `${prompt}${think}<answer>Coder|3</answer><|im_end|>`,
      `${prompt}${think}<answer>Planner|3</answer>`,
    ];
    const answer = await post("/api/v1/reward/openrlhf", { query, prompts: [prompt, prompt], labels: [label, label] });
    expect(answer).toEqual({
      status: 200,
      body: {
        rewards: [1, 0.5],
        scores: [1, 0.5],
        extra_logs: { r_format: [1, 1], r_agent: [1, 0], r_step: [1, 1] },
      },
    });
    expect(routes.rewardOpenRlhf.response.safeParse(answer.body).success).toBe(true);
  });

  test("answers slime's remote_rm: a sample, its prompt text or messages, its label text or an object", async () => {
    const response = `The test failed.</think>\n<answer>Coder|4</answer><|im_end|>`;
    const score = 0.5 * Math.exp(-0.5) + 0.5;
    for (const sample of [
      { prompt: "x", response, label },
      { prompt: [{ role: "user", content: "x" }], response, label: { agent: "Coder", step: 3 } },
    ]) {
      const { status, body } = await post("/api/v1/reward/slime", sample);
      expect([status, body]).toEqual([200, { score, r_format: 1, r_agent: 1, r_step: Math.exp(-0.5) }]);
    }
  });

  test("wants a key that may read", async () => {
    const sample = { prompt: "", response: "x", label };
    expect((await post("/api/v1/reward/slime", sample, sender)).status).toBe(403);
    expect((await post("/api/v1/reward/slime", sample, "no key of ours")).status).toBe(401);
  });

  test.each([
    ["a label that is none", { prompt: "", response: "x", label: "Coder, 3" }, /not \{"agent"/, /culprit export/],
    [
      "rows of another schema",
      { prompt: "", response: "x", label: JSON.stringify({ agent: "Coder", step: 3, schema: 0 }) },
      /export schema 0; this reward knows schema 1/,
      /Export the dataset again/,
    ],
  ])("says what is wrong with %s, and what to do", async (_name, sample, said, mend) => {
    const { status, body } = await post("/api/v1/reward/slime", sample);
    const { error } = body as unknown as { error: { message: string; mend: string } };
    expect([status, error.message, error.mend]).toEqual([
      400,
      expect.stringMatching(said),
      expect.stringMatching(mend),
    ]);
  });

  test("refuses batches whose parts do not belong together", async () => {
    const short = await post("/api/v1/reward/openrlhf", { query: ["a", "b"], prompts: ["a"], labels: [label] });
    const stranger = await post("/api/v1/reward/openrlhf", { query: ["abc"], prompts: ["xyz"], labels: [label] });
    expect([short.status, stranger.status]).toEqual([400, 400]);
    expect(JSON.stringify(short.body)).toContain("2 queries, 1 prompts and 1 labels");
    expect(JSON.stringify(stranger.body)).toContain("does not contain its prompt");
  });

  test("is not served by a collector without an analyzer, which says so", async () => {
    const bare = await startCollector();
    const answer = createClient({ baseUrl: bare.url }).call("reward", {
      body: { items: [{ completion: "x", agent: "Coder", step: 0 }] },
    });
    await expect(answer).rejects.toMatchObject({ code: "no_attributor" });
    await bare.close();
  });
});
