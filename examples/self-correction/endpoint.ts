import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { completion, isRecord, readMessages } from "../scripted-endpoint/chat.ts";
import type { ChatMessage } from "../scripted-endpoint/policies/conversation.ts";
import type { Decision } from "../scripted-endpoint/policies/policy.ts";

/** What answers as one model: a pure function of the messages and of the request's `seed`. */
export type Mind = (request: { messages: readonly ChatMessage[]; seed: number | null }) => Decision;

/** A running endpoint of minds. Its answers are scripted: no language model runs here. */
export interface MindedEndpoint {
  /** For an OpenAI client. */
  baseURL: string;
  /** What was answered, oldest first. */
  decisions: readonly Decision[];
  close(): Promise<void>;
}

/** Starts an OpenAI-compatible endpoint on loopback whose models are minds. It does not stream. */
export async function startMinds(minds: Readonly<Record<string, Mind>>): Promise<MindedEndpoint> {
  const decisions: Decision[] = [];
  const app = new Hono();
  app.post("/v1/chat/completions", async (c) => {
    const body: unknown = await c.req.json().catch(() => null);
    const messages = readMessages(body);
    const model = isRecord(body) ? String(body["model"]) : "";
    const mind = Object.hasOwn(minds, model) ? minds[model] : undefined;
    if (messages === null || mind === undefined || !isRecord(body)) {
      const message = `This scripted endpoint has ${Object.keys(minds).join(", ")}.`;
      return c.json({ error: { message, type: "invalid_request_error", param: null, code: null } }, 400);
    }
    const decision = mind({ messages, seed: typeof body["seed"] === "number" ? body["seed"] : null });
    decisions.push(decision);
    return c.json(completion(model, messages, decision.answer));
  });
  const server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    decisions,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
