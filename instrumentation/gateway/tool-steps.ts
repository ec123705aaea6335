import { type AttributeValue, CULPRIT, GEN_AI, type Message, type ToolCall } from "@culprit/schemas";
import { type SpanContext, SpanKind } from "@opentelemetry/api";
import { jsonContent, readable } from "../sdk/content.ts";
import { endStep, setContent } from "../sdk/step-span.ts";
import type { StartSpan } from "./recorder.ts";

/** A tool call that a model was seen to make and that nobody has answered yet. */
interface Pending {
  call: ToolCall;
  agent: string;
  /** The model call that made it. */
  by: SpanContext;
}

/** An answer to a tool call, found among the messages of a request. */
interface Answered {
  id: string;
  name: string;
  arguments: AttributeValue;
  result: AttributeValue;
  /** It stands at the end of the conversation: it was not there before this request. */
  isNew: boolean;
}

const MOST_REMEMBERED = 10_000;

/**
 * The tool executions of one run, which the gateway does not see: the model's answer asks for one, and the agent's next
 * request holds its result. Each becomes one `execute_tool NAME` span, when its result comes by.
 */
export class ToolSteps {
  readonly #pending = new Map<string, Pending[]>();
  /** Ids of calls that were told of, so that a conversation that is sent again tells nothing twice. */
  readonly #told = new Set<string>();
  #waiting = 0;

  /** Notes what a model asked for. */
  asked(calls: readonly ToolCall[], agent: string, by: SpanContext): void {
    for (const call of calls) {
      if (call.id === "" || this.#waiting >= MOST_REMEMBERED) continue;
      this.#pending.set(call.id, [...(this.#pending.get(call.id) ?? []), { call, agent, by }]);
      this.#waiting++;
    }
  }

  /**
   * Makes a span of each tool result in a request that was not there before.
   *
   * @param agent whose request it is
   * @returns the spans, which the request came from
   */
  answered(messages: readonly Message[], agent: string, start: StartSpan): SpanContext[] {
    const fresh: { answer: Answered; pending: Pending | undefined }[] = [];
    // Backwards: where an endpoint gives the same id again and again, the last result is the new one.
    for (const answer of answersIn(messages).reverse()) {
      const pending = this.#take(answer.id);
      const known = this.#told.has(answer.id);
      if (pending === undefined && (known || !answer.isNew)) continue;
      if (this.#told.size < MOST_REMEMBERED) this.#told.add(answer.id);
      fresh.unshift({ answer, pending });
    }
    return fresh.map(({ answer, pending }) => tell(answer, pending, agent, start));
  }

  #take(id: string): Pending | undefined {
    const waiting = this.#pending.get(id);
    const first = waiting?.shift();
    if (waiting?.length === 0) this.#pending.delete(id);
    if (first !== undefined) this.#waiting--;
    return first;
  }
}

function tell(answer: Answered, pending: Pending | undefined, agent: string, start: StartSpan): SpanContext {
  const name = (pending?.call.name || answer.name || "tool").slice(0, 200);
  const by = pending?.agent || agent;
  const span = start({
    name: `execute_tool ${name}`,
    kind: SpanKind.INTERNAL,
    attributes: {
      [GEN_AI.operationName]: "execute_tool",
      [GEN_AI.toolName]: name,
      [GEN_AI.toolType]: "function",
      [GEN_AI.toolCallId]: answer.id,
      ...(by === "" ? {} : { [GEN_AI.agentName]: by }),
      [CULPRIT.seenFrom]: "conversation",
    },
  });
  if (pending !== undefined) span.addLink({ context: pending.by });
  setContent(span, GEN_AI.toolCallArguments, pending?.call.arguments ?? answer.arguments, jsonContent);
  setContent(span, GEN_AI.toolCallResult, answer.result, readable);
  endStep(span);
  return span.spanContext();
}

function answersIn(messages: readonly Message[]): Answered[] {
  const asked = new Map<string, { name: string; arguments: AttributeValue }>();
  const lastOfModel = messages.findLastIndex(({ role }) => role === "assistant");
  const answers: Answered[] = [];
  for (const [at, message] of messages.entries()) {
    for (const part of message.parts) {
      const { type, id } = part;
      if (typeof id !== "string" || id === "") continue;
      if (type === "tool_call") asked.set(id, { name: part.name ?? "", arguments: part.arguments ?? null });
      else if (type === "tool_call_response") {
        const { name = "", arguments: given = null } = asked.get(id) ?? {};
        answers.push({ id, name, arguments: given, result: part.response ?? null, isNew: at > lastOfModel });
      }
    }
  }
  return answers;
}
