import type { GroupState } from "@culprit/schemas";

/** Windows the lists offer, and how the API is asked for them. */
export const WINDOWS = [
  { since: "24h", label: "24 hours" },
  { since: "7d", label: "7 days" },
  { since: "30d", label: "30 days" },
  { since: "3650d", label: "All" },
] as const;
export const DEFAULT_SINCE = "30d";

/** Failed runs that are in no group: nobody is blamed, or the blame did not hold. */
export type Ungrouped = "none" | "refuted";

export type Route =
  | { view: "inbox"; agent: string | null; ungrouped: Ungrouped | null; state: GroupState; since: string }
  | { view: "group"; groupId: string; since: string }
  | { view: "run"; traceId: string; step: number | null }
  | { view: "replay"; traceId: string; replay: string }
  | { view: "agents"; since: string }
  | { view: "quality"; since: string }
  | { view: "datasets" }
  | { view: "dataset"; name: string; version: string }
  | { view: "alerts"; since: string }
  | { view: "settings" }
  | { view: "missing" };
export type InboxRoute = Extract<Route, { view: "inbox" }>;

/** What an address shows. */
export function parseRoute(url: URL): Route {
  const { pathname, searchParams, hash } = url;
  const since = sinceOf(searchParams);
  if (pathname === "/") {
    const state = searchParams.get("state");
    const status = searchParams.get("status");
    return {
      view: "inbox",
      agent: searchParams.get("agent"),
      ungrouped: status === "none" || status === "refuted" ? status : null,
      state: state === "resolved" || state === "ignored" ? state : "open",
      since,
    };
  }
  const view = pathname.slice(1);
  if (view === "agents" || view === "quality" || view === "alerts") return { view, since };
  if (view === "settings" || view === "datasets") return { view };
  const [, name, version] = /^\/datasets\/([a-z0-9][a-z0-9._-]{0,63})\/([1-9]\d{0,8}|latest)$/.exec(pathname) ?? [];
  if (name !== undefined && version !== undefined) return { view: "dataset", name, version };
  const group = /^\/groups\/([0-9a-f]{16})$/.exec(pathname)?.[1];
  if (group !== undefined) return { view: "group", groupId: group, since };
  const [, traceId, rest] = /^\/runs\/([0-9a-f]{32})(\/replay|\/?)$/.exec(pathname) ?? [];
  if (traceId === undefined) return { view: "missing" };
  if (rest === "/replay") {
    const replay = searchParams.get("id");
    return replay === null ? { view: "missing" } : { view: "replay", traceId, replay };
  }
  const step = /^#step-(\d{1,7})$/.exec(hash)?.[1];
  return { view: "run", traceId, step: step === undefined ? null : Number(step) };
}

/** The inbox, filtered. */
export function inboxHref(place: Partial<Omit<InboxRoute, "view">> = {}): string {
  const search = new URLSearchParams();
  if (place.ungrouped) search.set("status", place.ungrouped);
  else if (place.agent !== undefined && place.agent !== null) search.set("agent", place.agent);
  if (place.state !== undefined && place.state !== "open") search.set("state", place.state);
  return withSince("/", place.since, search);
}

/** A failure group with its runs. */
export function groupHref(groupId: string, since?: string): string {
  return withSince(`/groups/${groupId}`, since);
}

/** A run, or one step of it. */
export function runHref(traceId: string, step?: number | null): string {
  return step === undefined || step === null ? `/runs/${traceId}` : `/runs/${traceId}#step-${step}`;
}

/** A replay beside its original, by its own id or by the id of the run that it made. */
export function replayHref(traceId: string, replay: string): string {
  return `/runs/${traceId}/replay?${new URLSearchParams({ id: replay })}`;
}

/** One version of a training set. */
export function datasetHref(name: string, version: number): string {
  return `/datasets/${encodeURIComponent(name)}/${version}`;
}

/** A view that has only a window. */
export function viewHref(view: "agents" | "quality" | "alerts" | "datasets", since?: string): string {
  return withSince(`/${view}`, since);
}

function withSince(path: string, since = DEFAULT_SINCE, search = new URLSearchParams()): string {
  if (since !== DEFAULT_SINCE) search.set("since", since);
  return search.size > 0 ? `${path}?${search}` : path;
}

function sinceOf(search: URLSearchParams): string {
  const asked = search.get("since");
  return WINDOWS.find(({ since }) => since === asked)?.since ?? DEFAULT_SINCE;
}
