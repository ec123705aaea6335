import { useCallback, useEffect, useRef, useState } from "react";
import { ApiFailure } from "./api.ts";

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
const KEPT = 24;
/** Last answers by key: going back shows the page at once, then refreshes it. */
const shown = new Map<string, unknown>();

/**
 * Loads now and again while the tab is visible; waits longer after each failure.
 *
 * @param key names what is loaded; a new key starts over
 * @param pause milliseconds to the next request, given the last good answer
 */
export function usePolled<T>(
  key: string,
  pause: (data: T | undefined) => number,
  load: (signal: AbortSignal) => Promise<T>,
): Polled<T> {
  const [held, setHeld] = useState<Held<T>>(() => initial(key));
  const [round, setRound] = useState(0);
  const latest = useRef({ load, pause });
  latest.current = { load, pause };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a request to start over
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let busy = false;
    let last = shown.get(key) as T | undefined;
    const tick = async (): Promise<void> => {
      if (document.hidden || busy) return;
      clearTimeout(timer);
      busy = true;
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
      const wait = latest.current.pause(last) * 2 ** failures;
      if (!ended.signal.aborted) timer = setTimeout(tick, Math.min(wait, LONGEST_WAIT_MS));
    };
    const onVisible = (): void => void tick();
    document.addEventListener("visibilitychange", onVisible);
    void tick();
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
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
