import type { Said } from "./scripted-model.ts";
import type { WireAnswer } from "./scripted-wire.ts";

interface Part {
  text?: string;
  functionResponse?: { response?: unknown };
}

/** A request of the Gemini API (`models/M:generateContent`), as the body of a chat completion request. */
export function fromGemini(given: Record<string, unknown>): Record<string, unknown> {
  const contents = (given["contents"] ?? []) as { role?: string; parts?: Part[] }[];
  const system = (given["systemInstruction"] as { parts?: Part[] } | undefined)?.parts ?? [];
  const declared = ((given["tools"] ?? []) as { functionDeclarations?: { name: string }[] }[]).flatMap(
    ({ functionDeclarations }) => functionDeclarations ?? [],
  );
  const messages = contents.flatMap(({ role, parts = [] }) =>
    parts.map(({ text, functionResponse }) =>
      functionResponse === undefined
        ? { role: role === "model" ? "assistant" : "user", content: text ?? "" }
        : { role: "tool", content: JSON.stringify(functionResponse.response) },
    ),
  );
  return {
    messages: [{ role: "system", content: system.map(({ text }) => text ?? "").join("\n") }, ...messages],
    tools: declared.map(({ name }) => ({ function: { name } })),
  };
}

/** An answer in the words of the Gemini API. */
export function geminiAnswer(_body: Record<string, unknown>, said: Exclude<Said, { refuse: string }>): WireAnswer {
  const parts =
    "text" in said
      ? [{ text: said.text }]
      : said.calls.map(({ name, arguments: args }) => ({ functionCall: { name, args } }));
  const document = {
    candidates: [{ index: 0, finishReason: "STOP", content: { role: "model", parts } }],
    modelVersion: "gemini-scripted",
    usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 },
  };
  return { document, events: [{ data: document }] };
}
