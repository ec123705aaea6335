import { request as sendHttp } from "node:http";
import {
  type OpenApiOperation,
  openApiDocument,
  type ReplayRunner,
  type RouteName,
  type StreamName,
} from "@culprit/schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newIds, type Running, startCollector } from "./collector-harness.ts";
import { aDataset, anAlertEvent, anAnnotation, anAttribution, aReplay, aRun, aSpan } from "./store-rows.ts";

/** Everything here is made from the document, as a client that knows nothing else would. */
const document = openApiDocument("test");
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema({ $id: "culprit", ...document });

const KEY = "an-operators-own-key";
const ABSENT = "0123456789abcdef0123456789abcdef";
const SUCCEEDED = newIds().traceId;
const trace_id = newIds().traceId;
let running: Running;
let open: Running;
let scoped: Record<string, string>;
let known: Record<string, string>;

/** Takes a task and holds it, so that the next one waits and the one after is refused. */
const held: ReplayRunner = {
  project: "default",
  proposes: false,
  mostReplays: 30,
  concurrency: 1,
  queue: 2,
  run: (_task, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped")))),
};

beforeAll(async () => {
  [running, open] = await Promise.all([
    startCollector({ api_key: KEY, max_body_bytes: 50_000 }, { replayRunner: held }),
    startCollector(),
  ]);
  const { store } = running;
  const base = aSpan({ trace_id, attributes: { "culprit.output": "x", "culprit.outcome": "failure" } });
  await store.insertSpans([{ ...base, reading: { ...base.reading, operation: "invoke_agent", agent: "Coder" } }]);
  await store.saveRuns([aRun({ trace_id, blamed_step: 0 })]);
  await store.saveAttributions([anAttribution({ trace_id, step: 0 })]);
  await store.saveAnnotation(anAnnotation({ trace_id, step: 0 }));
  await store.saveReplay(aReplay({ trace_id }));
  const event = anAlertEvent({ event_id: ABSENT });
  await store.saveAlertEvent(event);
  const at = new Date().toISOString();
  await store.alerts.saveDeliveries("default", [
    {
      event_id: ABSENT,
      target_id: "0123456789ab",
      rule: "r",
      target: "webhook x",
      status: "dead",
      attempts: 1,
      next_at: at,
      error: "away",
      created_at: at,
    },
  ]);
  await store.datasets.save("default", aDataset());
  await store.datasets.save("default", aDataset({ name: "mine" }));
  await store.replayJobs.save("default", {
    ...{ job_id: ABSENT.replace("0", "a"), trace_id, step: 0, correction: "x", tool_calls: [], k: null },
    ...{ state: "running", replays: 1, most_replays: 30, verdict: null, error: null, asked_by: "operator" },
    ...{ created_at: at, updated_at: at },
  });
  const succeeded = aSpan({ trace_id: SUCCEEDED, attributes: { "culprit.outcome": "success" } });
  await store.insertSpans([{ ...succeeded, reading: { ...succeeded.reading, operation: "invoke_agent" } }]);
  const [group] = await store.groups.list({ project: "default", since_seconds: 1e6 });
  const key = async (scopes: string[], limits: object = {}) => {
    const response = await ask({ path: "/api/v1/keys", method: "POST", body: { scopes, limits } });
    return (await response.json()) as { key: string; record: { key_id: string } };
  };
  const [reader, sender, slow, spare] = [
    await key(["read"]),
    await key(["ingest"]),
    await key(["admin"], { requests_per_second: 0.001 }),
    await key(["read"]),
  ];
  await ask({ path: "/api/v1/status", method: "GET", key: slow.key });
  scoped = { read: reader.key, ingest: sender.key, slow: slow.key };
  const comment = (await (
    await ask({ path: `/api/v1/traces/${trace_id}/comments`, method: "POST", body: { text: "hm" } })
  ).json()) as { comment: { comment_id: string } };
  await ask({ path: "/api/v1/queries/mine", method: "PUT", body: { filter: {} } });
  known = {
    trace_id,
    step: "0",
    group_id: group?.group_id ?? "",
    comment_id: comment.comment.comment_id,
    name: "mine",
    version: "1",
    event_id: ABSENT,
    target_id: "0123456789ab",
    key_id: spare.record.key_id,
    project: "default",
    job_id: ABSENT.replace("0", "a"),
    other_id: SUCCEEDED,
  };
});
afterAll(async () => {
  await Promise.all([running.close(), open.close()]);
});

interface Asked {
  path: string;
  method: string;
  query?: string;
  body?: unknown;
  raw?: string;
  headers?: Record<string, string>;
  key?: string | null;
}

function ask({ path, method, query = "", body, raw, headers = {}, key = KEY }: Asked): Promise<Response> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return fetch(`${running.url}${path}${query}`, {
    method,
    headers: {
      ...(text === undefined ? {} : { "content-type": "application/json" }),
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  });
}

/** Here is none: collector-api.test.ts and reward-api.test.ts have one. */
const NEEDS_ANALYZER = new Set<RouteName | StreamName>(["attribute", "reward", "rewardOpenRlhf", "rewardSlime"]);

/** Bodies that the routes take; anything else of a request is filled in from the document. */
const BODIES: Partial<Record<RouteName | StreamName, () => unknown>> = {
  reportOutcome: () => ({ outcome: "failure", score: null, feedback: "", by: "reported" }),
  attribute: () => ({}),
  reward: () => ({ items: [{ completion: "x", agent: "Coder", step: 0 }] }),
  rewardOpenRlhf: () => ({ query: ["x"], prompts: [""], labels: ['{"agent":"Coder","step":0}'] }),
  rewardSlime: () => ({ prompt: "", response: "x", label: '{"agent":"Coder","step":0}' }),
  saveReplay: () => withoutProject({ ...aReplay({ trace_id }), intervention: { ...aReplay().intervention, step: 0 } }),
  startReplay: () => ({ step: 0, correction: "y" }),
  annotate: () => withoutProject(anAnnotation({ trace_id, step: 0 })),
  judgeBlame: () => ({ verdict: "confirm" }),
  addComment: () => ({ text: "hm" }),
  markApplied: () => ({ applied_in: trace_id }),
  saveQuery: () => ({ filter: { outcome: "failure" } }),
  registerDataset: () => aDataset(),
  setGroupState: () => ({ state: "ignored" }),
  testAlertRule: () => ({ rule: { name: "x", webhook: "https://hooks.example.com/x" }, since: "1h" }),
  createKey: () => ({ scopes: ["read"] }),
};

function withoutProject<Item extends { project: string }>({ project: _, ...rest }: Item): unknown {
  return rest;
}

/** The path with values for its parameters: things that are there, or ids of nothing. */
function filled(path: string, values: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? "");
}
const absent: Record<string, string> = {
  trace_id: ABSENT,
  step: "99",
  group_id: "0123456789abcdef",
  comment_id: ABSENT,
  name: "none",
  version: "99",
  event_id: "f".repeat(32),
  target_id: "f".repeat(12),
  key_id: "00000000",
  project: "nobody",
  job_id: ABSENT,
  other_id: ABSENT,
};

function requestOf(path: string, method: string, operation: OpenApiOperation, values = known): Asked {
  const make = BODIES[operation.operationId];
  return { path: filled(path, values), method, ...(operation.requestBody ? { body: make?.() } : {}) };
}

// What deletes comes last, and the run after what is in it.
const LAST: readonly (RouteName | StreamName)[] = [
  "deleteComment",
  "deleteQuery",
  "revokeKey",
  "deleteTrace",
  "deleteProject",
];
const ordered = [...operations].sort(
  (left, right) => LAST.indexOf(left.operation.operationId) - LAST.indexOf(right.operation.operationId),
);

/** How each error is brought about on a route that may answer it; undefined where it can't be from outside. */
type Trigger = (path: string, method: string, operation: OpenApiOperation) => Asked | undefined;
const TRIGGERS: Record<string, Trigger> = {
  invalid: (path, method, operation) => ({
    ...requestOf(path, method, operation),
    query: "?there_is_no_such_parameter=1",
  }),
  cursor_invalid: (path, method, operation) => ({ ...requestOf(path, method, operation), query: "?cursor=%22" }),
  search_empty: (path, method, operation) =>
    operation.operationId === "listTraces" ? { ...requestOf(path, method, operation), query: "?text=%3F" } : undefined,
  unauthorized: (path, method, operation) => ({ ...requestOf(path, method, operation), key: null }),
  forbidden_origin: (path, method, operation) => ({
    ...requestOf(path, method, operation),
    headers: { origin: "https://elsewhere.example" },
  }),
  forbidden_scope: (path, method, operation) => ({
    ...requestOf(path, method, operation),
    key: scoped[operation["x-culprit-scopes"].includes("read") ? "ingest" : "read"] ?? "",
  }),
  not_found: (path, method, operation) => {
    // Without an analyzer it does not come to that; collector-api.test.ts has one.
    if (operation.operationId === "attribute") return undefined;
    if (operation.operationId === "testAlertRule") return { path, method, body: { rule: "none" } };
    const request = requestOf(path, method, operation, absent);
    const body = request.body as Record<string, unknown> | undefined;
    return { ...request, ...(body && "trace_id" in body ? { body: { ...body, trace_id: ABSENT } } : {}) };
  },
  method_not_allowed: (path) => ({ path: filled(path, known), method: "PATCH" }),
  too_large: (path, method, operation) => ({ ...requestOf(path, method, operation), raw: "x".repeat(60_000) }),
  unsupported_content: (path, method, operation) => ({
    ...requestOf(path, method, operation),
    headers: { "content-type": "text/plain" },
  }),
  rate_limited: (path, method, operation) => ({ ...requestOf(path, method, operation), key: scoped["slow"] ?? "" }),
  no_such_step: (path, method, operation) => {
    const request = requestOf(path, method, operation);
    const body = request.body as Record<string, unknown>;
    const wrong: Record<string, unknown> = {
      judgeBlame: { verdict: "correct", agent: "Coder", step: 9 },
      addComment: { text: "x", step: 9 },
      annotate: { ...body, step: 9 },
      saveReplay: { ...body, intervention: { ...aReplay().intervention, step: 9 } },
      startReplay: { step: 9, correction: "y" },
    };
    return { ...request, body: wrong[operation.operationId] };
  },
  version_taken: (path, method, operation) => ({
    ...requestOf(path, method, operation),
    body: aDataset({ hash: "cd".repeat(32) }),
  }),
  not_a_failed_run: (path, method, operation) => requestOf(path, method, operation, { ...known, trace_id: SUCCEEDED }),
  correction_required: (path, method, operation) => ({ ...requestOf(path, method, operation), body: { step: 0 } }),
  replay_not_configured: (path, method, operation) => ({
    ...requestOf(path, method, operation),
    key: scoped["foreign"] ?? "",
  }),
  replay_queue_full: (path, method, operation) => requestOf(path, method, operation),
  // The collector of this test is handed what reads runs, and no attributor.
  no_attributor: (path, method, operation) =>
    operation.operationId === "attribute" ? requestOf(path, method, operation) : undefined,
  forbidden_project: (path, method, operation) => {
    const key = scoped["foreign"] ?? "";
    if (operation.operationId === "listKeys") return { path, method, query: "?project=default", key };
    if (operation.operationId === "createKey") return { path, method, body: { project: "default" }, key };
    return { ...requestOf(path, method, operation), key };
  },
};
/** Cannot be brought about by one request from outside: tested where they come from. */
const ELSEWHERE = new Set([
  "internal",
  "busy",
  "too_many_keys",
  "too_many_streams",
  "store_unavailable",
  "forbidden_host",
]);

describe("every route of the document", () => {
  test.each(operations.map((one) => [one.operation.operationId, one] as const))(
    "%s answers each of its errors with the status and the body that it says",
    async (_name, { path, method, operation }) => {
      if (scoped["foreign"] === undefined) {
        const made = await ask({
          path: "/api/v1/keys",
          method: "POST",
          body: { project: "elsewhere", scopes: ["admin"] },
        });
        scoped["foreign"] = ((await made.json()) as { key: string }).key;
      }
      const isError = ajv.getSchema("culprit#/components/schemas/Error");
      for (const [code, status] of Object.entries(operation["x-culprit-errors"])) {
        if (ELSEWHERE.has(code)) continue;
        const trigger = TRIGGERS[code];
        expect(trigger, `nothing here brings ${code} about`).toBeDefined();
        const request = trigger?.(path, method, operation);
        if (request === undefined) continue;
        // One runs and two wait; what is refused next is refused because of them.
        if (code === "replay_queue_full") for (let taken = 0; taken < 3; taken++) await ask(request);
        const response = await ask(request);
        const body = (await response.json()) as { error: { code: string; message: string } };
        expect([code, response.status, body.error.code]).toEqual([code, status, code]);
        expect(isError?.(body), JSON.stringify(body)).toBe(true);
        expect(body.error.message).toMatch(/\.$/);
      }
    },
  );

  test("without keys refuses a host that is not loopback's", async () => {
    for (const { path, method, operation } of operations) {
      const target = new URL(filled(path, known), open.url);
      const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
        const request = sendHttp(target, { method, headers: { host: "evil.example" } }, (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (part: string) => {
            body += part;
          });
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        });
        request.on("error", reject);
        request.end();
      });
      expect([
        operation.operationId,
        answer.status,
        (JSON.parse(answer.body) as { error: { code: string } }).error.code,
      ]).toEqual([operation.operationId, 403, "forbidden_host"]);
    }
  });

  test("answers as its schema says, as JSON and where it is a list as NDJSON", async () => {
    for (const { path, method, operation } of ordered) {
      const name = operation.operationId;
      // A stream does not end: live-events.test.ts reads it.
      if (NEEDS_ANALYZER.has(name) || name === "deleteProject" || name === "events") continue;
      const response = await ask(requestOf(path, method, operation));
      const body: unknown = await response.json();
      const status = Object.keys(operation.responses).find((code) => code.startsWith("2")) ?? "";
      // What waits was put there above.
      if (name === "startReplay") continue;
      expect([name, String(response.status), JSON.stringify(body).slice(0, 300)]).toEqual([
        name,
        status,
        expect.any(String),
      ]);
      const content = operation.responses[status]?.content ?? {};
      const validate = ajv.compile(rooted(content["application/json"]?.schema));
      expect(validate(body), `${name}: ${JSON.stringify(validate.errors)}`).toBe(true);
      if (content["application/x-ndjson"] === undefined) continue;
      const item = ajv.compile(rooted(content["application/x-ndjson"].schema));
      const lines = (await (await ask({ ...requestOf(path, method, operation), query: "?format=ndjson" })).text())
        .split("\n")
        .filter(Boolean);
      for (const line of lines) expect(item(JSON.parse(line)), `${name}: ${JSON.stringify(item.errors)}`).toBe(true);
    }
  });

  test("answers 503 while the store is away, and says when to come back", async () => {
    const own = await startCollector();
    await own.store.close();
    for (const { path, method, operation } of operations) {
      const { body } = requestOf(path, method, operation);
      const response = await fetch(`${own.url}${filled(path, known)}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      // Refused for what these collectors do not do, before the store is asked; settings are not in it.
      const refused = ["startReplay", "getSettings", "benchmarkFigures"];
      if (NEEDS_ANALYZER.has(operation.operationId) || refused.includes(operation.operationId)) continue;
      expect([operation.operationId, response.status]).toEqual([operation.operationId, 503]);
      expect(response.headers.get("retry-after")).toBe("2");
    }
    await own.close();
  });
});

/** References of the document, from inside a schema of its own. */
function rooted(schema: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"culprit#/components/')) as Record<
    string,
    unknown
  >;
}
