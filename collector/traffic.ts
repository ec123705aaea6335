import type { MiddlewareHandler } from "hono";
import { CONTENT_TYPES, encodingOf, RPC, statusBody } from "./otlp/responses.ts";

const RETRY_AFTER_SECONDS = "2";
/** Answer while stopping: whoever routes requests asks them. */
const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** Counts requests under way, so that a stop can wait for them and turn away those that come later. */
export function createTraffic() {
  let active = 0;
  let stopping = false;
  const idle = new Set<() => void>();
  const middleware: MiddlewareHandler = async (context, next) => {
    const { path } = context.req;
    if (stopping && !PROBES.has(path)) return turnAway(path, context.req.header("content-type"));
    active++;
    try {
      await next();
    } finally {
      active--;
      if (active === 0) for (const resolve of idle) resolve();
    }
    return undefined;
  };
  return {
    middleware,
    draining: (): boolean => stopping,
    /** Resolves once nothing is under way, or after `deadlineMs`; with how many requests still were. */
    stop: async (deadlineMs?: number): Promise<number> => {
      stopping = true;
      if (active === 0) return 0;
      await new Promise<void>((resolve) => {
        const timer = deadlineMs === undefined ? undefined : setTimeout(resolve, deadlineMs);
        idle.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      return active;
    },
  };
}

function turnAway(path: string, contentType: string | undefined): Response {
  const headers = { "retry-after": RETRY_AFTER_SECONDS, connection: "close" };
  if (!path.startsWith("/v1/")) return new Response("Stopping\n", { status: 503, headers });
  const encoding = encodingOf(contentType) ?? "json";
  const body = statusBody(encoding, RPC.unavailable, "The collector is stopping; send this again.");
  return new Response(body, { status: 503, headers: { ...headers, "content-type": CONTENT_TYPES[encoding] } });
}
