import type { AttributeValue, BuildTrajectory, Outcome, Span, Trajectory } from "@culprit/schemas";
import type { Store } from "@culprit/store";

/** Runs with fewer spans are read as quickly as it is found out whether they changed. */
const WORTH_KEEPING = 500;
/** What is kept in all: steps, and characters of what they say and were shown. */
const MOST_STEPS = 100_000;
const MOST_CHARACTERS = 64 * 1024 * 1024;
const KEPT_MS = 300_000;

export interface TrajectoriesOptions {
  store: Pick<Store, "readSpans" | "readOutcomes" | "traceStamp">;
  buildTrajectory: BuildTrajectory;
  /** The stored outcome that counts, if any does. */
  outcomeOf(outcomes: readonly Outcome[]): Outcome | undefined;
  now?: (() => number) | undefined;
}

interface Kept {
  stamp: string;
  /** With the outcome that its spans tell. */
  run: Trajectory;
  characters: number;
  usedAt: number;
}

/**
 * Trajectories of stored runs. Long ones are kept for some minutes: who looks at one asks for it, its steps and
 * comparisons with it again and again. A kept one is used only while nothing was added to or taken from its trace.
 */
export class Trajectories {
  readonly #options: TrajectoriesOptions;
  readonly #now: () => number;
  /** In the order they were used. */
  readonly #kept = new Map<string, Kept>();
  readonly #reading = new Map<string, Promise<Trajectory | null>>();

  constructor(options: TrajectoriesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** The run as it is now, with the outcome that is stored of it; null when no span of it is. */
  async read(project: string, traceId: string): Promise<Trajectory | null> {
    const { store, outcomeOf } = this.#options;
    const [run, outcomes] = await Promise.all([this.#run(project, traceId), store.readOutcomes(project, traceId)]);
    if (run === null) return null;
    const outcome = outcomeOf(outcomes);
    return outcome === undefined ? run : { ...run, outcome };
  }

  async #run(project: string, traceId: string): Promise<Trajectory | null> {
    const key = JSON.stringify([project, traceId]);
    // Before the spans: what comes in between makes the next reader read again.
    const stamp = await this.#options.store.traceStamp(project, traceId);
    const kept = this.#kept.get(key);
    if (kept?.stamp === stamp) {
      this.#keep(key, kept);
      return kept.run;
    }
    const flight = `${key} ${stamp}`;
    let reading = this.#reading.get(flight);
    if (reading === undefined) {
      reading = this.#load(project, traceId, key, stamp).finally(() => this.#reading.delete(flight));
      this.#reading.set(flight, reading);
    }
    return await reading;
  }

  async #load(project: string, traceId: string, key: string, stamp: string): Promise<Trajectory | null> {
    const spans: Span[] = await this.#options.store.readSpans(project, traceId);
    if (spans.length === 0) return null;
    const run = this.#options.buildTrajectory(spans);
    if (spans.length >= WORTH_KEEPING) this.#keep(key, { stamp, run, characters: charactersOf(run), usedAt: 0 });
    return run;
  }

  #keep(key: string, kept: Kept): void {
    const now = this.#now();
    kept.usedAt = now;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    let [steps, characters] = [0, 0];
    for (const one of this.#kept.values()) {
      steps += one.run.steps.length;
      characters += one.characters;
    }
    for (const [oldest, one] of this.#kept) {
      if (steps <= MOST_STEPS && characters <= MOST_CHARACTERS && one.usedAt > now - KEPT_MS) break;
      steps -= one.run.steps.length;
      characters -= one.characters;
      this.#kept.delete(oldest);
    }
  }
}

/** About how much text a run holds. Texts of messages that several steps were shown count each time. */
function charactersOf(run: Trajectory): number {
  let characters = 0;
  for (const { content, input, tool_calls, result } of run.steps) {
    characters += content.length;
    for (const { parts } of input) {
      for (const part of parts) characters += sizeOf(part.content) + sizeOf(part.response) + sizeOf(part.arguments);
    }
    for (const call of tool_calls) characters += sizeOf(call.arguments);
    characters += sizeOf(result);
  }
  return characters;
}

function sizeOf(value: AttributeValue | undefined): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "string") return value.length;
  if (typeof value !== "object") return 8;
  try {
    return JSON.stringify(value).length;
  } catch {
    // Nested past what can be written out: not to be kept.
    return MOST_CHARACTERS;
  }
}
