import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CulpritError } from "@culprit/schemas";
import { createAdaptorServer } from "@hono/node-server";
import type { Collector } from "./collector.ts";
import { isLoopback } from "./loopback.ts";

/** How long {@link Served.close} waits for requests under way. */
const CLOSE_DEADLINE_MS = 5000;

/** A collector listening on a socket. */
export interface Served {
  host: string;
  /** The real port, also when 0 was asked for. */
  port: number;
  /** Such as `http://127.0.0.1:4318`. */
  url: string;
  /**
   * Takes no new connection, lets requests under way end, then cuts what is left.
   *
   * @param deadlineMs how long to wait for them, 5000 by default
   */
  close(deadlineMs?: number): Promise<void>;
}

/** What can be served: a collector, or the gateway alone. */
export interface Servable {
  app: Pick<Collector["app"], "fetch">;
  secured(): Promise<boolean>;
  selfTracing?: Collector["selfTracing"];
  /** Ends what would never end by itself. */
  endStreams?(): void;
}

/**
 * Listens for HTTP.
 *
 * @param options.port 0 takes a free one
 * @throws CulpritError `unsafe_bind` for an address beyond loopback without a key, `port_in_use`, `cannot_listen`,
 *   `self_tracing_loop` when `self_tracing_url` is the address it would listen on
 */
export async function serve(collector: Servable, options: { host: string; port: number }): Promise<Served> {
  const { host, port } = options;
  // Asked on loopback as well: once the keys are known, exports are taken while the store is down.
  const secured = await collector.secured();
  if (!secured && !isLoopback(host)) {
    throw new CulpritError("unsafe_bind", `Listening on ${host} without a key would open it to the network.`, {
      mend: "Make a key with `culprit keys create`, set CULPRIT_API_KEY, or listen on 127.0.0.1.",
    });
  }
  const server = createAdaptorServer({ fetch: collector.app.fetch }) as Server;
  server.headersTimeout = 20_000;
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  try {
    await collector.selfTracing?.refuseOwnAddress({ host, port: bound });
  } catch (error) {
    await close(server, 0);
    throw error;
  }
  return {
    host,
    port: bound,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    close: async (deadlineMs = CLOSE_DEADLINE_MS) => {
      collector.endStreams?.();
      await close(server, deadlineMs);
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE") {
      throw new CulpritError("port_in_use", `Something already listens on port ${port} of ${host}.`, {
        mend: "Stop it, or choose another port with --port.",
        cause,
      });
    }
    throw new CulpritError("cannot_listen", `Can't listen on port ${port} of ${host}.`, {
      mend: "Choose another --port or host.",
      cause,
    });
  }
}

async function close(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A kept-alive connection becomes idle only when its request is answered.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
