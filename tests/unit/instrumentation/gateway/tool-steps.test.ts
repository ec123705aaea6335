import type { Message, ToolCall } from "@culprit/schemas";
import { context, type SpanContext, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { beforeEach, describe, expect, it } from "vitest";
import type { StartSpan } from "../../../../instrumentation/gateway/recorder.ts";
import { ToolSteps } from "../../../../instrumentation/gateway/tool-steps.ts";
import { startStepSpan } from "../../../../instrumentation/sdk/step-span.ts";

const exporter = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer("test");
const start: StartSpan = (options) => startStepSpan({ ...options, base: context.active(), tracer });
const by: SpanContext = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 };

const call = (id: string, q: string, name = "search"): ToolCall => ({ id, name, arguments: { q } });
const made = (...calls: ToolCall[]): Message => ({
  role: "assistant",
  parts: calls.map((each) => ({ type: "tool_call", ...each })),
});
const result = (id: string, response: string): Message => ({
  role: "tool",
  parts: [{ type: "tool_call_response", id, response }],
});
const user: Message = { role: "user", parts: [{ type: "text", content: "go" }] };

const told = () =>
  exporter.getFinishedSpans().map(({ name, attributes, links }) => ({
    step: `${name} ${attributes["gen_ai.agent.name"] ?? "-"}: ${attributes["gen_ai.tool.call.arguments"]} -> ${attributes["gen_ai.tool.call.result"]}`,
    linked: links.length,
  }));

describe("tool executions, as conversations show them", () => {
  let steps: ToolSteps;
  beforeEach(() => {
    trace.disable();
    exporter.reset();
    steps = new ToolSteps();
  });

  it("are told when their result comes by, once, of the agent that asked", () => {
    steps.asked([call("c1", "a"), call("c2", "b")], "Scout", by);
    const conversation = [user, made(call("c1", "a"), call("c2", "b")), result("c1", "A"), result("c2", "B")];
    expect(steps.answered(conversation, "Other", start)).toHaveLength(2);
    expect(steps.answered([...conversation, made(call("c3", "c"))], "Scout", start)).toEqual([]);
    expect(told()).toEqual([
      { step: 'execute_tool search Scout: {"q":"a"} -> A', linked: 1 },
      { step: 'execute_tool search Scout: {"q":"b"} -> B', linked: 1 },
    ]);
  });

  it("are known by their place too, where the call was not seen (a gateway that was restarted)", () => {
    const old = [user, made(call("c1", "a")), result("c1", "A")];
    const conversation = [...old, made(call("c2", "b")), result("c2", "B")];
    steps.answered(conversation, "Scout", start);
    steps.answered(conversation, "Scout", start);
    expect(told()).toEqual([{ step: 'execute_tool search Scout: {"q":"b"} -> B', linked: 0 }]);
  });

  it("are told even when something was said after the result", () => {
    steps.asked([call("c1", "a")], "Scout", by);
    steps.answered([user, made(call("c1", "a")), result("c1", "A"), made(), user], "Scout", start);
    expect(told()).toHaveLength(1);
  });

  it("are each told where an endpoint gives every call the same id", () => {
    const conversation = [user];
    for (const [q, found] of [
      ["a", "A"],
      ["b", "B"],
      ["c", "C"],
    ] as const) {
      steps.asked([call("call_0", q)], "Scout", by);
      conversation.push(made(call("call_0", q)), result("call_0", found));
      steps.answered(conversation, "Scout", start);
    }
    expect(told().map(({ step }) => step)).toEqual([
      'execute_tool search Scout: {"q":"a"} -> A',
      'execute_tool search Scout: {"q":"b"} -> B',
      'execute_tool search Scout: {"q":"c"} -> C',
    ]);
  });
});
