import type { ApiError, RouteInput, RouteName, RouteOutput } from "@culprit/schemas";

export type Status = RouteOutput<"status">;
export type TraceList = RouteOutput<"listTraces">;
export type GroupList = RouteOutput<"listGroups">;

/** A request that gave no usable answer: the collector's own code and mend, `unreachable`, or `http_<status>`. */
export class ApiFailure extends Error {
  readonly code: string;
  readonly mend: string | undefined;
  readonly status: number;

  constructor(code: string, message: string, status: number, mend?: string) {
    super(message);
    this.name = "ApiFailure";
    this.code = code;
    this.status = status;
    this.mend = mend;
  }
}

/** Where the routes that the page uses are; their inputs and outputs are the contract's. */
const PATHS = {
  status: "/api/v1/status",
  listTraces: "/api/v1/traces",
  getTrace: "/api/v1/traces/:trace_id",
  getSummary: "/api/v1/traces/:trace_id/summary",
  getStep: "/api/v1/traces/:trace_id/steps/:step",
  judgeBlame: "/api/v1/traces/:trace_id/verdict",
  listComments: "/api/v1/traces/:trace_id/comments",
  addComment: "/api/v1/traces/:trace_id/comments",
  listGroups: "/api/v1/groups",
  getGroup: "/api/v1/groups/:group_id",
  setGroupState: "/api/v1/groups/:group_id/state",
  blameFigures: "/api/v1/figures/blame",
  agentFigures: "/api/v1/figures/agents",
  runFigures: "/api/v1/figures/runs",
  costFigures: "/api/v1/figures/cost",
  strategyFigures: "/api/v1/figures/strategies",
  listAlerts: "/api/v1/alerts",
  listAlertRules: "/api/v1/alert-rules",
  listDeliveries: "/api/v1/alert-deliveries",
  listKeys: "/api/v1/keys",
  listUnread: "/api/v1/unread",
  getSettings: "/api/v1/settings",
  getFlow: "/api/v1/traces/:trace_id/steps/:step/flow",
  handoffFigures: "/api/v1/figures/handoffs",
  benchmarkFigures: "/api/v1/figures/benchmarks",
  calibrationFigures: "/api/v1/figures/calibration",
  listDatasets: "/api/v1/datasets",
  getDataset: "/api/v1/datasets/:name/:version",
  startReplay: "/api/v1/traces/:trace_id/replays",
  listReplayJobs: "/api/v1/replays",
} as const satisfies Partial<Record<RouteName, string>>;
type Known = keyof typeof PATHS;

/**
 * Asks a route of the contract: with a body it is sent by POST, without by GET.
 *
 * @throws ApiFailure
 */
export async function ask<Name extends Known>(
  name: Name,
  input: RouteInput<Name>,
  signal?: AbortSignal,
): Promise<RouteOutput<Name>> {
  const { body, ...values } = input as Record<string, unknown>;
  const address = addressOf(PATHS[name], values);
  return body === undefined ? get(address, signal) : post(address, body);
}

/** The address of a GET route, for a link to its JSON. */
export function apiHref<Name extends Known>(name: Name, input: RouteInput<Name>): string {
  return addressOf(PATHS[name], input as Record<string, unknown>);
}

function addressOf(path: string, values: Record<string, unknown>): string {
  const search = new URLSearchParams();
  let filled = path;
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    if (filled.includes(`:${name}`)) filled = filled.replace(`:${name}`, encodeURIComponent(String(value)));
    else search.set(name, String(value));
  }
  return search.size > 0 ? `${filled}?${search}` : filled;
}

/** The last answer of each address, so that an unchanged one keeps its identity and redraws nothing. */
const answers = new Map<string, { text: string; value: unknown }>();
const ANSWERS_KEPT = 24;

async function get<T>(address: string, signal: AbortSignal | undefined): Promise<T> {
  const { status, text } = await request(address, signal ? { signal } : {});
  const known = answers.get(address);
  if (known?.text === text) return known.value as T;
  const value = parse(text);
  if (value === undefined) {
    throw new ApiFailure("contract_broken", `${address} did not answer with JSON.`, status);
  }
  answers.delete(address);
  answers.set(address, { text, value });
  for (const oldest of answers.keys()) {
    if (answers.size <= ANSWERS_KEPT) break;
    answers.delete(oldest);
  }
  return value as T;
}

async function post<T>(address: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  const { status, text } = await request(address, { method: "POST", headers, body: JSON.stringify(body) });
  const value = parse(text);
  if (value === undefined) throw new ApiFailure("contract_broken", `${address} did not answer with JSON.`, status);
  return value as T;
}

async function request(address: string, init: RequestInit): Promise<{ status: number; text: string }> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(address, init);
    text = await response.text();
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiFailure("unreachable", "The collector does not answer.", 0);
  }
  if (!response.ok) throw failureOf(response.status, text);
  return { status: response.status, text };
}

function failureOf(status: number, text: string): ApiFailure {
  const body = parse(text) as Partial<ApiError> | undefined;
  const error = body?.error;
  if (error) return new ApiFailure(error.code, error.message, status, error.mend);
  return new ApiFailure(`http_${status}`, `The collector answered ${status}.`, status);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
