import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildTrajectory, toOtlpJson } from "@culprit/analyzers";
import { decodeTracesJson, readSpan } from "@culprit/collector";
import { type Client, CulpritError, type RawSpan, type Trajectory } from "@culprit/schemas";

/** Where the runs that replays make wait until it is known whether they are worth keeping. */
export interface ReplayShelf {
  /** Takes OTLP over HTTP, on loopback. */
  url: string;
  /** The run of a trace, from the spans that arrived; null when none did. */
  read(traceId: string): Trajectory | null;
  /** Sends a run to where the runs are. */
  keep(traceId: string): Promise<void>;
  forget(traceIds: readonly string[]): void;
  close(): Promise<void>;
}

/** Runs that nobody forgets, such as those of replays that timed out. */
const MOST_TRACES = 2000;

/**
 * Most replays prove nothing by their run: thousands of them would be stored for a few hundred labels. So their spans
 * stay in memory, and only those of labelled runs are sent on.
 */
export async function openShelf(client: Client, project: string): Promise<ReplayShelf> {
  const traces = new Map<string, RawSpan[]>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const status = request.url === "/v1/traces" ? take(traces, Buffer.concat(pieces).toString("utf8")) : 200;
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    read(traceId) {
      const spans = traces.get(traceId);
      return spans === undefined
        ? null
        : buildTrajectory(spans.map((raw) => ({ ...raw, project, reading: readSpan(raw) })));
    },
    async keep(traceId) {
      const spans = traces.get(traceId);
      if (spans === undefined) return;
      const response = await client.send("/v1/traces", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(toOtlpJson(spans)),
      });
      const answer = await response.text();
      if (response.ok) return;
      throw new CulpritError(
        "replay_not_stored",
        `The collector did not take a replayed run: ${answer.slice(0, 200)}`,
        {
          mend: "Check the collector's log, and curate again: what is done is not done again.",
        },
      );
    },
    forget(traceIds) {
      for (const traceId of traceIds) traces.delete(traceId);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function take(traces: Map<string, RawSpan[]>, body: string): number {
  try {
    for (const span of decodeTracesJson(body).spans) {
      const spans = traces.get(span.trace_id) ?? [];
      // The newest last: what is over the limit is what was not heard of for longest.
      traces.delete(span.trace_id);
      traces.set(span.trace_id, [...spans, span]);
    }
  } catch {
    return 400;
  }
  for (const traceId of traces.keys()) {
    if (traces.size <= MOST_TRACES) break;
    traces.delete(traceId);
  }
  return 200;
}
