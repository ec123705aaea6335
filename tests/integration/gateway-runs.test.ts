import { setTimeout as sleep } from "node:timers/promises";
import {
  agent,
  configureContent,
  type Interceptor,
  run,
  startTracing,
  tool,
  wrapOpenAI,
} from "@culprit/instrumentation";
import { localExporter, traceIdOf } from "@culprit/instrumentation/gateway";
import { trace } from "@opentelemetry/api";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Replayer } from "../../analyzers/replay/replayer.ts";
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

let collector: Running;
let endpoint: ScriptedEndpoint;
const beds: GatewayBed[] = [];

beforeAll(async () => {
  collector = await startCollector();
});
afterAll(async () => await collector.close());

let answers = 0;
/** Each answer has its own id, as real endpoints' have, and repeats the last message. */
beforeEach(async () => {
  endpoint = await scriptedEndpoint(({ body }, response) => {
    const messages = body["messages"] as { role: string; content: string }[];
    const said = `re: ${messages.at(-1)?.content}`;
    const id = `chatcmpl-${++answers}`;
    const asksTool = body["tools"] !== undefined && messages.at(-1)?.role === "user";
    const call = { id: `call_${answers}`, type: "function", function: { name: "search", arguments: '{"q":1}' } };
    if (body["stream"] === true)
      sendEvents(response, [
        { ...chunk({ role: "assistant", content: said }), id },
        { ...chunk({}, "stop"), id },
      ]);
    else if (asksTool) sendJson(response, { ...completion({ content: null, tool_calls: [call] }, "tool_calls"), id });
    else sendJson(response, { ...completion({ content: said }), id });
  });
});
afterEach(async () => {
  for (const bed of beds.splice(0)) await bed.close();
  await endpoint.close();
});

async function gateway(options: Parameters<typeof startGateway>[2] = {}): Promise<GatewayBed> {
  const bed = await startGateway(`${endpoint.url}/v1`, collector, options);
  beds.push(bed);
  return bed;
}

function client(bed: GatewayBed, base: string, options: object = {}): OpenAI {
  return new OpenAI({ apiKey: "sk-upstream-key", baseURL: `${bed.url}${base}`, maxRetries: 0, ...options });
}

const ask = (content: string) => ({ model: "scripted-1", messages: [{ role: "user" as const, content }] });
const outline = (steps: readonly { role: string; agent: string; content: string }[]) =>
  steps.map(({ role, agent: who, content }) => `${role} ${who}: ${content}`);

describe("a system that traces itself as well", () => {
  it("shows each call once, when it names its trace as the run", async () => {
    const bed = await gateway();
    const tracing = startTracing({ url: collector.url, exitHooks: false });
    const search = tool("search", (q: number) => `found ${q}`);
    const { traceId } = await run("find it", async ({ traceId: id }) => {
      const openai = wrapOpenAI(client(bed, `/runs/${id}/v1`));
      await agent.scope("Scout", async () => {
        const asked = await openai.chat.completions.create({ ...ask("go"), tools: [functionTool("search")] });
        const call = asked.choices[0]?.message;
        const result = await search(1);
        const messages = [
          ...ask("go").messages,
          call,
          { role: "tool", tool_call_id: call?.tool_calls?.[0]?.id, content: result },
        ];
        await openai.chat.completions.create({ model: "scripted-1", messages: messages as never });
      });
    });
    await tracing.shutdown();
    await bed.finish();
    const stored = await bed.spans(traceId);
    expect(
      stored
        .filter(({ scope_name }) => scope_name === "@culprit/gateway")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["chat scripted-1", "chat scripted-1", "execute_tool search", "invoke_workflow run"]);
    const detail = await bed.trace(traceId);
    expect(detail.task).toBe("find it");
    expect(outline(detail.steps)).toEqual([
      'agent Scout: search({"q":1})',
      "environment search: found 1",
      "agent Scout: re: found 1",
    ]);
  });

  it("has the gateway's calls below its own spans, when it sends traceparent", async () => {
    const bed = await gateway();
    const tracing = startTracing({ url: collector.url, exitHooks: false });
    const { traceId } = await run("plain calls", async () => {
      await agent.scope("Coder", async () => {
        const span = trace.getActiveSpan()?.spanContext();
        const traceparent = `00-${span?.traceId}-${span?.spanId}-01`;
        await client(bed, "/v1", { defaultHeaders: { traceparent } }).chat.completions.create(ask("code"));
      });
    });
    await tracing.shutdown();
    await bed.finish();
    const detail = await bed.trace(traceId);
    expect(detail).toMatchObject({ task: "plain calls", complete: true });
    expect(outline(detail.steps)).toEqual(["agent Coder: re: code"]);
  });
});

it("a caller's span of another trace is linked", async () => {
  const bed = await gateway();
  const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
  const defaultHeaders = { traceparent: `00-${traceId}-${spanId}-01` };
  await client(bed, "/runs/linked/v1", { defaultHeaders }).chat.completions.create(ask("x"));
  await bed.finish();
  const call = (await bed.spans(traceIdOf("linked"))).find(({ name }) => name.startsWith("chat"));
  expect(call?.links).toMatchObject([{ trace_id: traceId, span_id: spanId }]);
  expect(call?.reading.conversation_id).toBe("linked");
});

describe("runs", () => {
  it("end when they are quiet, and open again with what was known of them", async () => {
    const bed = await gateway({ runIdleMs: 100 });
    const openai = client(bed, "/runs/quiet/v1");
    const ended = async (exported: number) => {
      for (let tries = 0; tries < 100 && bed.counts().exported < exported; tries++) await sleep(20);
      return await bed.trace(traceIdOf("quiet"));
    };
    await openai.chat.completions.create(ask("first"));
    expect(await ended(2)).toMatchObject({ task: "first", complete: true, steps: [{ content: "re: first" }] });
    expect(bed.counts().open_runs).toBe(0);
    await openai.chat.completions.create(ask("second"));
    expect(await ended(4)).toMatchObject({
      task: "first",
      steps: [{ content: "re: first" }, { content: "re: second" }],
    });
  });

  it("stay apart, and calls of one come together whatever their agents and order", async () => {
    const bed = await gateway();
    const calls = [1, 2, 3].flatMap((n) =>
      ["A", "B"].map((who) =>
        client(bed, `/runs/par-${n}/agents/${who}/v1`).chat.completions.create(ask(`${who}${n}`)),
      ),
    );
    await Promise.all(calls);
    await bed.finish();
    for (const n of [1, 2, 3]) {
      const { steps } = await bed.trace(traceIdOf(`par-${n}`));
      expect(outline(steps).sort()).toEqual([`agent A: re: A${n}`, `agent B: re: B${n}`]);
    }
  });

  it("without a name are told apart by their conversations", async () => {
    const bed = await gateway();
    const openai = client(bed, "/v1");
    const one = await openai.chat.completions.create(ask("one")).withResponse();
    const other = await openai.chat.completions.create(ask("other")).withResponse();
    const messages = [...ask("one").messages, one.data.choices[0]?.message, { role: "user", content: "more" }];
    const more = await openai.chat.completions
      .create({ model: "scripted-1", messages: messages as never })
      .withResponse();
    const traceOf = ({ response }: { response: Response }) => response.headers.get("x-culprit-trace");
    expect(traceOf(more)).toBe(traceOf(one));
    expect(traceOf(other)).not.toBe(traceOf(one));
  });

  it("take their outcome from another process too, and after they ended", async () => {
    const [bed, elsewhere] = [await gateway(), await gateway()];
    await client(bed, "/runs/late/v1").chat.completions.create(ask("x"));
    await bed.finish();
    const body = JSON.stringify({ success: true, score: 1 });
    expect((await fetch(`${elsewhere.url}/runs/late/outcome`, { method: "POST", body })).status).toBe(200);
    await elsewhere.finish();
    expect(await bed.trace(traceIdOf("late"))).toMatchObject({ task: "x", outcome: "success", complete: true });
    const wrong = await fetch(`${elsewhere.url}/runs/late/outcome`, { method: "POST", body: '{"success":"yes"}' });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      error: { code: "invalid_outcome", message: expect.stringMatching(/success/) },
    });
  });
});

describe("a collector that is down", () => {
  it("costs no call; what fits is kept and sent later, what does not is counted", async () => {
    let down = true;
    const exporter = localExporter(async (request) => {
      if (down) throw new Error("connect ECONNREFUSED");
      return await collector.collector.app.fetch(request);
    });
    const bed = await gateway({ exporter: () => exporter, queue: { maxSpans: 2, delayMs: 20, warn: () => undefined } });
    const openai = client(bed, "/runs/down/v1");
    for (const text of ["one", "two", "three"]) await openai.chat.completions.create(ask(text));
    expect(bed.counts()).toMatchObject({ exported: 0, dropped: 1, waiting: 2 });
    down = false;
    for (let tries = 0; tries < 200 && bed.counts().exported < 2; tries++) await sleep(20);
    expect((await bed.trace(traceIdOf("down"))).steps.map(({ content }) => content)).toEqual(["re: one", "re: two"]);
  });
});

describe("content that may not be kept", () => {
  afterEach(() => configureContent({}));

  it("is not: the run keeps its shape", async () => {
    configureContent({ capture: false });
    const exporter = new InMemorySpanExporter();
    const bed = await gateway({ exporter: () => exporter });
    const openai = client(bed, "/runs/shape/agents/A/v1");
    const asked = await openai.chat.completions.create({ ...ask("a secret"), tools: [functionTool("search")] });
    const call = asked.choices[0]?.message;
    const messages = [
      ...ask("a secret").messages,
      call,
      { role: "tool", tool_call_id: call?.tool_calls?.[0]?.id, content: "another secret" },
    ];
    await openai.chat.completions.create({ model: "scripted-1", messages: messages as never });
    await fetch(`${bed.url}/runs/shape/outcome`, { method: "POST", body: '{"success":false,"feedback":"a secret"}' });
    await sleep(100);
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual([
      "chat scripted-1",
      "execute_tool search",
      "chat scripted-1",
      "invoke_workflow run",
    ]);
    expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toContain("secret");
  });
});

describe("a run that is replayed", () => {
  it("answers from its record before a step, with the intervention at it, and goes live after it", async () => {
    const recording = await gateway();
    const play = async (bed: GatewayBed, name: string): Promise<string[]> => {
      const said: string[] = [];
      let last = "start";
      for (const who of ["Planner", "Coder", "Tester"]) {
        const stream = client(bed, `/runs/${name}/agents/${who}/v1`).chat.completions.stream(ask(last));
        last = (await stream.finalMessage()).content ?? "";
        said.push(last);
      }
      return said;
    };
    expect(await play(recording, "original")).toEqual(["re: start", "re: re: start", "re: re: re: start"]);
    await recording.finish();
    const detail = await recording.trace(traceIdOf("original"));
    const live = endpoint.requests.length;

    const { buildTrajectory } = await import("@culprit/analyzers");
    const trajectory = buildTrajectory(await recording.spans(traceIdOf("original")));
    expect(trajectory.steps).toEqual(detail.steps);
    const replayer = new Replayer({
      trajectory,
      target: 1,
      intervention: { content: "corrected", tool_calls: [] },
    });
    const replaying = await gateway({ interceptor: (name) => (name === "replay" ? replayer : undefined) });
    expect(await play(replaying, "replay")).toEqual(["re: start", "corrected", "re: corrected"]);
    expect(endpoint.requests.length).toBe(live + 1);
    expect(replayer.invalid()).toBeNull();
    await replaying.finish();
    const sources = (await replaying.spans(traceIdOf("replay"))).map(
      ({ attributes }) => attributes["culprit.replay.source"],
    );
    expect(sources.filter((source) => source !== undefined)).toEqual(["recorded", "intervention", "live"]);
    expect((await replaying.trace(traceIdOf("replay"))).steps.map(({ content }) => content)).toEqual([
      "re: start",
      "corrected",
      "re: corrected",
    ]);
  });

  it("is stopped where the interceptor says so, and is not tried again", async () => {
    const interceptor: Interceptor = {
      intercept: async () => {
        throw new Error("The system no longer does what the recorded run did.");
      },
    };
    const bed = await gateway({ interceptor: () => interceptor });
    const failure = await client(bed, "/runs/drift/v1", { maxRetries: 2 })
      .chat.completions.create(ask("x"))
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      status: 400,
      code: "replay_refused",
      message: expect.stringMatching(/no longer does/),
    });
    expect(endpoint.requests).toEqual([]);
    await bed.finish();
    expect((await bed.spans(traceIdOf("drift"))).filter(({ status_code }) => status_code === "error")).toHaveLength(1);
  });
});
