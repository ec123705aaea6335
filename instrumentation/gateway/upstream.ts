import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { CulpritError } from "@culprit/schemas";
import type { RawHeaders } from "./headers.ts";

const CONNECT_MS = 10_000;
/** A kept connection that was closed shows it at once; one that breaks later may have been at work. */
const STALE_MS = 500;

export interface UpstreamOptions {
  /** OpenAI-compatible base URL; `/v1` is meant where it has no path. */
  url: string;
  /** Longest silence, before the answer and inside it. */
  silenceMs: number;
}

export interface UpstreamRequest {
  method: string;
  /** Below the base URL, starting with a slash, percent-encoded. */
  path: string;
  /** With its question mark, or empty. */
  query: string;
  headers: RawHeaders;
  body: Buffer;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface UpstreamAnswer {
  message: IncomingMessage;
  /** Why the body broke off, of the error it did so with. */
  brokenBy(cause: unknown): CulpritError;
}

/**
 * The one endpoint calls go to. Its address comes from the settings and never from a request; redirects are handed
 * back, not followed.
 */
export class Upstream {
  /** The base URL in its normal form, without a slash at the end. */
  readonly url: string;
  readonly #base: URL;
  readonly #silenceMs: number;
  readonly #agent: HttpAgent;

  /** @throws CulpritError `config_invalid` for a URL with a password, a query or a fragment */
  constructor({ url, silenceMs }: UpstreamOptions) {
    const base = new URL(url);
    if (base.username !== "" || base.password !== "" || base.search !== "" || base.hash !== "") {
      throw new CulpritError("config_invalid", "The gateway's upstream has more than a host and a path.", {
        mend: "Leave passwords, ? and # out of gateway_upstream; callers send their own key.",
      });
    }
    base.pathname = base.pathname.replace(/\/+$/, "") || "/v1";
    this.url = base.href;
    this.#base = base;
    this.#silenceMs = silenceMs;
    const options = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, scheduling: "lifo" } as const;
    this.#agent = base.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /**
   * Sends a request. The answer's body is the caller's to read.
   *
   * @throws CulpritError `upstream_unreachable`, `upstream_timeout`, `upstream_closed`
   */
  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    try {
      return await this.#attempt(request, this.#agent);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return await this.#attempt(request, false);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @param agent `false` takes a connection of its own, which is not kept */
  #attempt(request: UpstreamRequest, agent: HttpAgent | false): Promise<UpstreamAnswer> {
    const { method, path, query, headers, body, signal } = request;
    const { hostname, port, protocol, pathname, host, origin } = this.#base;
    const start = protocol === "https:" ? httpsRequest : httpRequest;
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const sent = start({
        agent,
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port,
        method,
        path: `${pathname}${path === "/" ? "" : path}${query}`,
        headers: [...headers, "host", host, ...lengthHeader(method, body)],
        signal,
      });
      let silent = false;
      sent.setTimeout(this.#silenceMs, () => {
        silent = true;
        sent.destroy(silence(origin));
      });
      sent.once("socket", (socket) => {
        if (!socket.connecting) return;
        const late = `no connection within ${CONNECT_MS / 1000} seconds`;
        const timer = setTimeout(() => sent.destroy(unreachable(origin, late)), CONNECT_MS);
        const settled = () => clearTimeout(timer);
        socket.once(protocol === "https:" ? "secureConnect" : "connect", settled).once("close", settled);
      });
      sent.once("response", (answer) => {
        resolve({ message: answer, brokenBy: (cause) => (silent ? silence(origin) : closed(origin, cause)) });
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        if (error instanceof CulpritError || signal.aborted) reject(error);
        else if (isReset(error) && sent.reusedSocket && performance.now() - began < STALE_MS) {
          reject(new StaleConnection());
        } else if (isReset(error) || error.code?.startsWith("HPE_")) reject(closed(origin, error));
        else reject(unreachable(origin, error.code ?? error.message, error));
      });
      sent.end(body);
    });
  }
}

/** The upstream closed a kept connection just as it was used, before it saw the request. */
class StaleConnection extends Error {}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNRESET" || error.code === "EPIPE";
}

function lengthHeader(method: string, body: Buffer): RawHeaders {
  const bodyless = body.length === 0 && (method === "GET" || method === "HEAD" || method === "DELETE");
  return bodyless ? [] : ["content-length", String(body.length)];
}

function silence(origin: string): CulpritError {
  return new CulpritError("upstream_timeout", `The upstream ${origin} was silent for too long.`, {
    mend: "Try again, or raise gateway_timeout_seconds.",
  });
}

function unreachable(origin: string, why: string, cause?: unknown): CulpritError {
  return new CulpritError("upstream_unreachable", `The upstream ${origin} can't be reached (${why}).`, {
    mend: "Start it, or correct --upstream or gateway_upstream.",
    cause,
  });
}

function closed(origin: string, cause?: unknown): CulpritError {
  return new CulpritError("upstream_closed", `The upstream ${origin} closed the connection in the middle.`, {
    mend: "Try again; its own log says why.",
    cause,
  });
}
