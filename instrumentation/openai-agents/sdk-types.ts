import type { ChatCompletion, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import type { ResponseInputItem, ResponseOutputItem } from "openai/resources/responses/responses";

/**
 * What this bridge reads of the tracing of `@openai/agents` (`agents-core/tracing`). The shapes are written down here so
 * that the bridge needs no version of that package; whatever else its spans carry is passed on as it is.
 */
export interface AgentsTrace {
  traceId: string;
  name: string;
  groupId?: string | null;
  metadata?: Record<string, unknown>;
}

export interface AgentsSpan {
  traceId: string;
  spanId: string;
  parentId: string | null;
  spanData: SpanData;
  error: { message: string; data?: Record<string, unknown> } | null;
}

export type SpanData =
  | { type: "task"; name: string }
  | { type: "turn"; turn: number; agent_name: string }
  | { type: "agent"; name: string; handoffs?: string[]; tools?: string[] }
  | { type: "function"; name: string; input?: string; output?: string }
  | { type: "handoff"; from_agent?: string; to_agent?: string }
  | {
      type: "generation";
      model?: string;
      input?: ChatCompletionMessageParam[];
      output?: ChatCompletion[];
      usage?: { input_tokens?: number; output_tokens?: number };
    }
  | { type: "response"; _input?: string | ProtocolItem[]; _response?: AgentsResponse }
  | { type: "guardrail"; name: string; triggered: boolean };

/** The response of the Responses API, as the span carries it. */
export interface AgentsResponse {
  id?: string;
  model?: string;
  instructions?: string | null;
  output?: ResponseOutputItem[];
  usage?: { input_tokens?: number; output_tokens?: number };
}

/** An item of the agents' own protocol: the Responses API's with other spellings. */
export type ProtocolItem = ResponseInputItem & { callId?: string };

/** `TracingProcessor` of `@openai/agents`. */
export interface AgentsTracingProcessor {
  onTraceStart(trace: AgentsTrace): Promise<void>;
  onTraceEnd(trace: AgentsTrace): Promise<void>;
  onSpanStart(span: { spanId: string }): Promise<void>;
  onSpanEnd(span: { spanId: string }): Promise<void>;
  shutdown(timeout?: number): Promise<void>;
  forceFlush(): Promise<void>;
}
