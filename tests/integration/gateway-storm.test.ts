import { setTimeout as sleep } from "node:timers/promises";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  chunk,
  completion,
  type ScriptedEndpoint,
  scriptedEndpoint,
  sendEvents,
  sendJson,
} from "../unit/instrumentation/scripted-endpoint.ts";
import { type Running, startCollector } from "./collector-harness.ts";
import { startGateway } from "./gateway-harness.ts";

let collector: Running;
let endpoint: ScriptedEndpoint;

/** What the endpoint does with a call, by the call's own words. */
beforeAll(async () => {
  collector = await startCollector();
  endpoint = await scriptedEndpoint(({ body }, response) => {
    const kind = body["user"];
    if (kind === "refused") return sendJson(response, { error: { message: "no" } }, 500);
    if (kind === "hangs up") return void response.destroy();
    if (kind === "document") return sendJson(response, completion({ content: "four" }));
    const pieces = Array.from({ length: 20 }, () => chunk({ content: "four " }));
    if (kind === "stream") return sendEvents(response, [...pieces, chunk({}, "stop")]);
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of pieces) response.write(`data: ${JSON.stringify(piece)}\n\n`);
    if (kind === "cut") setTimeout(() => response.destroy(), 5);
    return undefined;
  });
});
afterAll(async () => {
  await endpoint.close();
  await collector.close();
});

const KINDS = ["document", "stream", "refused", "hangs up", "cut", "left"] as const;
const ERRORS: Record<(typeof KINDS)[number], string | undefined> = {
  document: undefined,
  stream: undefined,
  refused: "500",
  "hangs up": "upstream_closed",
  cut: "upstream_closed",
  left: "client_left",
};

it("every call of a storm is recorded once, as what became of it, and every run ends", async () => {
  const exporter = new InMemorySpanExporter();
  const bed = await startGateway(`${endpoint.url}/v1`, collector, { exporter: () => exporter, runIdleMs: 200 });
  const unhandled: unknown[] = [];
  const notice = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", notice);
  const calls = Array.from({ length: 360 }, (_, n) => ({ n, kind: KINDS[n % KINDS.length] ?? "document" }));
  const make = async ({ n, kind }: (typeof calls)[number]): Promise<void> => {
    const leave = new AbortController();
    const body = {
      model: "scripted-1",
      user: kind,
      stream: kind !== "document",
      messages: [{ role: "user", content: `${n}` }],
    };
    const url = `${bed.url}/runs/storm-${n % 7}/agents/${encodeURIComponent(kind)}/v1/chat/completions`;
    const init = { method: "POST", body: JSON.stringify(body), signal: leave.signal };
    const response = await fetch(url, init).catch(() => undefined);
    const reader = response?.body?.getReader();
    for (let read = 0; ; read++) {
      if (kind === "left" && read === 1) leave.abort();
      const piece = await reader?.read().catch(() => undefined);
      if (piece === undefined || piece.done) return;
    }
  };
  try {
    const waiting = [...calls];
    const caller = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await make(next);
    };
    await Promise.all(Array.from({ length: 24 }, caller));
    for (let tries = 0; tries < 200 && bed.counts().open_runs > 0; tries++) await sleep(20);
    expect(bed.counts().open_runs).toBe(0);
    await sleep(100);
    const spans = exporter.getFinishedSpans();
    const outcomes = spans
      .filter(({ name }) => name.startsWith("chat"))
      .map(({ attributes }) => `${attributes["gen_ai.agent.name"]}: ${attributes["error.type"]}`);
    expect(outcomes.sort()).toEqual(calls.map(({ kind }) => `${kind}: ${ERRORS[kind]}`).sort());
    expect(
      new Set(spans.filter(({ name }) => name === "invoke_workflow run").map((span) => span.spanContext().traceId))
        .size,
    ).toBe(7);
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", notice);
    await bed.close();
  }
});
