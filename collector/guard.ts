import { CulpritError } from "@culprit/schemas";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { LimitError, missingScope } from "./access/access.ts";
import type { Door } from "./access/door.ts";
import { failureResponse } from "./api/failures.ts";
import type { OriginCheck } from "./cors.ts";
import { isLoopback } from "./loopback.ts";
import { CONTENT_TYPES, encodingOf, RPC, statusBody } from "./otlp/responses.ts";

/** Answer without a key, so that a container's probes need none. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

export interface GuardOptions {
  door: Door;
  /** The address listened on. */
  host: string;
  allowsOrigin: OriginCheck;
  /** Told of every request that does not come in. */
  refused(path: string, code: string): void;
  /** Which paths are the recording gateway's; none by default. */
  isGateway?: (path: string) => boolean;
}

/**
 * Who may come in, and as whom: routes behind it find the project and the scopes with `accessOf(context)`.
 *
 * Where keys are asked for, every request but the health check carries one: `Authorization: Bearer KEY`, or HTTP Basic
 * with the key as password, which is how a browser can open the page. Where none are, the server is on loopback only, and
 * what a foreign web page could make the reader's browser do is refused: a `Host` that is not loopback (DNS rebinding).
 * With or without, a write from another origin is refused (request forgery), but for telemetry from those allowed.
 *
 * `/v1/*` needs the scope `ingest` and the page `read`; the API checks each route's own scopes. The gateway needs
 * `ingest`, and there the key is in `x-culprit-key`: `Authorization` is the upstream's, and a key of ours in it is refused
 * before it is sent on.
 *
 * Requests that did not come over a socket (`app.fetch` in process) have no `Host` to check.
 */
export function guard({ door, host, allowsOrigin, refused, isGateway = () => false }: GuardOptions): MiddlewareHandler {
  const refuse = (context: Context, error: CulpritError): Response => {
    refused(context.req.path, error.code);
    return isGateway(context.req.path) ? gatewayRefusal(error) : refusal(context, error);
  };
  return async (context, next) => {
    const { path } = context.req;
    // Known before anything is asked of the store, which may be down.
    const foreign = foreignOrigin(context, allowsOrigin);
    if (foreign) return refuse(context, foreign);
    if (isForeignHost(context, host) && !(await door.closed())) return refuse(context, forbiddenHost());
    if (OPEN_PATHS.has(path)) return await next();
    const gateway = isGateway(path);
    const ingests = gateway || path.startsWith("/v1/");
    const authorization = context.req.header("authorization");
    if (gateway && (await isOurs(authorization, door))) return refuse(context, keySentUpstream());
    const key = context.req.header("x-culprit-key");
    const shown = gateway ? key && `Bearer ${key}` : authorization;
    const access = await door.authenticate({ authorization: shown, ingests }).catch(asRefusal);
    if (access instanceof CulpritError) return refuse(context, access);
    const needed = ingests ? (["ingest"] as const) : path.startsWith("/api/") ? [] : (["read"] as const);
    const missing = missingScope(access, needed);
    if (missing) return refuse(context, missing);
    context.set("access", access);
    await next();
    return undefined;
  };
}

/** Whether what is meant for the upstream opens this door. */
async function isOurs(authorization: string | undefined, door: Door): Promise<boolean> {
  if (authorization === undefined || !(await door.closed())) return false;
  const access = await door.authenticate({ authorization, ingests: false });
  return !(access instanceof CulpritError) || access instanceof LimitError;
}

function keySentUpstream(): CulpritError {
  return new CulpritError("culprit_key_sent_upstream", "The Authorization header holds a key of Culprit.", {
    mend: "Send it as x-culprit-key; Authorization is for the upstream's own key.",
  });
}

const GATEWAY_STATUSES: Record<string, number> = { culprit_key_sent_upstream: 401 };

/** In the shape clients of the OpenAI API read. */
function gatewayRefusal(error: CulpritError): Response {
  const mend =
    error.code === "unauthorized" ? "Send a key as x-culprit-key; `culprit keys create` makes one." : error.mend;
  const known = failureResponse(error);
  const message = [error.message, mend ?? ""].join(" ").trim();
  const body = { error: { message, type: "culprit_gateway_error", param: null, code: error.code } };
  return Response.json(body, { status: GATEWAY_STATUSES[error.code] ?? known.status, headers: retryHeader(error) });
}

function retryHeader(error: CulpritError): Record<string, string> {
  return error instanceof LimitError ? { "retry-after": String(error.retryAfterSeconds) } : {};
}

/** The store could not be asked for its keys. */
function asRefusal(error: unknown): CulpritError {
  if (error instanceof CulpritError) return error;
  throw error;
}

function isForeignHost(context: Context, host: string): boolean {
  const incoming = (context.env as Partial<HttpBindings> | undefined)?.incoming;
  if (!incoming) return false;
  const name = hostname(incoming.headers.host ?? "");
  return !isLoopback(name) && name !== host.toLowerCase();
}

function forbiddenHost(): CulpritError {
  return new CulpritError("forbidden_host", "This collector answers to its loopback address only.", {
    mend: "Use http://localhost and the port, or make a key (`culprit keys create`) and bind another host.",
  });
}

function foreignOrigin(context: Context, allowsOrigin: OriginCheck): CulpritError | undefined {
  const { method, path } = context.req;
  const origin = context.req.header("origin");
  if (origin === undefined || method === "GET" || method === "HEAD" || method === "OPTIONS") return undefined;
  const own = context.req.header("host") ?? new URL(context.req.url).host;
  if (URL.canParse(origin) && new URL(origin).host === own) return undefined;
  if (path.startsWith("/v1/") && allowsOrigin(origin)) return undefined;
  return new CulpritError("forbidden_origin", "Another site's page can't write here.", {
    mend: "Send the request from this page, or without an Origin header.",
  });
}

/** How each refusal looks to an exporter; anything else is a store that could not be asked. */
const OTLP_REFUSALS: Record<string, { status: number; rpc: number }> = {
  forbidden_host: { status: 403, rpc: RPC.permissionDenied },
  forbidden_origin: { status: 403, rpc: RPC.permissionDenied },
  forbidden_scope: { status: 403, rpc: RPC.permissionDenied },
  unauthorized: { status: 401, rpc: RPC.unauthenticated },
  rate_limited: { status: 429, rpc: RPC.resourceExhausted },
  quota_exceeded: { status: 429, rpc: RPC.resourceExhausted },
};

function refusal(context: Context, error: CulpritError): Response {
  const { path } = context.req;
  if (path.startsWith("/v1/")) {
    const encoding = encodingOf(context.req.header("content-type")) ?? "json";
    const { status, rpc } = OTLP_REFUSALS[error.code] ?? { status: 503, rpc: RPC.unavailable };
    const body = statusBody(encoding, rpc, [error.message, error.mend ?? ""].join(" "));
    const headers = new Headers({ "content-type": CONTENT_TYPES[encoding] });
    if (status === 401) headers.set("www-authenticate", "Bearer");
    if (status === 503) headers.set("retry-after", "2");
    if (error instanceof LimitError) headers.set("retry-after", String(error.retryAfterSeconds));
    return new Response(body, { status, headers });
  }
  const response = failureResponse(error);
  // A browser asks its user only for Basic; for programs Bearer is the one to use.
  if (error.code === "unauthorized" && !path.startsWith("/api/")) {
    response.headers.set("www-authenticate", 'Basic realm="culprit", charset="UTF-8"');
  }
  return response;
}

function hostname(host: string): string {
  const bracketed = /^\[([^\]]+)\]/.exec(host);
  return (bracketed?.[1] ?? host.replace(/:\d*$/, "")).toLowerCase();
}
