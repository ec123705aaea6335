import type {
  BenchmarkFigure,
  BuildTrajectory,
  CompareRuns,
  Config,
  IncomingSpan,
  ReplayRunner,
  RewardFunction,
  TraceFlow,
} from "@culprit/schemas";
import type { Store } from "@culprit/store";
import { Hono } from "hono";
import type { Access } from "./access/access.ts";
import { createDoor } from "./access/door.ts";
import { answerFailure } from "./api/failures.ts";
import { type Attribute, createHandlers } from "./api/handlers.ts";
import { createReference } from "./api/reference.ts";
import { createApi } from "./api/router.ts";
import { allowOrigins, cors } from "./cors.ts";
import { readSpan } from "./dialects/read-span.ts";
import { guard } from "./guard.ts";
import { securityHeaders } from "./headers.ts";
import type { IngestHealth } from "./ingest/health.ts";
import type { Ingest } from "./ingest/ingest.ts";
import { createEventStream } from "./live/event-stream.ts";
import { Live } from "./live/live.ts";
import { type Log, silent } from "./log.ts";
import { createMcpEndpoint } from "./mcp/http.ts";
import { EXPOSITION_TYPE } from "./observability/exposition.ts";
import { type CollectorMetrics, createMetrics } from "./observability/metrics.ts";
import { createReadiness } from "./observability/readiness.ts";
import { createSelfTracing, type SelfTracing } from "./observability/self-tracing.ts";
import { limitsOf } from "./otlp/limits.ts";
import { LogWriter } from "./otlp/log-writer.ts";
import { MemoryGate } from "./otlp/memory.ts";
import { createReceiver } from "./otlp/receiver.ts";
import { LOGS, METRICS, TRACES } from "./otlp/signals.ts";
import { servePage } from "./page.ts";
import { untilDrained } from "./privacy/drained.ts";
import { createPrivacy } from "./privacy/privacy.ts";
import { ReplayJobs } from "./replays/jobs.ts";
import { createTraffic } from "./traffic.ts";

export interface CollectorOptions {
  store: Store;
  config: Config;
  /** Spans to steps; lives in the analyzers, which the collector may not import. */
  buildTrajectory: BuildTrajectory;
  /** Aligns two runs; without it they can't be compared: 501. */
  compareRuns?: CompareRuns | undefined;
  /** Serves `POST /api/v1/traces/:trace_id/attributions`; without it that route answers 501. */
  attribute?: Attribute | undefined;
  /** What the strategies reached on benchmarks when they were made. */
  benchmarks?: readonly BenchmarkFigure[] | undefined;
  /** Serves `GET /api/v1/traces/:trace_id/steps/:step/flow`; without it that route answers 501. */
  traceFlow?: TraceFlow | undefined;
  /** Makes the replays that are asked for over the API; without it they are refused with 501. */
  replayRunner?: ReplayRunner | undefined;
  /** Serves `POST /api/v1/reward` and its like; without it those routes answer 501. */
  reward?: RewardFunction | undefined;
  /** Directory of the built page. */
  webRoot?: string | undefined;
  /** Where spans go; straight into the store without. The caller's to close, after the collector has stopped. */
  ingest?: Pick<Ingest, "submit" | "health"> | undefined;
  /** The recording gateway's app, mounted at {@link GATEWAY_MOUNT}. */
  gateway?: Hono | undefined;
  /** Every request is the operator's: for a process that opened the store itself and listens nowhere. */
  trusted?: boolean | undefined;
  log?: Log | undefined;
}

/** Where the recording gateway is, when there is one. */
export const GATEWAY_MOUNT = "/gateway";

/** How full the spool may be before the collector asks to be sent no more work. */
const SPOOL_MARK = 0.8;

/** A collector without a socket: `app.fetch(request)` is all of it. */
export interface Collector {
  app: Hono;
  /** Whether requests have to carry a key; {@link serve} refuses to leave loopback without. */
  secured(): Promise<boolean>;
  /** Takes an export in this process, as if it had come from `access`: OTLP as at `/v1/traces`. */
  receive(request: Request, access: Access): Promise<Response>;
  metrics: CollectorMetrics;
  selfTracing: Pick<SelfTracing, "refuseOwnAddress">;
  log: Log;
  /** Share of the spool that is full, 0 to 1; undefined without one. */
  spoolShare(): number | undefined;
  /** Ends the streams of events, which otherwise go on for as long as their readers want; no other begins. */
  endStreams(): void;
  /**
   * Refuses new requests with 503 and waits for those under way. The store and the ingest stay open; they are their
   * owner's to close. Called again, it returns what the first call does.
   *
   * @param deadlineMs longest wait; for ever when not given
   * @returns how many requests were still under way then
   */
  stop(deadlineMs?: number): Promise<number>;
}

/**
 * Puts the OTLP receiver, the REST API, the probes, the metrics and the page on one Hono app.
 */
export function createCollector(options: CollectorOptions): Collector {
  const {
    store,
    config,
    buildTrajectory,
    compareRuns,
    attribute,
    replayRunner,
    reward,
    webRoot,
    ingest,
    gateway,
    trusted,
    log = silent,
  } = options;
  // Spans may be stored without their messages; then the dialects read them whenever they are asked for.
  store.readWith(readSpan);
  const app = new Hono();
  const traffic = createTraffic();
  const gate = new MemoryGate(config.max_inflight_bytes);
  const selfTracing = createSelfTracing(config.self_tracing_url);
  const readiness = createReadiness({
    store,
    spoolOverMark: () => isOverMark(ingest?.health()),
    draining: traffic.draining,
  });
  const privacy = createPrivacy(config);
  const metrics = createMetrics({
    redactions: privacy.counts,
    inflightBytes: () => gate.held,
    inflightLimit: gate.limit,
    ingest: () => ingest?.health(),
    ready: readiness.last,
  });
  const door = createDoor({ keys: store.keys, config, trusted, log });
  const allowsOrigin = allowOrigins(config.cors_origins);
  app.use(securityHeaders);
  app.use(cors(allowsOrigin));
  app.use(traffic.middleware);
  app.use(
    guard({
      door,
      host: config.host,
      allowsOrigin,
      refused: (path, cause) => countDenied(metrics, path, cause),
      isGateway: (path) => gateway !== undefined && path.startsWith(`${GATEWAY_MOUNT}/`),
    }),
  );
  app.use(selfTracing.middleware);
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    const state = await readiness.check();
    return context.json(state, state.ready ? 200 : 503);
  });
  app.get("/metrics", (context) => context.body(metrics.expose(), 200, { "content-type": EXPOSITION_TYPE }));
  const limits = { maxBodyBytes: config.max_body_bytes, gate, log };
  const submitSpans =
    ingest?.submit.bind(ingest) ??
    (async (spans: IncomingSpan[]) => {
      await store.insertSpans(spans);
      return "stored" as const;
    });
  const logs = new LogWriter(store);
  const { draining } = traffic;
  const jobs = new ReplayJobs({ store: store.replayJobs, runner: replayRunner, privacy, log });
  const live = new Live({ store, log, pollMs: config.poll_seconds * 1000 });
  const events = createEventStream({
    live,
    opens: async ({ key_id }) => key_id === "" || (await door.registry.find(key_id)) !== undefined,
  });
  const drained = () => untilDrained(() => ingest?.health());
  const receiver = createReceiver({
    submitSpans,
    logs,
    privacy,
    limits: limitsOf(config),
    metrics,
    selfTracing,
    ...limits,
  });
  app.route("/", receiver);
  const inner = new Hono<{ Bindings: { access: Access } }>();
  inner.use(async (context, next) => {
    context.set("access", context.env.access);
    await next();
  });
  inner.route("/", receiver);
  if (gateway !== undefined) app.route(GATEWAY_MOUNT, gateway);
  app.route("/", createReference());
  app.route(
    "/",
    createMcpEndpoint((request) => app.fetch(request)),
  );
  app.route(
    "/",
    createApi(
      createHandlers({
        store,
        door,
        privacy,
        config,
        drained,
        draining,
        buildTrajectory,
        compareRuns,
        attribute,
        reward,
        traceFlow: options.traceFlow,
        benchmarks: options.benchmarks,
        jobs,
      }),
      { ...limits, events },
    ),
  );
  app.all("*", servePage(webRoot));
  app.onError((error) => answerFailure(error, log));
  let stopped: Promise<number> | undefined;
  return {
    app,
    secured: () => door.closed(),
    receive: async (request, access) => await inner.fetch(request, { access }),
    metrics,
    selfTracing,
    log,
    spoolShare: () => spoolShare(ingest?.health()),
    endStreams: () => live.stop(),
    stop: (deadlineMs) => {
      live.stop();
      stopped ??= traffic.stop(deadlineMs).then(async (left) => {
        await jobs.stop();
        await door.stop();
        await selfTracing.stop();
        return left;
      });
      return stopped;
    },
  };
}

function countDenied(metrics: CollectorMetrics, path: string, cause: string): void {
  const signal = [TRACES, LOGS, METRICS].find((one) => one.path === path);
  if (signal) metrics.requestsRefused.add(1, { signal: signal.name, cause });
}

function isOverMark(health: IngestHealth | undefined): boolean | undefined {
  const share = spoolShare(health);
  return share === undefined ? undefined : share > SPOOL_MARK;
}

function spoolShare(health: IngestHealth | undefined): number | undefined {
  if (health === undefined || health.spool_limit_bytes === 0) return undefined;
  return health.spool_bytes / health.spool_limit_bytes;
}
