import type { TouchedTrace } from "@culprit/store";

/** A run that something arrived for, until it has been derived quiet. */
export interface Entry extends TouchedTrace {
  key: string;
  /** Derived since the newest arrival. */
  derived: boolean;
  /** Store time before which it is not tried again. */
  notBeforeMs: number;
  /** Found while catching up; newcomers go first. */
  backlog: boolean;
}

export interface InboxOptions {
  settleMs: number;
  /** Wait after the first failure; doubled after each further one. */
  backoffMs: number;
  /** Failures in a row after which a run is parked until something new arrives for it. */
  maxTries: number;
}

export interface Inbox {
  /** Something arrived. Nothing happens when this arrival is known already. */
  note(touched: TouchedTrace, backlog: boolean): void;
  /** Runs to derive now: never derived since their newest arrival, or quiet long enough to be settled. */
  due(nowMs: number, limit: number): Entry[];
  /** Derived; forgotten when it was quiet, kept for a last look otherwise. */
  derived(entry: Entry, nowMs: number): void;
  /** Failed; tried again later, or parked (true). */
  postpone(run: Pick<TouchedTrace, "project" | "trace_id">, nowMs: number): boolean;
  /** Its failures are over. */
  succeeded(key: string): void;
  /** Parked runs are due again, with their tries before them; how many there were. */
  unpark(): number;
  /** Runs given up until something new arrives for them. */
  parked(): number;
  /** Store time of the oldest arrival that waits for work; undefined without any. */
  oldestMs(): number | undefined;
  has(key: string): boolean;
  /** A run that waits here is derived once more, also where it is being derived now; false where it does not wait. */
  again(key: string): boolean;
  /** Runs that only wait to become quiet. */
  waiting(): number;
  size(): number;
  /** Forgets arrivals before `sinceMs`, which will not be listed again. */
  forget(sinceMs: number): void;
}

export function keyOf({ project, trace_id }: Pick<TouchedTrace, "project" | "trace_id">): string {
  return `${project}/${trace_id}`;
}

/** Quiet: nothing arrived for the settle time, by the store's clock. */
export function isQuiet(entry: Pick<TouchedTrace, "touched_at_ms">, nowMs: number, settleMs: number): boolean {
  return nowMs - entry.touched_at_ms >= settleMs;
}

/** Which runs want work, and when. Holds keys only; knows neither store nor clock. */
export function createInbox({ settleMs, backoffMs, maxTries }: InboxOptions): Inbox {
  const entries = new Map<string, Entry>();
  const known = new Map<string, number>();
  const tries = new Map<string, number>();
  const parked = new Map<string, TouchedTrace>();
  return {
    note(touched, backlog) {
      const key = keyOf(touched);
      if (known.get(key) === touched.touched_at_ms) return;
      known.set(key, touched.touched_at_ms);
      tries.delete(key);
      parked.delete(key);
      entries.set(key, { ...touched, key, derived: false, notBeforeMs: 0, backlog });
    },
    due(nowMs, limit) {
      const due = [...entries.values()].filter(
        (entry) => entry.notBeforeMs <= nowMs && (!entry.derived || isQuiet(entry, nowMs, settleMs)),
      );
      return due.sort((left, right) => Number(left.backlog) - Number(right.backlog)).slice(0, limit);
    },
    derived(entry, nowMs) {
      if (entries.get(entry.key) !== entry) return;
      if (isQuiet(entry, nowMs, settleMs)) entries.delete(entry.key);
      else entry.derived = true;
    },
    postpone(run, nowMs) {
      const key = keyOf(run);
      const count = (tries.get(key) ?? 0) + 1;
      tries.set(key, count);
      const touched_at_ms = entries.get(key)?.touched_at_ms ?? known.get(key) ?? nowMs - settleMs;
      entries.delete(key);
      const { project, trace_id } = run;
      if (count >= maxTries) {
        parked.set(key, { project, trace_id, touched_at_ms });
        return true;
      }
      const notBeforeMs = nowMs + backoffMs * 2 ** (count - 1);
      entries.set(key, { project, trace_id, key, touched_at_ms, derived: false, notBeforeMs, backlog: true });
      return false;
    },
    succeeded: (key) => void tries.delete(key),
    unpark() {
      const count = parked.size;
      for (const [key, touched] of parked) {
        tries.delete(key);
        entries.set(key, { ...touched, key, derived: false, notBeforeMs: 0, backlog: true });
      }
      parked.clear();
      return count;
    },
    parked: () => parked.size,
    oldestMs() {
      let oldest: number | undefined;
      for (const { touched_at_ms } of entries.values()) oldest = Math.min(oldest ?? touched_at_ms, touched_at_ms);
      return oldest;
    },
    has: (key) => entries.has(key),
    again(key) {
      const entry = entries.get(key);
      if (entry === undefined) return false;
      // Another object: who derives the old one does not strike this one off.
      entries.set(key, { ...entry, derived: false });
      return true;
    },
    waiting: () => [...entries.values()].filter(({ key }) => !tries.has(key)).length,
    size: () => entries.size,
    forget(sinceMs) {
      for (const [key, touchedAt] of known) if (touchedAt < sinceMs && !entries.has(key)) known.delete(key);
    },
  };
}
