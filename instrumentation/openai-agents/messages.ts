import type { Message } from "@culprit/schemas";
import type { ResponseInputItem } from "openai/resources/responses/responses";
import { toMessages, toOutputMessage } from "../sdk/openai/responses-messages.ts";
import type { AgentsResponse, ProtocolItem } from "./sdk-types.ts";

/** What a response was asked with: its instructions, then the items. */
export function givenMessages(
  input: string | readonly ProtocolItem[] | undefined,
  response: AgentsResponse,
): Message[] {
  const items = typeof input === "string" ? input : (input ?? []).map(toApiItem);
  const instructions = typeof response.instructions === "string" ? response.instructions : null;
  return toMessages({ input: items, instructions });
}

/** What it answered. */
export function answeredMessages({ output }: AgentsResponse): Message[] {
  return output === undefined || output.length === 0 ? [] : [toOutputMessage(output, undefined)];
}

/** The agents' protocol spells call ids and results its own way. */
function toApiItem(item: ProtocolItem): ResponseInputItem {
  const { callId, ...rest } = item as ProtocolItem & Record<string, unknown>;
  if (callId === undefined) return item;
  const named = { ...rest, call_id: callId };
  if ((item.type as string) !== "function_call_result") return named as ResponseInputItem;
  return { ...named, type: "function_call_output", output: textOf(rest["output"]) } as ResponseInputItem;
}

function textOf(output: unknown): unknown {
  if (typeof output !== "object" || output === null) return output;
  return "text" in output && "type" in output && output.type === "text" ? output.text : output;
}
