import type { IncomingMessage } from "node:http";

/** Meant for the next hop only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Set anew for the upstream. Cookies of a host are shared by all its ports, so those that arrive here are others'. */
const NOT_SENT_ON = new Set(["host", "content-length", "expect", "cookie", "accept-encoding"]);
const NOT_SENT_BACK = new Set(["set-cookie"]);
/** What a recorded answer can be read in. */
const READABLE_CODINGS = new Set(["gzip", "x-gzip", "deflate", "br", "identity"]);

/** Name and value in turn, as they came, so that order, case and repetition are kept. */
export type RawHeaders = string[];

/** The headers of a request as the upstream gets them: without what was meant for this hop, and ours. */
export function forwardedHeaders(incoming: IncomingMessage): RawHeaders {
  const headers = kept(incoming.rawHeaders, (name) => NOT_SENT_ON.has(name) || name.startsWith("x-culprit-"));
  const codings = readableCodings(incoming.headers["accept-encoding"]);
  if (codings !== undefined) headers.push("accept-encoding", codings);
  return headers;
}

/** The headers of an answer as the caller gets them. */
export function returnedHeaders(answer: IncomingMessage): RawHeaders {
  return kept(answer.rawHeaders, (name) => NOT_SENT_BACK.has(name) || name.startsWith("x-culprit-"));
}

function kept(raw: readonly string[], leftOut: (name: string) => boolean): RawHeaders {
  const named = new Set<string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() !== "connection") continue;
    for (const name of (raw[at + 1] ?? "").split(",")) named.add(name.trim().toLowerCase());
  }
  const headers: RawHeaders = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !named.has(lower) && !leftOut(lower)) headers.push(name, raw[at + 1] ?? "");
  }
  return headers;
}

function readableCodings(accepted: string | string[] | undefined): string | undefined {
  const list = (Array.isArray(accepted) ? accepted.join(",") : accepted)?.split(",") ?? [];
  const readable = list.filter((item) => READABLE_CODINGS.has(item.split(";", 1)[0]?.trim().toLowerCase() ?? ""));
  if (accepted === undefined) return undefined;
  return readable.length === 0 ? "identity" : readable.map((item) => item.trim()).join(", ");
}
