import { createGatewayHost, serve } from "@culprit/collector";
import { collectorExporter, createGateway, type GatewayOptions } from "@culprit/instrumentation/gateway";
import { createClient, parseConfig, type Span } from "@culprit/schemas";
import type { Running } from "./collector-harness.ts";

export interface GatewayBed {
  /** Of the gateway. */
  url: string;
  counts(): { exported: number; dropped: number; waiting: number; open_runs: number };
  /** What the collector has of a run once its spans are sent. */
  trace(traceId: string): ReturnType<typeof readTrace>;
  /** Every span of it, as the collector keeps them. */
  spans(traceId: string): Promise<Span[]>;
  /** Ends the runs and sends every span. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** A gateway on loopback before `upstream`, which records in a real collector. */
export async function startGateway(
  upstream: string,
  collector: Running,
  options: Partial<GatewayOptions> = {},
): Promise<GatewayBed> {
  const config = parseConfig();
  const gateway = createGateway({
    upstream,
    exporter: () => collectorExporter({ url: collector.url }),
    queue: { delayMs: 20, warn: () => undefined },
    ...options,
  });
  const host = createGatewayHost({ gateway: gateway.app, config, health: () => ({ spans: gateway.counts() }) });
  const server = await serve(host, { host: "127.0.0.1", port: 0 });
  let finished: Promise<void> | undefined;
  const finish = () => {
    finished ??= gateway.close();
    return finished;
  };
  return {
    url: server.url,
    counts: () => gateway.counts(),
    trace: (traceId) => readTrace(collector.url, traceId),
    spans: async (traceId) => (await readSpans(collector.url, traceId)).spans,
    finish,
    close: async () => {
      await server.close(1000);
      await finish();
    },
  };
}

/** A stored run, as the API gives it. */
export async function readTrace(url: string, traceId: string) {
  return await createClient({ baseUrl: url }).call("getTrace", { trace_id: traceId });
}

export async function readSpans(url: string, traceId: string) {
  return await createClient({ baseUrl: url }).call("getSpans", { trace_id: traceId });
}

/** A tool an agent may call. */
export function functionTool(name: string) {
  return {
    type: "function" as const,
    function: { name, description: `${name} a thing`, parameters: { type: "object", properties: {} } },
  };
}
