import type { LiveEvent } from "@culprit/schemas";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiFailure } from "./api.ts";
import { liveState, onLive, watchLive } from "./live.ts";

export interface Polled<T> {
  /** The last good answer for this key; stays while a later request fails. */
  data: T | undefined;
  failure: ApiFailure | undefined;
  /** Asks again at once. */
  refresh: () => void;
}

interface Held<T> {
  key: string;
  data: T | undefined;
  failure: ApiFailure | undefined;
}

const LONGEST_WAIT_MS = 30_000;
/** While changes are told, how often what is told of is asked for all the same, and how soon after a change. */
const TOLD_WAIT_MS = 120_000;
const AFTER_CHANGE_MS = 250;
const BETWEEN_CHANGES_MS = 1_000;
const KEPT = 24;
/** Last answers by key: going back shows the page at once, then refreshes it. */
const shown = new Map<string, unknown>();

/**
 * Loads now and again while the tab is visible; waits longer after each failure.
 *
 * @param key names what is loaded; a new key starts over
 * @param pause milliseconds to the next request, given the last good answer
 * @param wants which events mean that there is something new; while the collector tells them, it is hardly asked otherwise
 */
export function usePolled<T>(
  key: string,
  pause: (data: T | undefined) => number,
  load: (signal: AbortSignal) => Promise<T>,
  wants?: (event: LiveEvent) => boolean,
): Polled<T> {
  const [held, setHeld] = useState<Held<T>>(() => initial(key));
  const [round, setRound] = useState(0);
  const latest = useRef({ load, pause, wants });
  latest.current = { load, pause, wants };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a request to start over
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let busy = false;
    let last = shown.get(key) as T | undefined;
    let stale = false;
    const tick = async (): Promise<void> => {
      if (document.hidden || busy) return;
      clearTimeout(timer);
      busy = true;
      stale = false;
      try {
        const data = await latest.current.load(ended.signal);
        failures = 0;
        last = data;
        keep(key, data);
        setHeld((before) => (before.key === key && before.data === data && !before.failure ? before : good(key, data)));
      } catch (error) {
        if (ended.signal.aborted) return;
        failures += 1;
        setHeld((before) => ({ ...(before.key === key ? before : initial<T>(key)), failure: asFailure(error) }));
      } finally {
        busy = false;
      }
      if (ended.signal.aborted) return;
      timer = setTimeout(tick, stale && failures === 0 ? BETWEEN_CHANGES_MS : wait());
    };
    const wait = (): number => {
      const told = failures === 0 && latest.current.wants !== undefined && liveState() === "live";
      return told ? TOLD_WAIT_MS : Math.min(latest.current.pause(last) * 2 ** failures, LONGEST_WAIT_MS);
    };
    const onVisible = (): void => void tick();
    document.addEventListener("visibilitychange", onVisible);
    const unheard = onLive((event) => {
      if (stale || latest.current.wants?.(event) !== true) return;
      stale = true;
      if (busy) return;
      clearTimeout(timer);
      timer = setTimeout(tick, AFTER_CHANGE_MS);
    });
    // What happened before the stream began, or after it broke, is asked for.
    const unwatched = watchLive(() => {
      if (latest.current.wants !== undefined) void tick();
    });
    void tick();
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
      unheard();
      unwatched();
    };
  }, [key, round]);

  const refresh = useCallback(() => setRound((count) => count + 1), []);
  const current = held.key === key ? held : initial<T>(key);
  return { data: current.data, failure: current.failure, refresh };
}

function initial<T>(key: string): Held<T> {
  return { key, data: shown.get(key) as T | undefined, failure: undefined };
}

function good<T>(key: string, data: T): Held<T> {
  return { key, data, failure: undefined };
}

function keep(key: string, data: unknown): void {
  shown.delete(key);
  shown.set(key, data);
  for (const oldest of shown.keys()) {
    if (shown.size <= KEPT) break;
    shown.delete(oldest);
  }
}

/** What was thrown, as what a person can be told. */
export function asFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure("page_error", error instanceof Error ? error.message : String(error), 0);
}
