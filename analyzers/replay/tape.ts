import type { AttributeValue, Step, Trajectory } from "@culprit/schemas";
import { chatRequest, requestKey, type ScrubRule, toolRequest } from "./canonical.ts";
import { describeDrift, likeness } from "./drift.ts";

/** One recorded call. */
export interface TapeEntry {
  step: Step;
  request: string[];
  served: boolean;
}

/** Cut or missing content cannot be served again; the reason names the step. */
export interface Unusable {
  step: number;
  reason: string;
}

/**
 * What passes by whoever replays: model calls and tools with the agent that makes them (`everything`), or model calls
 * alone, from an agent that is not always known (`models`).
 */
export type Sees = "everything" | "models";

export interface TapeOptions {
  rules?: readonly ScrubRule[] | undefined;
  sees?: Sees | undefined;
}

const TRUNCATED = "…[truncated by culprit:";

/**
 * The recorded calls of a run, found by what was asked: first in, first out where the same was asked more than once.
 * So siblings that run in parallel get their own answers in whatever order they ask, unless they ask the very same.
 */
export class Tape {
  readonly #entries: TapeEntry[];
  readonly #byKey = new Map<string, TapeEntry[]>();

  constructor(trajectory: Trajectory, { rules, sees = "everything" }: TapeOptions = {}) {
    const entries = trajectory.steps
      .filter((step) => step.role === "agent" || (step.role !== "user" && sees === "everything"))
      .map((step) => ({ step, request: requestOf(step, sees, rules), served: false }));
    this.#entries =
      sees === "everything" ? entries : entries.filter((entry, at) => !wasRetried(entry, entries.slice(at + 1)));
    for (const entry of this.#entries) {
      const key = requestKey(entry.request);
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), entry]);
    }
  }

  /** Takes the first recorded call that asked this and was not taken yet. */
  take(request: readonly string[]): TapeEntry | null {
    const entry = this.#byKey.get(requestKey(request))?.find((candidate) => !candidate.served);
    if (entry === undefined) return null;
    entry.served = true;
    return entry;
  }

  /** Recorded calls up to and including step `last` that were not asked again. */
  missing(last: number): TapeEntry[] {
    return this.#entries.filter((entry) => !entry.served && entry.step.index <= last);
  }

  /** How a request departs from the recorded one it most resembles, among those up to step `last` not taken yet. */
  describe(request: readonly string[], last: number): string {
    let nearest: TapeEntry | null = null;
    let best: [number, number] = [0, 0];
    for (const entry of this.missing(last)) {
      const [entries, characters] = likeness(request, entry.request);
      if (entries < best[0] || (entries === best[0] && characters <= best[1] && nearest !== null)) continue;
      if (entry.request[0] !== request[0]) continue;
      nearest = entry;
      best = [entries, characters];
    }
    return describeDrift(request, nearest === null ? null : { step: nearest.step.index, request: nearest.request });
  }
}

/** The first step up to `last` whose recording is not whole. */
export function firstUnusable(trajectory: Trajectory, last: number): Unusable | null {
  for (const step of trajectory.steps) {
    if (step.index > last) break;
    if (step.role === "agent" && step.input.length === 0) {
      return {
        step: step.index,
        reason: `What step ${step.index} was asked is not recorded, so it cannot be answered again.`,
      };
    }
    if (JSON.stringify([step.input, step.content, step.tool_calls]).includes(TRUNCATED)) {
      return {
        step: step.index,
        reason: `The recording of step ${step.index} is cut short, so it cannot be answered again.`,
      };
    }
  }
  return null;
}

/** An attempt that failed or was cut off, and whose client asked again: a replay answers at once. */
function wasRetried({ step, request }: TapeEntry, later: readonly TapeEntry[]): boolean {
  if (step.error === "") return false;
  const key = requestKey(request);
  return later.some((other) => requestKey(other.request) === key);
}

function requestOf(step: Step, sees: Sees, rules?: readonly ScrubRule[]): string[] {
  return step.role === "agent"
    ? chatRequest(sees === "everything" ? step.agent : "", step.input, rules)
    : toolRequest(step.agent, argumentsOf(step), rules);
}

function argumentsOf(step: Step): AttributeValue {
  for (const message of step.input) {
    for (const part of message.parts) {
      if (part.type === "tool_call") return part.arguments ?? null;
      if (part.content !== undefined) return part.content;
    }
  }
  return null;
}
