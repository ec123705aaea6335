import type { Said } from "./scripted-model.ts";
import type { WireAnswer } from "./scripted-wire.ts";

type Block = { type: string; text?: string; content?: unknown };

/** A request of Anthropic's Messages API as the chat completion it amounts to. */
export function fromAnthropic(given: Record<string, unknown>): Record<string, unknown> {
  const messages = (given["messages"] as { role: string; content: string | Block[] }[]).flatMap(({ role, content }) => {
    const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
    return blocks.map((block) =>
      block.type === "tool_result"
        ? { role: "tool", content: plain(block.content) }
        : { role, content: block.type === "text" ? block.text : "" },
    );
  });
  return { messages: [{ role: "system", content: plain(given["system"]) }, ...messages], tools: given["tools"] };
}

let served = 0;

/** A message of the Messages API. */
export function anthropicAnswer(body: Record<string, unknown>, said: Exclude<Said, { refuse: string }>): WireAnswer {
  const number = ++served;
  const content =
    "text" in said
      ? [{ type: "text", text: said.text, citations: null }]
      : said.calls.map((call, at) => ({
          type: "tool_use",
          id: `toolu_${number}_${at}`,
          name: call.name,
          input: call.arguments,
        }));
  const document = {
    id: `msg_scripted_${number}`,
    type: "message",
    role: "assistant",
    model: String(body["model"]),
    content,
    stop_reason: "text" in said ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 11, output_tokens: 7 },
  };
  return { document, events: [] };
}

function plain(content: unknown): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map(({ text = "" }: Block) => text).join("") : "";
}
