import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type Span,
  type SpanContext,
  trace,
} from "@opentelemetry/api";
import { LayeredContext } from "./layered-context.ts";

/** The run an async context belongs to. */
export interface RunScope {
  root: Span;
  traceId: string;
  /** Attributes every span of the run carries. */
  shared: Attributes | undefined;
  /** Hand-overs that the agent they name has not taken up yet. */
  handoffs: Map<string, SpanContext[]>;
  /** An outcome was reported inside it. */
  reported: boolean;
}

/** The round of a self-correction loop. */
export interface RoundScope {
  loopId: string;
  /** 0-based. */
  index: number;
  /** The root span of the round before. */
  previous: SpanContext | undefined;
  /** The first run that was started in the round. */
  run: RunScope | undefined;
}

const NONE = createContextKey("culprit.none");
const RUN = createContextKey("culprit.run");
const ROUND = createContextKey("culprit.round");
const AGENT = createContextKey("culprit.agent");

/** The run around the caller, if any. */
export function currentRun(in_: Context = context.active()): RunScope | undefined {
  return in_.getValue(RUN) as RunScope | undefined;
}

/** Name of the innermost `agent()` around the caller; empty outside of one. */
export function currentAgent(in_: Context = context.active()): string {
  return (in_.getValue(AGENT) as string | undefined) ?? "";
}

export function withRun(base: Context, run: RunScope): Context {
  return new LayeredContext(new LayeredContext(base, RUN, run), AGENT, undefined);
}

export function withAgent(base: Context, name: string): Context {
  return new LayeredContext(base, AGENT, name);
}

/** The round of a loop that the caller is in, if any and unless a run of that round is around it already. */
export function currentRound(in_: Context = context.active()): RoundScope | undefined {
  const round = in_.getValue(ROUND) as RoundScope | undefined;
  return round?.run === undefined ? round : undefined;
}

export function withRound(base: Context, round: RoundScope): Context {
  return new LayeredContext(base, ROUND, round);
}

/** `base` with `span` as the active one. */
export function withSpan(base: Context, span: Span): Context {
  return trace.setSpan(base instanceof LayeredContext ? base : new LayeredContext(base, NONE, undefined), span);
}

/** Whether contexts follow asynchronous work at all; they do not until some tracing is started. */
export function contextsFollow(): boolean {
  return context.with(context.active().setValue(AGENT, "probe"), () => context.active().getValue(AGENT) === "probe");
}
