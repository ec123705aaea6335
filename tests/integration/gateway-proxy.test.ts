import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { traceIdOf } from "@culprit/instrumentation/gateway";
import type { Span } from "@culprit/schemas";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  chunk,
  completion,
  type Script,
  type ScriptedEndpoint,
  scriptedEndpoint,
  sendEvents,
  sendJson,
} from "../unit/instrumentation/scripted-endpoint.ts";
import { type Running, startCollector } from "./collector-harness.ts";
import { type GatewayBed, startGateway } from "./gateway-harness.ts";

const KEY = "sk-of-the-upstream-000001";
let endpoint: ScriptedEndpoint;
let bed: GatewayBed;
let collector: Running;

beforeAll(async () => {
  collector = await startCollector();
});
afterAll(async () => await collector.close());
let script: Script;

beforeEach(async () => {
  script = (_, response) => sendJson(response, completion({ content: "four" }));
  endpoint = await scriptedEndpoint((request, response) => script(request, response));
  bed = await startGateway(`${endpoint.url}/v1`, collector, {
    maxRequestBytes: 100_000,
    maxResponseBytes: 100_000,
    silenceMs: 1000,
  });
});

afterEach(async () => {
  await bed.close();
  await endpoint.close();
});

const BODY = { model: "scripted-1", messages: [{ role: "user" as const, content: "2 + 2?" }] };

function openai(run: string, options: object = {}): OpenAI {
  return new OpenAI({ apiKey: KEY, baseURL: `${bed.url}/runs/${run}/v1`, maxRetries: 0, ...options });
}

function post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}`, ...init.headers };
  return fetch(`${bed.url}${path}`, { method: "POST", body: JSON.stringify(body), ...init, headers });
}

/** The model calls the collector keeps of a run. */
async function calls(run: string): Promise<Span[]> {
  await bed.finish();
  const spans = await bed.spans(traceIdOf(run));
  return spans.filter(({ name }) => name.startsWith("chat"));
}

/** Waits for what happens soon. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !holds(); tries++) await sleep(10);
  expect(holds()).toBe(true);
}

describe("what passes", () => {
  it("is what the endpoint sent, byte for byte and as it comes", async () => {
    const first = ': warming up\r\n\r\nevent: x\ndata:{"choices":[{"index":0,"delta":{"content":"fo"}}]}\n\n';
    const rest = 'data: {"choices":[{"index":0,"delta":{"content":"ur"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
    let finish = (): void => {};
    script = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "x-request-id": "req-1" }).write(first);
      finish = () => response.end(rest);
    };
    const response = await post("/runs/bytes/v1/chat/completions", { ...BODY, stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe(first);
    finish();
    let text = "";
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += next.value;
    expect(text).toBe(rest);
    expect(response.headers.get("x-request-id")).toBe("req-1");
    const [span] = await calls("bytes");
    expect(response.headers.get("x-culprit-span")).toBe(span?.span_id);
    expect(response.headers.get("x-culprit-trace")).toBe(span?.trace_id);
    expect(span?.reading.output).toEqual([expect.objectContaining({ parts: [{ type: "text", content: "four" }] })]);
    expect(span?.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
  });

  it("goes to the endpoint as it came, with its own host and without what was meant for the gateway", async () => {
    await post("/runs/r/agents/Coder/v1/chat/completions?api-version=1", BODY, {
      headers: { "x-culprit-agent": "x", "openai-beta": "yes", connection: "close", cookie: "a=b" },
    });
    const [sent] = endpoint.requests;
    expect(sent?.path).toBe("/v1/chat/completions?api-version=1");
    expect(sent?.body).toEqual(BODY);
    expect(sent?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      "openai-beta": "yes",
      host: new URL(endpoint.url).host,
    });
    expect(Object.keys(sent?.headers ?? {}).filter((name) => /culprit-(?!gateway)|cookie/.test(name))).toEqual([]);
  });

  it("is told by any of the API's paths; only model calls are recorded", async () => {
    script = ({ path }, response) => sendJson(response, { object: "list", path, data: [] });
    const models = await openai("other").models.list();
    expect(models.data).toEqual([]);
    const files = await (await fetch(`${bed.url}/runs/other/v1/files/abc?limit=2`)).json();
    expect(files).toMatchObject({ path: "/v1/files/abc?limit=2" });
    expect(bed.counts().open_runs).toBe(0);
    expect((await fetch(`${bed.url}/v2/models`)).status).toBe(404);
  });

  it("responses and embeddings are recorded too", async () => {
    script = ({ path }, response) => {
      if (path.endsWith("/embeddings")) {
        sendJson(response, {
          object: "list",
          model: "emb-1",
          data: [{ index: 0, embedding: [0.5] }],
          usage: { prompt_tokens: 3, total_tokens: 3 },
        });
        return;
      }
      const item = {
        id: "m1",
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "four", annotations: [] }],
      };
      const answer = {
        id: "resp_1",
        object: "response",
        status: "completed",
        model: "scripted-1",
        output: [item],
        usage: { input_tokens: 5, output_tokens: 1, total_tokens: 6 },
      };
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(
        `event: response.created\ndata: ${JSON.stringify({ type: "response.created", response: { ...answer, output: [] } })}\n\n`,
      );
      response.end(
        `event: response.completed\ndata: ${JSON.stringify({ type: "response.completed", response: answer })}\n\n`,
      );
    };
    const client = openai("kinds");
    const stream = await client.responses.create({
      model: "scripted-1",
      instructions: "You are the Adder.",
      input: "2 + 2?",
      stream: true,
    });
    let last = "";
    for await (const event of stream) last = event.type;
    expect(last).toBe("response.completed");
    const vector = await client.embeddings.create({ model: "emb-1", input: "four", encoding_format: "float" });
    expect(vector.data[0]?.embedding).toEqual([0.5]);
    const [span] = await calls("kinds");
    expect(span?.reading).toMatchObject({ agent: "Adder", input_tokens: 5, output_tokens: 1 });
    expect(span?.attributes["gen_ai.response.id"]).toBe("resp_1");
    const embeddings = (await bed.spans(traceIdOf("kinds"))).find(({ name }) => name === "embeddings emb-1");
    expect(embeddings?.attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 3,
      "gen_ai.operation.name": "embeddings",
    });
  });

  it("a compressed answer comes as it was sent, and is read for the record", async () => {
    const { gzipSync } = await import("node:zlib");
    const body = gzipSync(JSON.stringify(completion({ content: "four" })));
    script = (_, response) =>
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(body);
    expect((await openai("gzip").chat.completions.create(BODY)).choices[0]?.message.content).toBe("four");
    expect((await calls("gzip"))[0]?.reading.output).toHaveLength(1);
  });
});

describe("what goes wrong", () => {
  it("an error of the endpoint comes unchanged", async () => {
    const error = { error: { message: "Slow down.", type: "tokens", param: null, code: "rate_limit_exceeded" } };
    script = (_, response) =>
      response
        .writeHead(429, { "content-type": "application/json", "retry-after": "7", "x-request-id": "req-9" })
        .end(JSON.stringify(error));
    const failure = await openai("limit")
      .chat.completions.create(BODY)
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(OpenAI.RateLimitError);
    expect(failure).toMatchObject({ status: 429, requestID: "req-9", error: error.error });
    expect((failure as InstanceType<typeof OpenAI.RateLimitError>).headers?.get("retry-after")).toBe("7");
    const [span] = await calls("limit");
    expect(span).toMatchObject({ status_code: "error", status_message: "The endpoint answered 429: Slow down." });
    expect(span?.attributes["error.type"]).toBe("429");
  });

  it("a call that the client tried again is one step", async () => {
    let attempts = 0;
    script = (_, response) => {
      if (++attempts === 1) sendJson(response, { error: { message: "down" } }, 500);
      else sendJson(response, completion({ content: "four" }));
    };
    await openai("retry", { maxRetries: 1 }).chat.completions.create(BODY);
    expect((await calls("retry")).map(({ attributes }) => attributes["culprit.retry"])).toEqual([undefined, 1]);
    expect((await bed.trace(traceIdOf("retry"))).steps.map(({ content }) => content)).toEqual(["four"]);
  });

  it("a caller that leaves ends the call upstream, and what came is kept", async () => {
    let left = false;
    script = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify(chunk({ content: "fo" }))}\n\n`);
      response.once("close", () => {
        left = true;
      });
    };
    const stream = await openai("left").chat.completions.create({ ...BODY, stream: true });
    for await (const _ of stream) break;
    await until(() => left);
    const [span] = await calls("left");
    expect(span?.status_code).toBe("error");
    expect(span?.attributes["error.type"]).toBe("client_left");
    expect(span?.reading.output[0]?.parts).toEqual([{ type: "text", content: "fo" }]);
  });

  it("a caller that leaves before the answer begins ends the call too", async () => {
    let left = false;
    script = (_, response) => {
      response.once("close", () => {
        left = true;
      });
    };
    const leave = new AbortController();
    const call = post("/runs/early/v1/chat/completions", BODY, { signal: leave.signal });
    await until(() => endpoint.requests.length === 1);
    leave.abort();
    await expect(call).rejects.toThrow();
    await until(() => left);
    expect((await calls("early"))[0]?.attributes["error.type"]).toBe("client_left");
  });

  it("a stream that breaks off breaks off for the caller, and what came is kept", async () => {
    script = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify(chunk({ content: "fo" }))}\n\n`);
      setTimeout(() => response.destroy(), 20);
    };
    const stream = await openai("cut").chat.completions.create({ ...BODY, stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow();
    const [span] = await calls("cut");
    expect(span?.attributes["error.type"]).toBe("upstream_closed");
    expect(span?.reading.output[0]?.parts).toEqual([{ type: "text", content: "fo" }]);
  });

  it("a stream that ends without its end is an error with what came", async () => {
    script = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`data: ${JSON.stringify(chunk({ content: "fo" }))}\n\n`);
    };
    await (await post("/runs/short/v1/chat/completions", { ...BODY, stream: true })).text();
    const [span] = await calls("short");
    expect(span?.attributes["error.type"]).toBe("stream_cut");
    expect(span?.reading.output).toHaveLength(1);
  });

  it("a kept connection that the endpoint closed meanwhile costs the caller nothing", async () => {
    const used = new WeakSet<object>();
    script = (_, response) => {
      const { socket } = response;
      if (socket === null || used.has(socket)) return void socket?.destroy();
      used.add(socket);
      return sendJson(response, completion({ content: "four" }));
    };
    const client = openai("stale");
    for (let call = 0; call < 3; call++) await client.chat.completions.create(BODY);
    expect((await calls("stale")).map(({ status_code }) => status_code)).toEqual(["unset", "unset", "unset"]);
  });

  it("an endpoint that is silent for too long is given up", async () => {
    script = () => undefined;
    const response = await post("/runs/silent/v1/chat/completions", BODY);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({
      error: { code: "upstream_timeout", message: expect.stringMatching(/gateway_timeout_seconds/) },
    });
    expect((await calls("silent"))[0]?.attributes["error.type"]).toBe("upstream_timeout");
  });

  it("an endpoint that is not there is named, with the mend, in the client's own shape", async () => {
    await endpoint.close();
    const failure = await openai("gone")
      .chat.completions.create(BODY)
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ status: 502, code: "upstream_unreachable" });
    expect((failure as Error).message).toMatch(/ECONNREFUSED.*--upstream/);
    expect((await calls("gone"))[0]?.attributes["error.type"]).toBe("upstream_unreachable");
  });

  it.each([
    ["no JSON", "{", {}],
    ["no object", "[1]", {}],
    [
      "hostile",
      '{"model":{"a":1},"messages":[null,{"role":1},{"content":[null]}],"__proto__":{"x":1},"stream":"yes"}',
      {},
    ],
    ["an unknown coding", "????", { "content-encoding": "zstd" }],
  ])("a body that is %s is the endpoint's to refuse", async (name, body, headers) => {
    const got: string[] = [];
    const raw = createServer((incoming, response) => {
      incoming.setEncoding("utf8").on("data", (text: string) => got.push(text));
      incoming.on("end", () => sendJson(response as ServerResponse, { error: { message: "no" } }, 400));
    });
    await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
    const { port } = raw.address() as { port: number };
    const other = await startGateway(`http://127.0.0.1:${port}/v1`, collector);
    try {
      const run = `bad ${name}`;
      const url = `${other.url}/runs/${encodeURIComponent(run)}/v1/chat/completions`;
      const response = await fetch(url, { method: "POST", body, headers });
      expect(response.status).toBe(400);
      expect(got.join("")).toBe(body);
      await other.finish();
      expect((await other.spans(traceIdOf(run))).map(({ status_code }) => status_code).sort()).toEqual([
        "error",
        "unset",
      ]);
    } finally {
      raw.closeAllConnections();
      raw.close();
      await other.close();
    }
  });
});

describe("what cannot be done with it", () => {
  it("send calls elsewhere than to the configured endpoint", async () => {
    let reached = 0;
    const inside = createServer((_, response) => {
      reached++;
      response.end("secret");
    });
    await new Promise<void>((resolve) => inside.listen(0, "127.0.0.1", resolve));
    const { port } = inside.address() as { port: number };
    const target = `127.0.0.1:${port}`;
    const { port: ours } = new URL(bed.url);
    const raw = (path: string, headers: Record<string, string>): Promise<number> =>
      new Promise((resolve, reject) => {
        const sent = httpRequest({ host: "127.0.0.1", port: ours, path, method: "GET", headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        sent.once("error", reject).end();
      });
    script = (_, response) => response.writeHead(302, { location: `http://${target}/` }).end();
    expect(await raw("/v1/models", {})).toBe(302);
    expect(await raw(`http://${target}/v1/models`, {})).toBeLessThan(500);
    expect(await raw("/v1/models", { host: target })).toBe(302);
    for (const path of [
      "/v1/@127.0.0.1",
      `//${target}/v1/models`,
      `/v1//${target}/`,
      "/v1/../../admin",
      "/v1/%2e%2e/admin",
    ]) {
      await raw(path, { "x-forwarded-host": target, "x-upstream": `http://${target}`, forwarded: `host=${target}` });
    }
    expect(reached).toBe(0);
    expect(endpoint.requests.every(({ path }) => path.startsWith("/v1/"))).toBe(true);
    inside.closeAllConnections();
    inside.close();
  });

  it("make it hold more than its limits", async () => {
    const large = await post("/runs/large/v1/chat/completions", { ...BODY, user: "u".repeat(200_000) });
    expect(large.status).toBe(413);
    expect(await large.json()).toMatchObject({ error: { code: "request_too_large" } });
    script = (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end("x".repeat(200_000));
    };
    const answer = await post("/runs/large/v1/chat/completions", BODY);
    await expect(answer.text()).rejects.toThrow();
    expect((await calls("large"))[0]?.attributes["error.type"]).toBe("response_too_large");
  });

  it("turn it in circles", async () => {
    const { createGatewayHost, serve } = await import("@culprit/collector");
    const { createGateway } = await import("@culprit/instrumentation/gateway");
    const { parseConfig } = await import("@culprit/schemas");
    const { InMemorySpanExporter } = await import("@opentelemetry/sdk-trace-base");
    const port = await freePort();
    const gateway = createGateway({
      upstream: `http://127.0.0.1:${port}/v1`,
      exporter: () => new InMemorySpanExporter(),
    });
    const host = createGatewayHost({ gateway: gateway.app, config: parseConfig(), health: () => ({}) });
    const server = await serve(host, { host: "127.0.0.1", port });
    try {
      const response = await fetch(`${server.url}/v1/models`);
      expect(response.status).toBe(508);
      expect(await response.json()).toMatchObject({ error: { code: "upstream_is_gateway" } });
    } finally {
      await server.close(100);
      await gateway.close();
    }
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

it("streams of the real client carry tools, whole", async () => {
  script = ({ body }, response) => {
    const messages = body["messages"] as { role: string; content: string }[];
    const last = messages.at(-1);
    if (last?.role === "tool")
      return sendEvents(response, [chunk({ role: "assistant", content: `It is ${last.content}.` }), chunk({}, "stop")]);
    const begun = { index: 0, id: "call_1", type: "function", function: { name: "add", arguments: '{"a":2,' } };
    sendEvents(response, [
      chunk({ role: "assistant", tool_calls: [begun] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '"b":2}' } }] }),
      chunk({}, "tool_calls"),
    ]);
  };
  const add = {
    name: "add",
    description: "adds",
    parameters: { type: "object", properties: {} },
    parse: JSON.parse,
    function: ({ a, b }: { a: number; b: number }) => String(a + b),
  };
  const runner = openai("tools").chat.completions.runTools({
    ...BODY,
    stream: true,
    tools: [{ type: "function", function: add }],
  } as never);
  expect(await runner.finalContent()).toBe("It is 4.");
  await bed.finish();
  const { steps } = await bed.trace(traceIdOf("tools"));
  expect(steps.map(({ role, content }) => `${role}: ${content}`)).toEqual([
    'agent: add({"a":2,"b":2})',
    "environment: 4",
    "agent: It is 4.",
  ]);
});
