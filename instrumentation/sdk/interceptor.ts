import { AsyncLocalStorage } from "node:async_hooks";
import type { AttributeValue, Message, ToolCall } from "@culprit/schemas";

/** A model call about to be made. */
export interface ChatCall {
  kind: "chat";
  /** The innermost `agent()` it runs in; empty outside of one. */
  agent: string;
  model: string;
  messages: Message[];
  /** Tool definitions as sent. */
  tools: AttributeValue;
  responseFormat: AttributeValue;
  /** Which retry of the same call this is, as the client marks it; absent for the first attempt. */
  retry?: number;
}

/** A `tool()` about to run. */
export interface ToolExecution {
  kind: "tool";
  agent: string;
  name: string;
  arguments: AttributeValue;
}

export type StepCall = ChatCall | ToolExecution;

/** An answer served in place of the live one. */
export type ServedAnswer =
  | { kind: "chat"; source: "recorded" | "intervention"; content: string; tool_calls: ToolCall[] }
  | { kind: "tool"; source: "recorded" | "intervention"; result: AttributeValue };

/** What a call that went live answered. */
export interface ObservedAnswer {
  content?: string;
  tool_calls?: ToolCall[];
  result?: AttributeValue;
  /** Tokens as the endpoint counted them; absent where it did not. */
  usage?: { input_tokens: number; output_tokens: number };
}

/**
 * Sees every model call and tool execution of a run before it happens and may answer in its place; `undefined`
 * lets it go live. Throwing aborts the run (that is how a drifted replay stops).
 */
export interface Interceptor {
  intercept(call: StepCall): Promise<ServedAnswer | undefined>;
  /** Told what a call that went live answered, in order. */
  observed?(call: StepCall, answer: ObservedAnswer): void;
}

const current = new AsyncLocalStorage<Interceptor>();

/** Runs `fn` with every wrapped model call and tool inside it going through `interceptor` first. */
export function withInterceptor<Result>(interceptor: Interceptor, fn: () => Promise<Result>): Promise<Result> {
  return current.run(interceptor, fn);
}

/** The interceptor of the current async context. */
export function currentInterceptor(): Interceptor | undefined {
  return current.getStore();
}
