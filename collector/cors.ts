import type { Context, MiddlewareHandler } from "hono";

const ALLOWED_METHODS = "POST";
/** What an exporter in a browser sends when it asks for nothing in particular. */
const USUAL_HEADERS = "content-type, content-encoding, authorization";
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
/** Browsers cap it at two hours. */
const MAX_AGE_SECONDS = "7200";

/** Whether a page of an origin may send telemetry. */
export type OriginCheck = (origin: string) => boolean;

/**
 * A check against an allow-list of origins such as `https://app.example.com`. One `*` in a host stands for any labels
 * (`https://*.example.com`), and `*` alone for every origin.
 */
export function allowOrigins(allowed: readonly string[]): OriginCheck {
  const exact = new Set(allowed.map((origin) => origin.toLowerCase()));
  const patterns = allowed.filter((origin) => origin !== "*" && origin.includes("*")).map(toPattern);
  return (origin) => {
    if (exact.has("*") && origin !== "null") return true;
    const lower = origin.toLowerCase();
    return exact.has(lower) || patterns.some((pattern) => pattern.test(lower));
  };
}

function toPattern(allowed: string): RegExp {
  const parts = allowed.toLowerCase().split("*");
  const quoted = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${quoted.join("[a-z0-9.-]*")}$`);
}

/**
 * Cross-origin requests to `/v1/*` for pages of allowed origins: answers their preflights, and says on every answer,
 * refusals included, that the page may read it. Nothing changes for other origins, and nothing else is opened.
 */
export function cors(allows: OriginCheck): MiddlewareHandler {
  return async (context, next) => {
    const origin = context.req.header("origin");
    if (!context.req.path.startsWith("/v1/")) return void (await next());
    if (origin === undefined || !allows(origin)) {
      await next();
      context.res.headers.append("vary", "origin");
      return undefined;
    }
    if (context.req.method === "OPTIONS" && context.req.header("access-control-request-method") !== undefined) {
      return preflight(context, origin);
    }
    await next();
    const { headers } = context.res;
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", "retry-after");
    headers.append("vary", "origin");
    return undefined;
  };
}

function preflight(context: Context, origin: string): Response {
  const asked = context.req.header("access-control-request-headers") ?? "";
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": ALLOWED_METHODS,
      "access-control-allow-headers": HEADER_NAMES.test(asked) ? asked : USUAL_HEADERS,
      "access-control-max-age": MAX_AGE_SECONDS,
      vary: "origin, access-control-request-method, access-control-request-headers",
    },
  });
}
