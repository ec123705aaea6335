import type { ServerResponse } from "node:http";
import type { Said } from "./scripted-model.ts";

type Answer = Exclude<Said, { refuse: string }>;

const USAGE = { input: 11, output: 7 };
let served = 0;

/** One answer, as a document and as the events that stream it. */
export interface WireAnswer {
  document: unknown;
  events: readonly { event?: string; data: unknown }[];
}

/** A chat completion and its chunks. */
export function chatAnswer(body: Record<string, unknown>, said: Answer): WireAnswer {
  const number = ++served;
  const base = { id: `chatcmpl-scripted-${number}`, created: 1, model: String(body["model"] ?? "scripted") };
  const calls = callsOf(said).map((call, index) => ({
    index,
    id: `call_${number}_${index}`,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  const finish_reason = calls.length > 0 ? "tool_calls" : "stop";
  const usage = {
    prompt_tokens: USAGE.input,
    completion_tokens: USAGE.output,
    total_tokens: USAGE.input + USAGE.output,
  };
  const content = "text" in said ? said.text : null;
  const message = { role: "assistant", content, refusal: null, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
  const choices = [{ index: 0, message, logprobs: null, finish_reason }];
  const chunk = (delta: unknown, reason: string | null = null) => ({
    ...base,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  const delta = { role: "assistant", content, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
  const last = { ...base, object: "chat.completion.chunk", choices: [], usage };
  const chunks = [chunk(delta), chunk({}, finish_reason), last];
  return {
    document: { ...base, object: "chat.completion", choices, usage },
    events: [...chunks.map((data) => ({ data })), { data: "[DONE]" }],
  };
}

/** A response of the Responses API and its events. */
export function responsesAnswer(body: Record<string, unknown>, said: Answer): WireAnswer {
  const number = ++served;
  const calls = callsOf(said).map((call, index) => ({
    type: "function_call",
    id: `fc_${number}_${index}`,
    call_id: `call_${number}_${index}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
    status: "completed",
  }));
  const message = {
    type: "message",
    id: `msg_${number}`,
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: "text" in said ? said.text : "", annotations: [], logprobs: [] }],
  };
  const output = calls.length > 0 ? calls : [message];
  const whole = {
    id: `resp_scripted_${number}`,
    object: "response",
    created_at: 1,
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: body["instructions"] ?? null,
    model: body["model"] ?? "scripted",
    output,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: body["tools"] ?? [],
    usage: {
      input_tokens: USAGE.input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: USAGE.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: USAGE.input + USAGE.output,
    },
  };
  const steps = output.flatMap((item, output_index) => [
    { type: "response.output_item.added", output_index, item: { ...item, status: "in_progress" } },
    ...deltasOf(item, output_index),
    { type: "response.output_item.done", output_index, item },
  ]);
  const all = [
    { type: "response.created", response: { ...whole, status: "in_progress", output: [], usage: null } },
    ...steps,
    { type: "response.completed", response: whole },
  ];
  return {
    document: whole,
    events: all.map((data, sequence_number) => ({ event: data.type, data: { ...data, sequence_number } })),
  };
}

function deltasOf(
  item: { type: string; id: string; arguments?: string; content?: { text: string }[] },
  output_index: number,
) {
  const at = { item_id: item.id, output_index };
  if (item.arguments !== undefined) {
    return [{ type: "response.function_call_arguments.delta", ...at, delta: item.arguments }];
  }
  const text = item.content?.[0]?.text ?? "";
  return [{ type: "response.output_text.delta", ...at, content_index: 0, delta: text, logprobs: [] }];
}

function callsOf(said: Answer): readonly { name: string; arguments: Record<string, unknown> }[] {
  return "calls" in said ? said.calls : [];
}

/** Sends an answer the way the request asked for it. */
export function sendAnswer(response: ServerResponse, streamed: boolean, { document, events }: WireAnswer): void {
  const type = streamed ? "text/event-stream" : "application/json";
  response.writeHead(200, { "content-type": type, "x-request-id": "req_scripted" });
  if (!streamed) {
    response.end(JSON.stringify(document));
    return;
  }
  for (const { event, data } of events) {
    const name = event === undefined ? "" : `event: ${event}\n`;
    response.write(`${name}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
  }
  response.end();
}
