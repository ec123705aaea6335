import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { ledgerAnswer, ledgerRoleOf } from "../ledger-team/policies/decide.ts";
import { LEDGER_MODELS } from "../ledger-team/prompts.ts";
import { chunks, completion, isRecord, readMessages } from "./chat.ts";
import type { ChatMessage, PolicyAnswer } from "./policies/conversation.ts";
import { type Decision, decide, roleOf, SCRIPTED_MODELS } from "./policies/policy.ts";
import { SABOTEUR_MODEL, sabotage } from "./saboteur.ts";
import { DEFAULT_SEED } from "./seeding.ts";

export interface ScriptedEndpointOptions {
  /** Which mistakes are made where; `null` makes none. Default {@link DEFAULT_SEED}. */
  seed?: number | null;
  /** Default 0: a free port. */
  port?: number;
}

/** A request as a scripted model is given it; `seed` is the request's own, null where it has none. */
export interface ScriptedRequest {
  messages: readonly ChatMessage[];
  seed: number | null;
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
const MODELS = [...Object.values(SCRIPTED_MODELS), ...Object.values(LEDGER_MODELS), SABOTEUR_MODEL];

/** What a chat endpoint of scripted models answers with. */
export interface ScriptedChat {
  models: readonly string[];
  /** The answer of one of them: a pure function of the request. */
  answer(model: string, request: ScriptedRequest): PolicyAnswer;
}

/** An OpenAI-compatible endpoint as a Hono app; whole answers and streams. */
export function chatApp({ models, answer }: ScriptedChat): Hono {
  const app = new Hono();
  app.get("/", (c) => c.text("Scripted model endpoint: deterministic policies answer, no language model runs here.\n"));
  app.get("/v1/models", (c) =>
    c.json({
      object: "list",
      data: models.map((id) => ({ id, object: "model", created: 0, owned_by: "scripted" })),
    }),
  );
  app.post("/v1/chat/completions", async (c) => {
    const body: unknown = await c.req.json().catch(() => null);
    const messages = readMessages(body);
    if (messages === null || !isRecord(body)) return c.json(failure("The body is not a chat completion request."), 400);
    const model = String(body["model"] ?? "");
    if (!models.includes(model)) {
      const known = models.join(", ");
      return c.json(failure(`There is no model ${model} here; this scripted endpoint has ${known}.`), 404);
    }
    const sampling = body["seed"];
    const answered = answer(model, { messages, seed: typeof sampling === "number" ? sampling : null });
    if (body["stream"] !== true) return c.json(completion(model, messages, answered));
    const options = body["stream_options"];
    const withUsage = isRecord(options) && options["include_usage"] === true;
    return streamSSE(c, async (stream) => {
      for (const chunk of chunks(model, messages, answered, withUsage)) {
        await stream.writeSSE({ data: JSON.stringify(chunk) });
      }
      await stream.writeSSE({ data: "[DONE]" });
    });
  });
  return app;
}

/** The endpoint of the example teams and the saboteur, told of each decision of the coding team. */
export function scriptedApp(seed: number | null, decided: (decision: Decision) => void = () => undefined): Hono {
  return chatApp({
    models: MODELS,
    answer(model, { messages, seed: sampling }) {
      const ledger = ledgerRoleOf(model);
      if (ledger !== null) return ledgerAnswer(seed, ledger, messages);
      if (model === SABOTEUR_MODEL) return sabotage(messages, sampling ?? 0);
      const role = roleOf(model);
      if (role === null) throw new TypeError(`There is no model ${model} here.`);
      const decision = decide(seed, role, messages);
      decided(decision);
      return decision.answer;
    },
  });
}

/** Starts the endpoint on loopback. */
export async function startScriptedEndpoint(options: ScriptedEndpointOptions = {}): Promise<ScriptedEndpoint> {
  const decisions: Decision[] = [];
  const seed = options.seed === undefined ? DEFAULT_SEED : options.seed;
  const app = scriptedApp(seed, (decision) => {
    decisions.push(decision);
    if (decisions.length > KEPT_DECISIONS) decisions.shift();
  });
  const { baseURL, close } = await listen(app, options.port);
  return { baseURL, decisions: () => decisions, close };
}

/** Serves an endpoint on loopback. */
export async function listen(app: Hono, port = 0): Promise<{ baseURL: string; close(): Promise<void> }> {
  const server = createServer(getRequestListener(app.fetch));
  // A busy machine may take longer between two calls than Node waits: whoever calls then would find the connection gone.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return { baseURL: `http://127.0.0.1:${address.port}/v1`, close: () => close(server) };
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
