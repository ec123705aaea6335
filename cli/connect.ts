import { existsSync } from "node:fs";
import { type Served, serve } from "@culprit/collector";
import { type Client, type Config, CulpritError, createClient } from "@culprit/schemas";
import type { Log } from "./log.ts";
import { openParts } from "./parts.ts";

/** A way to the runs: a running collector, or the store opened by this process. */
export interface Connection {
  client: Client;
  /** Where the runs are, for a person. */
  where: string;
  /** Where spans of runs made by this command go: OTLP over HTTP. */
  endpoint(): Promise<string>;
  /** Derives and attributes what was just written; a running collector's analyzer does it by itself. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const PROBE_TIMEOUT_MS = 1_500;
const SETTLE_SECONDS = 0.05;

/**
 * Reaches the collector at `config.url`, else opens the store in this process: same API, no socket.
 *
 * @param explicit the person named a URL, so a silent collector is an error
 * @param reads nothing will be written, so a store that is not there is an error
 * @throws CulpritError `unreachable`, `no_store`, `store_locked`, `store_unavailable`
 */
export async function connect(
  config: Config,
  options: { explicit: boolean; reads: boolean; log: Log },
): Promise<Connection> {
  if (await answers(config.url)) {
    const client = createClient({ baseUrl: config.url, apiKey: config.api_key });
    return {
      client,
      where: config.url,
      endpoint: async () => config.url,
      settle: async () => {},
      close: async () => {},
    };
  }
  if (options.explicit) {
    throw new CulpritError("unreachable", `Nothing answers at ${config.url}.`, {
      mend: "Start it with `culprit up`, or unset CULPRIT_URL to open the local store.",
    });
  }
  // Nothing arrives but what this command sends, so a run is settled at once.
  if (options.reads && config.clickhouse_url === undefined && !existsSync(config.data)) {
    throw new CulpritError("no_store", `There is no store at ${config.data}, and nothing answers at ${config.url}.`, {
      mend: "Start `culprit up`, import something, or name the store with --data.",
    });
  }
  const parts = await openParts({ ...config, settle_seconds: SETTLE_SECONDS }, options.log, { trusted: true });
  const client = createClient({
    baseUrl: "http://localhost",
    fetch: async (request) => await parts.collector.app.fetch(request),
  });
  let served: Served | undefined;
  return {
    client,
    async endpoint() {
      served ??= await serve(parts.collector, { host: "127.0.0.1", port: 0 });
      return served.url;
    },
    where: config.clickhouse_url === undefined ? config.data : "the ClickHouse server",
    settle: async () => await parts.analyzer.drain(),
    async close() {
      await served?.close();
      await parts.close();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
