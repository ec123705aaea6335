import { CULPRIT, type GatewayOutcome, GEN_AI, type Message } from "@culprit/schemas";
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, BasicTracerProvider, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { now } from "../sdk/clock.ts";
import { textContent } from "../sdk/content.ts";
import { withAgent, withRun } from "../sdk/scope.ts";
import { type QueueCounts, SpanQueue, type SpanQueueOptions } from "../sdk/span-queue.ts";
import { endStep, type StepSpanOptions, setContent, setKnown, startStepSpan } from "../sdk/step-span.ts";
import { ChosenIds } from "./chosen-ids.ts";
import { Conversations } from "./conversations.ts";
import type { Identity } from "./identity.ts";
import { rootSpanIdOf, traceIdOf } from "./run-id.ts";
import { type GatewayRun, Runs } from "./runs.ts";
import { CredentialFilter } from "./secrets.ts";

const SCOPE = "@culprit/gateway";
const SCOPE_VERSION = "0.1.0";
/** Messages are one attribute each, and no other list grows with a conversation. */
const LIMITS = { attributeCountLimit: 1024, eventCountLimit: 1024, linkCountLimit: 1024 };

/** Starts a span in the place of a call. */
export type StartSpan = (options: Omit<StepSpanOptions, "base" | "tracer" | "root">) => Span;

/** Where the spans of one call belong. */
export interface Place {
  run: GatewayRun;
  /** Whose call it is; empty when the caller's own spans may know better than a guess. */
  agent: string;
  guess: string;
  tracer: Tracer;
  base: Context;
  start: StartSpan;
  /** Keeps the caller's credentials out of a span that was not made with `start`. */
  watch(span: Span): void;
  /** The call is over. */
  ended(): void;
}

/** What is known of a call before it is recorded. */
export interface Arrival {
  identity: Identity;
  /** What the agent may be called, going by its prompt. */
  guess: string;
  messages: readonly Message[];
  credentials: ReadonlySet<string>;
}

/** What is known of a run by its name. */
export type RunAttributes = (run: string) => { every?: Attributes; root?: Attributes } | undefined;

export interface RecorderOptions {
  exporter: SpanExporter;
  queue?: SpanQueueOptions;
  runIdleMs: number;
  runAttributes?: RunAttributes;
}

/**
 * Records the calls of one project: a tracer provider of its own, so that nothing else of the process is traced, and
 * the runs that are open. Spans leave by a bounded queue; a collector that is down costs its memory and nothing else.
 */
export class Recorder {
  readonly #queue: SpanQueue;
  readonly #filter: CredentialFilter;
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #ids = new ChosenIds();
  readonly #conversations = new Conversations(this.#ids.generateTraceId);
  readonly #runs: Runs;
  readonly #runAttributes: RunAttributes;

  constructor({ exporter, queue = {}, runIdleMs, runAttributes = () => undefined }: RecorderOptions) {
    this.#runAttributes = runAttributes;
    // A step told of while it runs would pass by the filter. The gateway outlives the systems it records, so their
    // last calls are recorded without: a caller that dies has left.
    this.#queue = new SpanQueue(exporter, { ...queue, announceMs: false });
    this.#filter = new CredentialFilter(this.#queue);
    this.#provider = new BasicTracerProvider({
      idGenerator: this.#ids,
      sampler: new AlwaysOnSampler(),
      spanProcessors: [this.#filter],
      spanLimits: LIMITS,
      generalLimits: {},
      resource: resourceFromAttributes({ "service.name": "culprit-gateway" }),
    });
    this.#tracer = this.#provider.getTracer(SCOPE, SCOPE_VERSION);
    this.#runs = new Runs({ idleMs: runIdleMs, send: (run) => this.#sendRoot(run) });
  }

  get counts(): QueueCounts & { open_runs: number } {
    return { ...this.#queue.counts, open_runs: this.#runs.openRuns };
  }

  /**
   * The place of a call: below the caller's own span when it traces this very run, else below the run's root. A call
   * that names no run goes on with the conversation it continues. The run counts it until it has `ended`.
   */
  place({ identity, guess, messages, credentials }: Arrival): Place {
    const { run: name, caller } = identity;
    const traceId = name !== "" ? traceIdOf(name) : (caller?.traceId ?? this.#conversations.traceIdOf(messages));
    const foreign = caller?.traceId === traceId;
    const agent = identity.agent || (foreign ? "" : guess);
    const run = this.#runs.open(traceId, name, foreign);
    run.calls++;
    for (const credential of credentials) if (run.credentials.size < 64) run.credentials.add(credential);
    const parent = foreign ? caller : { traceId, spanId: run.rootId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
    const within = trace.setSpanContext(ROOT_CONTEXT, parent ?? { traceId, spanId: run.rootId, traceFlags: 1 });
    const shared: Attributes = {
      ...(name === "" ? {} : { [GEN_AI.conversationId]: name }),
      ...this.#runAttributes(name)?.every,
    };
    const inRun = withRun(within, {
      root: trace.wrapSpanContext({ traceId, spanId: run.rootId, traceFlags: 1 }),
      traceId,
      shared,
      handoffs: new Map(),
      reported: false,
    });
    const base = agent === "" ? inRun : withAgent(inRun, agent);
    const tracer = this.#tracer;
    const watch = (span: Span) => {
      this.#filter.watch(span, run.credentials);
      if (caller !== undefined && !foreign) span.addLink({ context: caller });
    };
    const start: StartSpan = (options) => {
      const span = startStepSpan({ ...options, base, tracer });
      this.#filter.watch(span, run.credentials);
      return span;
    };
    const ended = () => this.#runs.callEnded(run);
    return { run, agent, guess: agent === "" ? guess : "", tracer, base, start, watch, ended };
  }

  /**
   * Notes how a run ended, and ends it. A run this gateway has not seen (it was restarted, or there are several) gets a
   * span of its own that says so.
   *
   * @returns the run's trace id
   */
  outcome(name: string, outcome: GatewayOutcome): string {
    const traceId = traceIdOf(name);
    const run = this.#runs.get(traceId);
    if (run !== undefined) {
      run.outcome = outcome;
      run.endedAt = now();
      run.over = false;
      this.#runs.end(run);
      return traceId;
    }
    const parent = { traceId, spanId: rootSpanIdOf(traceId), traceFlags: TraceFlags.SAMPLED, isRemote: true };
    const base = trace.setSpanContext(ROOT_CONTEXT, parent);
    const span = startStepSpan({
      name: "report_outcome",
      kind: SpanKind.INTERNAL,
      attributes: {},
      base,
      tracer: this.#tracer,
    });
    setOutcome(span, outcome);
    endStep(span);
    return traceId;
  }

  /** Ends the open runs and sends what waits, bounded in time; never rejects. */
  async close(deadlineMs: number): Promise<void> {
    this.#runs.close();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([this.#provider.shutdown().catch(() => undefined), deadline]);
    clearTimeout(timer);
  }

  #sendRoot(run: GatewayRun): void {
    const { every, root } = this.#runAttributes(run.name) ?? {};
    const span = this.#ids.with({ traceId: run.traceId, spanId: run.rootId }, () =>
      this.#tracer.startSpan(
        "invoke_workflow run",
        {
          kind: SpanKind.INTERNAL,
          root: true,
          startTime: run.startedAt,
          attributes: {
            [GEN_AI.operationName]: "invoke_workflow",
            [CULPRIT.seenFrom]: "gateway",
            ...(run.name === "" ? {} : { [GEN_AI.conversationId]: run.name }),
            ...every,
          },
        },
        ROOT_CONTEXT,
      ),
    );
    this.#filter.watch(span, run.credentials);
    // A root that names a task would stand before the caller's own.
    if (!run.foreign && run.task !== "") setContent(span, CULPRIT.task, run.task, textContent);
    if (root !== undefined) span.setAttributes(root);
    if (run.outcome !== undefined) setOutcome(span, run.outcome);
    span.end(run.endedAt);
  }
}

function setOutcome(span: Span, { success, score, feedback }: GatewayOutcome): void {
  span.setAttributes({ [CULPRIT.outcome]: success ? "success" : "failure", [CULPRIT.outcomeBy]: "reported" });
  if (score !== undefined) span.setAttribute(CULPRIT.outcomeScore, score);
  if (feedback !== undefined) {
    setKnown(span, CULPRIT.outcomeFeedback, textContent(CULPRIT.outcomeFeedback, feedback));
  }
}
