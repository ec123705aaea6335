import type { LiveEvent } from "@culprit/schemas";
import { useSyncExternalStore } from "react";

/** `live`: the collector tells what changes. `polling`: it is asked from time to time. */
export type LiveState = "live" | "polling";

const EVENTS = "/api/v1/events";
const TYPES: readonly LiveEvent["type"][] = [
  "ready",
  "refresh",
  "run",
  "attribution",
  "label",
  "replay",
  "replay_job",
  "comment",
  "group",
  "alert",
];
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

const listeners = new Set<(event: LiveEvent) => void>();
const watchers = new Set<() => void>();
let state: LiveState = "polling";
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

/** Tells what changes in the project from now on; what was missed while away comes as `refresh`. */
export function onLive(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function liveState(): LiveState {
  return state;
}

/** Whether changes are told; draws again when that changes. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(watchLive, liveState);
}

export function watchLive(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

/** Listens while the tab is seen: a browser holds few connections to one collector, over all its tabs. */
export function startLive(): () => void {
  const onVisible = (): void => (document.hidden ? close() : open());
  document.addEventListener("visibilitychange", onVisible);
  onVisible();
  return () => {
    document.removeEventListener("visibilitychange", onVisible);
    close();
  };
}

function open(): void {
  if (source !== undefined || typeof EventSource === "undefined") return;
  clearTimeout(timer);
  const own = new EventSource(EVENTS);
  source = own;
  for (const type of TYPES) own.addEventListener(type, (message) => hear(message as MessageEvent<unknown>));
  own.onerror = () => {
    set("polling");
    // A stream that was cut is taken up again by the browser; one that was refused is not.
    if (own.readyState !== EventSource.CLOSED) return;
    close();
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures++);
    timer = setTimeout(() => !document.hidden && open(), wait);
  };
}

function close(): void {
  clearTimeout(timer);
  source?.close();
  source = undefined;
  set("polling");
}

function hear({ data }: MessageEvent<unknown>): void {
  let event: LiveEvent;
  try {
    event = JSON.parse(String(data)) as LiveEvent;
  } catch {
    return;
  }
  failures = 0;
  set("live");
  for (const listener of [...listeners]) listener(event);
}

function set(next: LiveState): void {
  if (state === next) return;
  state = next;
  for (const changed of [...watchers]) changed();
}

/** Every change of runs, blames and groups: what lists and figures are made of. */
export function ofRuns({ type }: LiveEvent): boolean {
  return type === "run" || type === "group" || type === "label" || type === "attribution" || type === "refresh";
}

/** What concerns one run, the replays of it included. */
export function ofRun(traceId: string): (event: LiveEvent) => boolean {
  return (event) => {
    if (event.type === "refresh") return true;
    if (event.type === "comment" || event.type === "replay_job") return false;
    return "trace_id" in event && (event.trace_id === traceId || (event.type === "run" && event.replay_of === traceId));
  };
}
