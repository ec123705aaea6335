import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropicAnswer, fromAnthropic } from "./scripted-anthropic.ts";
import { fromGemini, geminiAnswer } from "./scripted-gemini.ts";
import { chatAnswer, responsesAnswer, sendAnswer, type WireAnswer } from "./scripted-wire.ts";

/** What a script sees of a request, whichever API it came by. */
export interface Asked {
  /** System and developer texts, one under the other. */
  system: string;
  /** The last text a user wrote. */
  user: string;
  /** Names of the tools on offer. */
  tools: readonly string[];
  /** Answers of tools that the conversation holds, oldest first. */
  results: readonly string[];
  /** The request's body. */
  body: Readonly<Record<string, unknown>>;
}

/** What the scripted model says: a text, tool calls, or a refusal (HTTP 400). */
export type Said =
  | { text: string }
  | { calls: readonly { name: string; arguments: Record<string, unknown> }[] }
  | { refuse: string };

export type Script = (asked: Asked) => Said;

/** An API that is spoken at the paths `at`; `read` makes its requests chat completion requests. */
interface Api {
  at: RegExp;
  read?: (body: Record<string, unknown>) => Record<string, unknown>;
  answer: (body: Record<string, unknown>, said: Exclude<Said, { refuse: string }>) => WireAnswer;
}

const CHAT: Api = { at: /\/chat\/completions$/, answer: chatAnswer };
const APIS: readonly Api[] = [
  { at: /\/responses$/, answer: responsesAnswer },
  { at: /\/messages(\?|$)/, read: fromAnthropic, answer: anthropicAnswer },
  { at: /:generateContent/, read: fromGemini, answer: geminiAnswer },
];

/** A running endpoint. Its answers are scripted: no language model runs here. */
export interface ScriptedModel {
  /** For an OpenAI client: `http://127.0.0.1:PORT/v1`. */
  baseURL: string;
  /** What was asked, oldest first. */
  asked: readonly Asked[];
  close(): Promise<void>;
}

/**
 * An endpoint on loopback that answers by a script: OpenAI's chat completions and responses, streamed or not,
 * Anthropic's messages and Gemini's content. Every answer counts 11 input and 7 output tokens.
 */
export async function startScriptedModel(script: Script): Promise<ScriptedModel> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    // Clients that ask a server what it can do are told that nothing is there.
    if (request.method === "GET") return json(response, 404, { error: { message: "not found" } });
    void body(request).then((given) => {
      const { read = (asIs: Record<string, unknown>) => asIs, answer } =
        APIS.find(({ at }) => at.test(request.url ?? "")) ?? CHAT;
      const seen = readAsked(read(given));
      asked.push(seen);
      const said = script(seen);
      if ("refuse" in said) return json(response, 400, { error: { message: said.refuse, type: "scripted_refusal" } });
      sendAnswer(response, given["stream"] === true, answer(given, said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Refuses whatever is asked: for the run that fails. */
export const refusing: Script = () => ({ refuse: "the scripted model refuses" });

/**
 * The journey, which every client plays. A Planner sends the question on to a Pricer, by whatever tool mentions it; the
 * Pricer asks `price_of` for the price and answers; a Planner that gets the answer back repeats it.
 */
export const journey: Script = ({ tools, results }) => {
  const onwards = tools.find((name) => /pricer/i.test(name));
  if (results.length === 0 && onwards !== undefined) return { calls: [{ name: onwards, arguments: {} }] };
  const mayPrice = tools.includes("price_of");
  if (mayPrice && !results.some((result) => result.includes(PRICE))) {
    return { calls: [{ name: "price_of", arguments: { city: "Oslo" } }] };
  }
  return { text: mayPrice ? `A journey to Oslo costs ${PRICE} euros.` : `Asked around: ${PRICE} euros for Oslo.` };
};

/** What `price_of` answers for Oslo. */
export const PRICE = "1217";
/** The task of {@link journey}. */
export const TASK = "What does a journey to Oslo cost?";

async function body(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  return JSON.parse(text === "" ? "{}" : text) as Record<string, unknown>;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function readAsked(given: Record<string, unknown>): Asked {
  const messages = [given["messages"], given["input"]].flatMap((list) =>
    typeof list === "string" ? [{ role: "user", content: list }] : Array.isArray(list) ? list : [],
  ) as Record<string, unknown>[];
  const of = (...roles: string[]) => messages.filter(({ role }) => roles.includes(String(role)));
  const outputs = messages.filter(({ type, role }) => type === "function_call_output" || role === "tool");
  const tools = Array.isArray(given["tools"])
    ? (given["tools"] as { name?: string; function?: { name: string } }[])
    : [];
  return {
    system: [given["instructions"], ...of("system", "developer").map(({ content }) => content)]
      .map(textOf)
      .filter((text) => text !== "")
      .join("\n"),
    user: textOf(of("user").at(-1)?.["content"]),
    tools: tools.map(({ name, function: inner }) => inner?.name ?? name ?? ""),
    results: outputs.map(({ output, content }) => textOf(output ?? content)),
    body: given,
  };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return content === undefined || content === null ? "" : JSON.stringify(content);
  return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("");
}
