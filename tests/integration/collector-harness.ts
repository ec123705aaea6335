import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTrajectory, compareRuns, flowFrom } from "@culprit/analyzers";
import { type Collector, type CollectorOptions, createCollector, type Served, serve } from "@culprit/collector";
import { type Client, type Config, createClient, parseConfig } from "@culprit/schemas";
import { openStore, type Store } from "@culprit/store";

export interface Running {
  url: string;
  store: Store;
  config: Config;
  collector: Collector;
  served: Served;
  /** Closes the server, the store and removes the data directory. */
  close(): Promise<void>;
}

/** A collector on a free loopback port over the real embedded store. */
export async function startCollector(
  settings: Record<string, unknown> = {},
  options: Partial<CollectorOptions> = {},
): Promise<Running> {
  const data = mkdtempSync(join(tmpdir(), "culprit-collector-"));
  const config = parseConfig({}, {}, { data, ...settings });
  const store = await openStore(config);
  const parts = { buildTrajectory, compareRuns, traceFlow: flowFrom };
  const collector = createCollector({ store, config, ...parts, ...options });
  const served = await serve(collector, { host: "127.0.0.1", port: 0 });
  return {
    url: served.url,
    store,
    config,
    collector,
    served,
    close: async () => {
      await served.close();
      await collector.stop();
      await store.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A client of a project of its own in this collector's store, without a socket; of the configured one when none is named. */
export function clientOf(running: Running, project = running.config.project): Client {
  const config = { ...running.config, project };
  const collector = createCollector({ store: running.store, config, buildTrajectory, trusted: true });
  return createClient({ baseUrl: "http://localhost", fetch: async (request) => await collector.app.fetch(request) });
}

/** Ids that differ from test to test. */
export function newIds(): { traceId: string; spanId: string } {
  const hex = () =>
    Math.floor(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return { traceId: `${hex()}${hex()}${hex()}c0ffee01`, spanId: `${hex()}beefbeef` };
}

/** One OTLP/JSON request of one span. */
export function jsonRequest(span: Record<string, unknown>): string {
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}
