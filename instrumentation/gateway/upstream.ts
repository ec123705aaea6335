import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { CulpritError } from "@culprit/schemas";
import type { RawHeaders } from "./headers.ts";

const CONNECT_MS = 10_000;

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
      return await this.#attempt(request);
    } catch (error) {
      // The upstream closed a kept connection just as it was used: it has not seen the request.
      if (!(error instanceof StaleConnection)) throw error;
      return await this.#attempt(request);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #attempt({ method, path, query, headers, body, signal }: UpstreamRequest): Promise<UpstreamAnswer> {
    const { hostname, port, protocol, pathname, host, origin } = this.#base;
    const start = protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sent = start({
        agent: this.#agent,
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port,
        method,
        path: `${pathname}${path === "/" ? "" : path}${query}`,
        headers: [...headers, "host", host, ...lengthHeader(method, body)],
        signal,
      });
      const silence = new CulpritError("upstream_timeout", `The upstream ${origin} was silent for too long.`, {
        mend: "Try again, or raise gateway_timeout_seconds.",
      });
      const slow = unreachable(origin, `no connection within ${CONNECT_MS / 1000} seconds`);
      let silent = false;
      sent.setTimeout(this.#silenceMs, () => {
        silent = true;
        sent.destroy(silence);
      });
      sent.once("socket", (socket) => {
        if (!socket.connecting) return;
        const timer = setTimeout(() => sent.destroy(slow), CONNECT_MS);
        const settled = () => clearTimeout(timer);
        socket.once(protocol === "https:" ? "secureConnect" : "connect", settled).once("close", settled);
      });
      sent.once("response", (answer) => {
        resolve({ message: answer, brokenBy: (cause) => (silent ? silence : closed(origin, cause)) });
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        if (error instanceof CulpritError || signal.aborted) reject(error);
        else if (sent.reusedSocket && error.code === "ECONNRESET") reject(new StaleConnection());
        else if (error.code === "ECONNRESET" || error.code?.startsWith("HPE_")) reject(closed(origin, error));
        else reject(unreachable(origin, error.code ?? error.message, error));
      });
      sent.end(body);
    });
  }
}

class StaleConnection extends Error {}

function lengthHeader(method: string, body: Buffer): RawHeaders {
  const bodyless = body.length === 0 && (method === "GET" || method === "HEAD" || method === "DELETE");
  return bodyless ? [] : ["content-length", String(body.length)];
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
