import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { chunks, completion, isRecord, readMessages } from "./chat.ts";
import { type Decision, decide, roleOf, SCRIPTED_MODELS } from "./policies/policy.ts";
import { DEFAULT_SEED } from "./seeding.ts";

export interface ScriptedEndpointOptions {
  /** Which mistakes are made where; `null` makes none. Default {@link DEFAULT_SEED}. */
  seed?: number | null;
  /** Default 0: a free port. */
  port?: number;
}

/** A running endpoint. Its answers are scripted: no language model runs here. */
export interface ScriptedEndpoint {
  /** For an OpenAI client: `http://127.0.0.1:PORT/v1`. */
  baseURL: string;
  /** What was answered and which seeded mistakes it held, oldest first; the last 10,000. */
  decisions(): readonly Decision[];
  close(): Promise<void>;
}

const KEPT_DECISIONS = 10_000;

/** The endpoint as a Hono app, told of each decision. */
export function scriptedApp(seed: number | null, decided: (decision: Decision) => void = () => undefined): Hono {
  const app = new Hono();
  app.get("/", (c) => c.text("Scripted model endpoint: deterministic policies answer, no language model runs here.\n"));
  app.get("/v1/models", (c) =>
    c.json({
      object: "list",
      data: Object.values(SCRIPTED_MODELS).map((id) => ({ id, object: "model", created: 0, owned_by: "scripted" })),
    }),
  );
  app.post("/v1/chat/completions", async (c) => {
    const body: unknown = await c.req.json().catch(() => null);
    const messages = readMessages(body);
    if (messages === null || !isRecord(body)) return c.json(failure("The body is not a chat completion request."), 400);
    const model = String(body["model"] ?? "");
    const role = roleOf(model);
    if (role === null) {
      const known = Object.values(SCRIPTED_MODELS).join(", ");
      return c.json(failure(`There is no model ${model} here; this scripted endpoint has ${known}.`), 404);
    }
    const decision = decide(seed, role, messages);
    decided(decision);
    if (body["stream"] !== true) return c.json(completion(model, messages, decision.answer));
    const options = body["stream_options"];
    const withUsage = isRecord(options) && options["include_usage"] === true;
    return streamSSE(c, async (stream) => {
      for (const chunk of chunks(model, messages, decision.answer, withUsage)) {
        await stream.writeSSE({ data: JSON.stringify(chunk) });
      }
      await stream.writeSSE({ data: "[DONE]" });
    });
  });
  return app;
}

/** Starts the endpoint on loopback. */
export async function startScriptedEndpoint(options: ScriptedEndpointOptions = {}): Promise<ScriptedEndpoint> {
  const decisions: Decision[] = [];
  const seed = options.seed === undefined ? DEFAULT_SEED : options.seed;
  const app = scriptedApp(seed, (decision) => {
    decisions.push(decision);
    if (decisions.length > KEPT_DECISIONS) decisions.shift();
  });
  const server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { baseURL: `http://127.0.0.1:${port}/v1`, decisions: () => decisions, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function failure(message: string) {
  return { error: { message, type: "invalid_request_error", param: null, code: null } };
}
