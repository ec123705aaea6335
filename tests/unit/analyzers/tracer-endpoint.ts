import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a scripted endpoint is asked; only what the tests read. */
export interface ScriptedRequest {
  model: string;
  messages: { role: string; content: string }[];
  stream: boolean;
  structured_outputs?: { regex: string };
  temperature?: number;
  seed?: number;
}

/** What else a scripted server offers. */
export interface ScriptedServer {
  /** As in `GET /v1/models`; absent: 404. */
  models?: { id: string; max_model_len?: number }[];
  /** Tokens of a text, as in vLLM's `POST /tokenize`; absent: 404. */
  tokenize?: (text: string) => { count: number; max_model_len?: number };
}

export type ScriptedReply =
  | {
      content?: string;
      reasoning?: string;
      reasoning_content?: string;
      finish?: string;
      usage?: { prompt_tokens: number; completion_tokens: number };
    }
  | { status: number; body: unknown; headers?: Record<string, string> }
  /** Bytes as they are, with status 200. */
  | { raw: string; type?: string }
  /** Answers the headers, then nothing. */
  | "hang"
  /** Closes the connection in the middle of an answer. */
  | "break";

export interface ScriptedEndpoint {
  url: string;
  /** Chat completions asked for, in order of arrival. */
  requests: ScriptedRequest[];
  /** Texts that were put to the tokenizer. */
  tokenized: string[];
  close(): Promise<void>;
}

/**
 * An OpenAI-compatible endpoint on loopback whose answers a test writes: scripted, no language model runs here.
 * Streams as vLLM does, reasoning field included.
 */
export async function scriptedEndpoint(
  reply: (request: ScriptedRequest, call: number) => ScriptedReply | Promise<ScriptedReply>,
  { models, tokenize }: ScriptedServer = {},
): Promise<ScriptedEndpoint> {
  const requests: ScriptedRequest[] = [];
  const tokenized: string[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    if (!incoming.url?.endsWith("/chat/completions")) {
      const text = incoming.url === "/tokenize" ? (JSON.parse(body) as { prompt: string }).prompt : "";
      if (text !== "" && tokenize !== undefined) {
        tokenized.push(text);
        send(response, { status: 200, body: { ...tokenize(text), tokens: [] } });
      } else if (incoming.url?.endsWith("/models") && models !== undefined) {
        send(response, { status: 200, body: { object: "list", data: models } });
      } else send(response, { status: 404, body: { detail: "Not Found" } });
      return;
    }
    const request = JSON.parse(body) as ScriptedRequest;
    requests.push(request);
    send(response, await reply(request, requests.length));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    tokenized,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function send(response: ServerResponse, reply: ScriptedReply): void {
  if (reply !== "hang" && reply !== "break" && "status" in reply) {
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(JSON.stringify(reply.body));
    return;
  }
  if (reply !== "hang" && reply !== "break" && "raw" in reply) {
    response.writeHead(200, { "content-type": reply.type ?? "text/event-stream" });
    response.end(reply.raw);
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  const event = (choices: unknown[], usage?: unknown) =>
    response.write(
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "scripted", choices, usage })}\n\n`,
    );
  if (reply === "hang") return;
  if (reply === "break") {
    event([{ index: 0, delta: { content: "<think>half a th" }, finish_reason: null }]);
    setTimeout(() => response.destroy(), 20);
    return;
  }
  for (const field of ["reasoning", "reasoning_content", "content"] as const) {
    for (const piece of reply[field]?.match(/[\s\S]{1,7}/g) ?? []) {
      event([{ index: 0, delta: { [field]: piece }, finish_reason: null }]);
    }
  }
  event([{ index: 0, delta: {}, finish_reason: reply.finish ?? "stop" }]);
  event([], reply.usage ?? { prompt_tokens: 100, completion_tokens: 10 });
  response.end("data: [DONE]\n\n");
}
