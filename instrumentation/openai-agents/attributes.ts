import { CULPRIT, GEN_AI } from "@culprit/schemas";
import { type Attributes, SpanKind } from "@opentelemetry/api";
import { toMessages as chatMessages, toOutputMessage as chatOutput } from "../sdk/openai/chat-messages.ts";
import { answeredMessages, givenMessages } from "./messages.ts";
import type { SpanData } from "./sdk-types.ts";

/** How one kind of span of the agents SDK is told in the GenAI conventions. */
interface Telling<Data extends SpanData> {
  kind: SpanKind;
  name(data: Data): string;
  /** Known when the span starts. */
  first(data: Data): Attributes;
  /** Known when it ends: names, models and tokens. */
  last(data: Data): Attributes;
  /** Known when it ends: what was said, each value one JSON document. */
  content(data: Data): Readonly<Record<string, unknown>>;
}

type Of<Type extends SpanData["type"]> = Extract<SpanData, { type: Type }>;

/** Spans that are told; what others hold (`task`, `turn`) happens around them. */
const TELLINGS: { [Type in SpanData["type"]]?: Telling<Of<Type>> } = {
  agent: {
    kind: SpanKind.INTERNAL,
    name: ({ name }) => `invoke_agent ${name}`,
    first: ({ name }) => ({ [GEN_AI.operationName]: "invoke_agent", [GEN_AI.agentName]: name }),
    last: () => ({}),
    content: () => ({}),
  },
  function: {
    kind: SpanKind.INTERNAL,
    name: ({ name }) => `execute_tool ${name}`,
    first: ({ name }) => ({ [GEN_AI.operationName]: "execute_tool", [GEN_AI.toolName]: name }),
    last: () => ({}),
    content: ({ input, output }) => ({ [GEN_AI.toolCallArguments]: input, [GEN_AI.toolCallResult]: output }),
  },
  response: {
    kind: SpanKind.CLIENT,
    name: ({ _response: response }) => `chat ${response?.model ?? ""}`.trim(),
    first: () => ({ [GEN_AI.operationName]: "chat", [GEN_AI.providerName]: "openai" }),
    last: ({ _response: response }) => modelAttributes(response?.id, response?.model, response?.usage),
    content: ({ _input: input, _response: response }) => ({
      [GEN_AI.inputMessages]: givenMessages(input, response ?? {}),
      [GEN_AI.outputMessages]: response && answeredMessages(response),
    }),
  },
  generation: {
    kind: SpanKind.CLIENT,
    name: ({ model }) => `chat ${model ?? ""}`.trim(),
    first: () => ({ [GEN_AI.operationName]: "chat", [GEN_AI.providerName]: "openai" }),
    last: ({ model, usage, output }) => modelAttributes(output?.[0]?.id, model, usage),
    content: ({ input, output }) => ({
      [GEN_AI.inputMessages]: input && chatMessages(input),
      [GEN_AI.outputMessages]: output?.flatMap(({ choices }) =>
        (choices ?? []).map(({ message, finish_reason: reason }) => chatOutput(message, reason)),
      ),
    }),
  },
  handoff: {
    kind: SpanKind.INTERNAL,
    name: ({ from_agent: from = "", to_agent: to = "" }) => `handoff ${from} ${to}`.trim(),
    first: ({ from_agent: from }) => (from === undefined ? {} : { [CULPRIT.handoffFrom]: from }),
    // Whom the model chose is known at the end.
    last: ({ to_agent: to }) => (to === undefined ? {} : { [CULPRIT.handoffTo]: to }),
    content: () => ({}),
  },
  guardrail: {
    kind: SpanKind.INTERNAL,
    name: ({ name }) => `guardrail ${name}`,
    first: ({ name }) => ({ "openai_agents.guardrail.name": name }),
    last: ({ triggered }) => ({ "openai_agents.guardrail.triggered": triggered }),
    content: () => ({}),
  },
};

/** How a span is told; undefined for those that are not. */
export function tellingOf(data: SpanData): Telling<SpanData> | undefined {
  return TELLINGS[data.type] as Telling<SpanData> | undefined;
}

function modelAttributes(
  id: string | undefined,
  model: string | undefined,
  usage: { input_tokens?: number; output_tokens?: number } | undefined,
): Attributes {
  return {
    ...(id === undefined ? {} : { [GEN_AI.responseId]: id }),
    ...(model === undefined ? {} : { [GEN_AI.requestModel]: model, [GEN_AI.responseModel]: model }),
    ...(usage?.input_tokens === undefined ? {} : { [GEN_AI.usageInputTokens]: usage.input_tokens }),
    ...(usage?.output_tokens === undefined ? {} : { [GEN_AI.usageOutputTokens]: usage.output_tokens }),
  };
}
