import { createHash } from "node:crypto";
import { type Attributes, CULPRIT, GEN_AI, type Message, type RawSpan, textMessage } from "@culprit/schemas";
import type { ParsedRun, ParsedStep } from "./format.ts";
import { timesOf } from "./run-times.ts";

/** What makes the spans of an imported run the same every time. */
export interface RunIdentity {
  /** 32 hex digits. */
  trace_id: string;
  /** Milliseconds since 1970 of the root's start. */
  startMs: number;
  source: string;
}

/**
 * Spans of a foreign run: one `invoke_workflow` root and one child an entry, in order: at the source's times where it
 * has them, else a synthetic millisecond apart. The label never appears in them.
 */
export function spansOf(run: ParsedRun, identity: RunIdentity): RawSpan[] {
  const { start, end, steps: times } = timesOf(run, identity.startMs);
  const rootId = spanId(identity.trace_id, "root");
  const root = baseSpan(identity, rootId, "", "invoke_workflow", start, end);
  root.attributes = { [GEN_AI.operationName]: "invoke_workflow", ...rootAttributes(run, identity) };
  const introduced = new Set<string>();
  const children = run.steps.map((step, index) => {
    const [from, until] = times[index] ?? [start, end];
    const name = step.role === "environment" ? `execute_tool ${step.agent}` : `invoke_agent ${step.agent}`;
    const span = baseSpan(identity, spanId(identity.trace_id, String(index)), rootId, name, from, until);
    span.attributes = stepAttributes(step, index);
    if (step.error !== undefined && step.error !== "") {
      span.status_code = "error";
      span.status_message = step.error;
    }
    const prompt = run.system_prompts.get(step.agent);
    if (step.role === "agent" && prompt && !introduced.has(step.agent)) {
      span.attributes[GEN_AI.systemInstructions] = JSON.stringify([{ type: "text", content: prompt }]);
    }
    introduced.add(step.agent);
    return span;
  });
  return [root, ...children];
}

/**
 * Spans of the source's own as spans of this run: under its trace id, beginning at its start, what is known of the
 * whole run on the root. Parents stay before children in `spans`.
 */
export function ownSpans(run: ParsedRun, spans: readonly RawSpan[], identity: RunIdentity): RawSpan[] {
  const first = spans.reduce<bigint | undefined>((least, { start_time_unix_nano }) => {
    const start = BigInt(start_time_unix_nano);
    return least === undefined || start < least ? start : least;
  }, undefined);
  const shift = BigInt(Math.max(0, Math.floor(identity.startMs))) * 1_000_000n - (first ?? 0n);
  const rootAt = spans.findIndex((span) => span.parent_span_id === "");
  return spans.map((span, at) => ({
    ...span,
    trace_id: identity.trace_id,
    start_time_unix_nano: (BigInt(span.start_time_unix_nano) + shift).toString(),
    end_time_unix_nano: (BigInt(span.end_time_unix_nano) + shift).toString(),
    attributes: at === rootAt ? { ...span.attributes, ...rootAttributes(run, identity) } : span.attributes,
  }));
}

function rootAttributes(run: ParsedRun, identity: RunIdentity): Attributes {
  return {
    [CULPRIT.task]: run.task,
    [CULPRIT.taskId]: run.task_id,
    [CULPRIT.source]: identity.source,
    ...(run.ground_truth === "" ? {} : { [CULPRIT.taskGroundTruth]: run.ground_truth }),
    ...(run.outcome === "unknown" ? {} : { [CULPRIT.outcome]: run.outcome, [CULPRIT.outcomeBy]: "reported" }),
    ...(run.score === undefined ? {} : { [CULPRIT.outcomeScore]: run.score }),
    ...(run.feedback ? { [CULPRIT.outcomeFeedback]: run.feedback } : {}),
    ...(run.exit_status ? { [CULPRIT.exitStatus]: run.exit_status } : {}),
    ...(run.cost_usd === undefined ? {} : { [CULPRIT.costUsd]: run.cost_usd }),
  };
}

function stepAttributes(step: ParsedStep, index: number): Attributes {
  const place: Attributes = {
    ...(step.input ? { [GEN_AI.inputMessages]: JSON.stringify([textMessage("user", step.input)]) } : {}),
    [CULPRIT.stepRole]: step.role,
    [CULPRIT.stepIndex]: index,
  };
  if (step.role === "environment") {
    return {
      [GEN_AI.operationName]: "execute_tool",
      [GEN_AI.toolName]: step.agent,
      [GEN_AI.outputMessages]: JSON.stringify([textMessage("tool", step.content)]),
      ...(step.call_id ? { [GEN_AI.toolCallId]: step.call_id } : {}),
      ...(step.exit_code === undefined ? {} : { [CULPRIT.exitCode]: step.exit_code }),
      ...place,
    };
  }
  return {
    [GEN_AI.operationName]: "invoke_agent",
    [GEN_AI.agentName]: step.agent,
    [GEN_AI.outputMessages]: JSON.stringify([outputMessage(step)]),
    ...(step.model ? { [GEN_AI.responseModel]: step.model } : {}),
    ...(step.input_tokens === undefined ? {} : { [GEN_AI.usageInputTokens]: step.input_tokens }),
    ...(step.output_tokens === undefined ? {} : { [GEN_AI.usageOutputTokens]: step.output_tokens }),
    ...place,
  };
}

function outputMessage(step: ParsedStep): Message {
  const message = textMessage(step.role === "user" ? "user" : "assistant", step.content);
  const calls = (step.tool_calls ?? []).map((call) => ({ type: "tool_call", ...call }));
  const thoughts = step.reasoning ? [{ type: "reasoning", content: step.reasoning }] : [];
  if (calls.length === 0) return { ...message, parts: [...thoughts, ...message.parts] };
  return { ...message, parts: [...thoughts, ...(step.content === "" ? [] : message.parts), ...calls] };
}

/** A span of an imported run without attributes. */
export function baseSpan(
  identity: Pick<RunIdentity, "trace_id" | "source">,
  id: string,
  parent: string,
  name: string,
  start: bigint,
  end: bigint,
): RawSpan {
  return {
    trace_id: identity.trace_id,
    span_id: id,
    parent_span_id: parent,
    name,
    kind: "internal",
    start_time_unix_nano: start.toString(),
    end_time_unix_nano: end.toString(),
    status_code: "unset",
    status_message: "",
    trace_state: "",
    scope_name: "culprit.import",
    scope_version: "1",
    resource_attributes: { "service.name": `import:${identity.source}` },
    attributes: {},
    events: [],
    links: [],
    dropped_attributes_count: 0,
    dropped_events_count: 0,
    dropped_links_count: 0,
  };
}

/** Trace id of a file's content read as a format: equal content, equal run. */
export function contentTraceId(text: string, format: string): string {
  return createHash("sha256").update(`culprit-import\n${format}\n`).update(text).digest("hex").slice(0, 32);
}

function spanId(traceId: string, place: string): string {
  return createHash("sha256").update(`${traceId}\n${place}`).digest("hex").slice(0, 16);
}
