import { GEN_AI } from "@culprit/schemas";
import { type Attributes, type Context, context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { jsonContent, maskedText, readable } from "../sdk/content.ts";
import { endStep, setContent, startStepSpan } from "../sdk/step-span.ts";
import { tellingOf } from "./attributes.ts";
import type { AgentsSpan, AgentsTrace, AgentsTracingProcessor, SpanData } from "./sdk-types.ts";

/** What is open of one trace of the agents SDK. */
interface OpenTrace {
  root: Span;
  base: Context;
  /** Contexts by the id of the SDK's span; those that are not told have the context around them. */
  contexts: Map<string, Context>;
}

/**
 * Sends what `@openai/agents` traces (which is not OpenTelemetry) on as OpenTelemetry spans: agents, model calls with
 * their messages, tools, handoffs and guardrails, by whichever tracing is started in this process. A trace of the SDK
 * is a root span of its own, or the child of the span it was started in.
 *
 * ```ts
 * setTraceProcessors([openaiAgentsProcessor()]);   // instead of OpenAI's exporter
 * addTraceProcessor(openaiAgentsProcessor());      // beside it
 * ```
 */
export function openaiAgentsProcessor(): AgentsTracingProcessor {
  const traces = new Map<string, OpenTrace>();
  const spans = new Map<string, Span>();
  return {
    async onTraceStart(started) {
      traces.set(started.traceId, openTrace(started));
    },
    async onTraceEnd({ traceId }) {
      const root = traces.get(traceId)?.root;
      if (root !== undefined) endStep(root);
      traces.delete(traceId);
    },
    async onSpanStart(given) {
      const started = given as AgentsSpan;
      const open = traces.get(started.traceId);
      if (open === undefined) return;
      const base = open.contexts.get(started.parentId ?? "") ?? open.base;
      const telling = tellingOf(started.spanData);
      if (telling === undefined) {
        open.contexts.set(started.spanId, base);
        return;
      }
      const { spanData } = started;
      const span = startStepSpan({
        name: telling.name(spanData),
        kind: telling.kind,
        attributes: telling.first(spanData),
        base,
      });
      spans.set(started.spanId, span);
      open.contexts.set(started.spanId, trace.setSpan(base, span));
    },
    async onSpanEnd(given) {
      const ended = given as AgentsSpan;
      const open = traces.get(ended.traceId);
      const span = spans.get(ended.spanId);
      open?.contexts.delete(ended.spanId);
      spans.delete(ended.spanId);
      // A run that failed says so on its task; the trace itself has no error.
      if (ended.spanData.type === "task" && open !== undefined) fail(open.root, ended);
      if (span === undefined) return;
      tell(span, ended.spanData);
      fail(span, ended);
      endStep(span);
    },
    async shutdown() {
      for (const span of spans.values()) endStep(span);
      for (const { root } of traces.values()) endStep(root);
      spans.clear();
      traces.clear();
    },
    async forceFlush() {
      // The tracing that was started flushes by itself.
    },
  };
}

function openTrace({ name, groupId, metadata }: AgentsTrace): OpenTrace {
  const base = context.active();
  const attributes: Attributes = { [GEN_AI.operationName]: "invoke_workflow", [GEN_AI.workflowName]: name };
  if (typeof groupId === "string") attributes[GEN_AI.conversationId] = groupId;
  const root = startStepSpan({ name: `invoke_workflow ${name}`, kind: SpanKind.INTERNAL, attributes, base });
  setContent(root, "openai_agents.metadata", metadata, jsonContent);
  return { root, base: trace.setSpan(base, root), contexts: new Map() };
}

function tell(span: Span, data: SpanData): void {
  const telling = tellingOf(data);
  if (telling === undefined || !span.isRecording()) return;
  // The model that answered and the agent that was chosen are known now.
  span.updateName(telling.name(data));
  span.setAttributes(telling.last(data));
  try {
    for (const [key, value] of Object.entries(telling.content(data))) {
      setContent(span, key, value, readable);
    }
  } catch {
    // A version of the SDK whose items look otherwise must not break the agents; the step stays, without its text.
    span.setAttribute("openai_agents.unread", data.type);
  }
}

function fail(span: Span, { error }: AgentsSpan): void {
  if (error === null || error === undefined) return;
  const detail = error.data?.["error"];
  const message = typeof detail === "string" && detail !== "" ? detail : error.message;
  span.setStatus({ code: SpanStatusCode.ERROR, message: maskedText("exception.message", message) });
}
