import { createHash } from "node:crypto";

/** A failed run of two agents as OTLP/JSON, its ids made from `name`; returns the body and the trace id. */
export function failedRun(name: string, now = Date.now()): { body: string; traceId: string; spanIds: string[] } {
  const traceId = createHash("sha256").update(name).digest("hex").slice(0, 32);
  const spanId = (index: number): string => createHash("sha256").update(`${name} ${index}`).digest("hex").slice(0, 16);
  const nano = (offset: number): string => `${BigInt(now - 10_000 + offset) * 1_000_000n}`;
  const text = (value: string) => ({ stringValue: value });
  const message = (content: string) =>
    text(JSON.stringify([{ role: "assistant", parts: [{ type: "text", content }] }]));
  const said = (index: number, agent: string, content: string) => ({
    traceId,
    spanId: spanId(index),
    parentSpanId: spanId(0),
    name: `invoke_agent ${agent}`,
    kind: 1,
    startTimeUnixNano: nano(index * 1000),
    endTimeUnixNano: nano(index * 1000 + 500),
    attributes: [
      { key: "gen_ai.operation.name", value: text("invoke_agent") },
      { key: "gen_ai.agent.name", value: text(agent) },
      { key: "gen_ai.output.messages", value: message(content) },
    ],
  });
  const root = {
    traceId,
    spanId: spanId(0),
    name: "invoke_workflow adders",
    kind: 1,
    startTimeUnixNano: nano(0),
    endTimeUnixNano: nano(5000),
    attributes: [
      { key: "gen_ai.operation.name", value: text("invoke_workflow") },
      { key: "culprit.task", value: text(`Add 2 and 2 (${name})`) },
      { key: "culprit.outcome", value: text("failure") },
    ],
  };
  const spans = [
    root,
    said(1, "Planner", "Add the numbers."),
    said(2, "Adder", "2 + 2 = 5."),
    said(3, "Planner", "The answer is 5."),
  ];
  return {
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ scope: { name: "test" }, spans }] }] }),
    traceId,
    spanIds: spans.map((span) => span.spanId),
  };
}

/** Exports a body as a client would. */
export async function exportSpans(url: string, body: string): Promise<Response> {
  return await fetch(new URL("/v1/traces", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
}
