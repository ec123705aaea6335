import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildTrajectory } from "@culprit/analyzers";
import { decodeTracesJson, readSpan } from "@culprit/collector";
import { startTracing } from "@culprit/instrumentation";
import type { Span, Trajectory } from "@culprit/schemas";

export interface Recording {
  /** Takes OTLP over HTTP. */
  url: string;
  /** The trajectory of a run, from the spans that arrived. */
  trajectory(traceId: string): Promise<Trajectory>;
  spans(traceId: string): Promise<Span[]>;
  /** Lets go of runs, where there are many. */
  forget(traceIds: readonly string[]): void;
  close(): Promise<void>;
}

/** The SDK's real exporter over loopback HTTP, decoded and read as the collector does, kept in memory. */
export async function startRecording(): Promise<Recording> {
  const traces = new Map<string, Span[]>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      for (const raw of decodeTracesJson(Buffer.concat(pieces).toString("utf8")).spans) {
        const spans = traces.get(raw.trace_id) ?? [];
        traces.set(raw.trace_id, [...spans, { ...raw, project: "default", reading: readSpan(raw) }]);
      }
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const tracing = startTracing({ url: `http://127.0.0.1:${port}`, exitHooks: false });
  const spans = async (traceId: string) => {
    await tracing.flush();
    return traces.get(traceId) ?? [];
  };
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    forget: (traceIds) => {
      for (const traceId of traceIds) traces.delete(traceId);
    },
    trajectory: async (traceId) => buildTrajectory(await spans(traceId)),
    close: async () => {
      await tracing.shutdown();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
