import type { GatewayAgentRule, GatewayOutcome } from "@culprit/schemas";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { Context, Hono } from "hono";
import type { Interceptor } from "../sdk/interceptor.ts";
import type { QueueCounts, SpanQueueOptions } from "../sdk/span-queue.ts";
import type { RunAttributes } from "./recorder.ts";

export interface GatewayOptions {
  /** OpenAI-compatible base URL calls go to. It is fixed: no request can name another. */
  upstream: string;
  /** Where the spans of a project go. Asked once a project. */
  exporter: (project: string) => SpanExporter;
  /** The project a request is recorded in, asked once a request; by default there is one, with an empty name. */
  projectOf?: (context: Context) => string;
  /** Where the app is mounted, such as `/gateway`. */
  mount?: string;
  agentRules?: readonly GatewayAgentRule[];
  /** A run is over when it has made no call for this long. Default 30,000. */
  runIdleMs?: number;
  /** Longest silence of the upstream. Default 600,000. */
  silenceMs?: number;
  /** Default 64 MiB each. */
  maxRequestBytes?: number;
  maxResponseBytes?: number;
  queue?: SpanQueueOptions;
  /**
   * Sees the model calls of a run before they are sent, and may answer in the endpoint's place: how a recorded run is
   * replayed. Undefined lets all calls of a run go live.
   *
   * @param run as the caller named it
   */
  interceptor?: (run: string) => Interceptor | undefined;
  /** Attributes of a run, by the name the caller gave it: on every span, and on its root alone. */
  runAttributes?: RunAttributes;
  /** Told of an outcome that was reported for a run. */
  onOutcome?: (run: string, outcome: GatewayOutcome) => void;
  /** Told of failures of the gateway itself. */
  warn?: (message: string) => void;
}

export interface Gateway {
  app: Hono;
  /** The upstream's base URL in its normal form. */
  upstream: string;
  /** Spans sent, dropped and waiting, and runs that are open, over all projects. */
  counts(): QueueCounts & { open_runs: number };
  /** Ends the open runs and sends what waits, bounded in time (default 5,000); never rejects. */
  close(deadlineMs?: number): Promise<void>;
}
