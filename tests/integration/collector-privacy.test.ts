import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIngest, startRetention } from "@culprit/collector";
import { createClient } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonRequest, newIds, type Running, startCollector } from "./collector-harness.ts";
import { standsOnDisk } from "./parts-on-disk.ts";

const DAY_MS = 86_400_000;
/** Put together here, so that no scanner takes this file for a leak. */
const TOKEN = `ghp_${"a1B2c3D4e5".repeat(4).slice(0, 36)}`;
const CUSTOMER = "C-4711-0815";

let running: Running;
beforeAll(async () => {
  running = await startCollector({
    redact_rules: [{ name: "customer", pattern: "C-[0-9]{4}-[0-9]{4}" }],
    projects: { short: { retention_days: 1 }, "for-ever": { retention_days: null } },
    retention_days: 30,
  });
});
afterAll(() => running.close());

function spanWith(text: string, ids = newIds()): Record<string, unknown> {
  return {
    ...ids,
    name: "chat",
    startTimeUnixNano: "1795255200000000000",
    endTimeUnixNano: "1795255201000000000",
    status: { code: 2, message: text },
    attributes: [
      { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
      { key: "gen_ai.agent.name", value: { stringValue: "Coder" } },
      {
        key: "gen_ai.input.messages",
        value: { stringValue: JSON.stringify([{ role: "user", parts: [{ type: "text", content: text }] }]) },
      },
      {
        key: "deep",
        value: {
          kvlistValue: { values: [{ key: "list", value: { arrayValue: { values: [{ stringValue: text }] } } }] },
        },
      },
    ],
    events: [{ name: "exception", attributes: [{ key: "exception.message", value: { stringValue: text } }] }],
  };
}

async function post(path: string, body: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  return (await fetch(running.url + path, { method: "POST", headers, body })).status;
}

describe("what is redacted never reaches the store", () => {
  test("from spans, their events and nested values: not in what is read, not in the files", async () => {
    const ids = newIds();
    const unique = `marker-${ids.spanId}`;
    const text = `${unique} token ${TOKEN} of bob@example.com, customer ${CUSTOMER}`;
    expect(await post("/v1/traces", jsonRequest(spanWith(text, ids)))).toBe(200);
    const [span] = await running.store.readSpans(running.config.project, ids.traceId);
    const kept = JSON.stringify(span);
    expect(kept).toContain(unique);
    for (const secret of [TOKEN, "bob@example.com", CUSTOMER]) expect(kept).not.toContain(secret);
    expect(span?.attributes["culprit.redacted"]).toEqual({ github_token: 4, email: 4, customer: 4 });
    expect(span?.reading.input).toEqual([
      {
        role: "user",
        parts: [
          {
            type: "text",
            content: `${unique} token [redacted:github_token] of [redacted:email], customer [redacted:customer]`,
          },
        ],
      },
    ]);
    const directory = [running.config.data];
    expect(standsOnDisk(directory, unique)).toBe(true);
    for (const secret of [TOKEN, "bob@example.com", CUSTOMER]) expect(standsOnDisk(directory, secret)).toBe(false);
  });

  test("from log records", async () => {
    const { traceId, spanId } = newIds();
    const record = {
      traceId,
      spanId,
      eventName: "gen_ai.user.message",
      body: { kvlistValue: { values: [{ key: "content", value: { stringValue: `use ${TOKEN}` } }] } },
      attributes: [{ key: "password", value: { stringValue: "x" } }],
    };
    await post("/v1/traces", jsonRequest({ ...spanWith("hello"), traceId, spanId }));
    expect(await post("/v1/logs", JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }))).toBe(
      200,
    );
    const [span] = await running.store.readSpans(running.config.project, traceId);
    const event = span?.events.find(({ name }) => name === "gen_ai.user.message");
    expect(event?.attributes).toMatchObject({
      content: "use [redacted:github_token]",
      password: "[redacted:secret_assignment]",
    });
  });

  test("from what is reported about a run", async () => {
    const { traceId } = newIds();
    await createClient({ baseUrl: running.url }).call("reportOutcome", {
      trace_id: traceId,
      body: { outcome: "failure", score: null, feedback: `401 for ${TOKEN}`, by: "reported" },
    });
    const [outcome] = await running.store.readOutcomes(running.config.project, traceId);
    expect(outcome?.feedback).toBe("401 for [redacted:github_token]");
  });

  test("nor the spool, while the store is down", async () => {
    const spoolDir = mkdtempSync(join(tmpdir(), "culprit-spool-"));
    const own = await startCollector();
    const ingest = await createIngest({ store: own.store, spoolDir, log: () => {} });
    const spooling = await startCollector({}, { ingest });
    try {
      await own.store.close();
      const unique = "spooled-marker";
      const body = jsonRequest(spanWith(`${unique} ${TOKEN}`));
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${spooling.url}/v1/traces`, { method: "POST", headers, body });
      expect(response.status).toBe(200);
      const files = readdirSync(spoolDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const spooled = files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1")).join("");
      expect(spooled).toContain(unique);
      expect(spooled).not.toContain(TOKEN);
    } finally {
      await spooling.close();
      await ingest.close();
      await own.close();
      rmSync(spoolDir, { recursive: true, force: true });
    }
  });

  test("and is counted by rule for Prometheus", async () => {
    const text = await (await fetch(`${running.url}/metrics`)).text();
    expect(text).toMatch(/culprit_redactions_total\{rule="github_token"\} [1-9]/);
    expect(text).toMatch(/culprit_redactions_total\{rule="customer"\} [1-9]/);
  });
});

describe("retention", () => {
  test("keeps each project's runs for its own time, and nothing longer", async () => {
    const { store, config } = running;
    const ids = { short: newIds(), "for-ever": newIds(), other: newIds() };
    for (const [project, { traceId }] of Object.entries(ids)) {
      const span = { ...(await template()), project, trace_id: traceId };
      await store.insertSpans([span]);
    }
    const left = async () =>
      await Promise.all(
        Object.entries(ids).map(async ([project, { traceId }]) => (await store.readSpans(project, traceId)).length),
      );
    const passed = async (days: number) => {
      const retention = startRetention({ store, config, now: async () => (await store.now()) + days * DAY_MS });
      await retention.check();
      await retention.stop();
    };
    await passed(0.9);
    expect(await left()).toEqual([1, 1, 1]);
    await passed(1.1);
    expect(await left()).toEqual([0, 1, 1]);
    await passed(31);
    expect(await left()).toEqual([0, 1, 0]);
  });

  test("takes spans along that arrive late for a deleted run", async () => {
    const { store, config } = running;
    const ids = newIds();
    await post("/v1/traces", jsonRequest(spanWith("first", ids)));
    const client = createClient({ baseUrl: running.url });
    expect(await client.call("deleteTrace", { trace_id: ids.traceId })).toMatchObject({ traces: 1 });
    await post("/v1/traces", jsonRequest(spanWith("late", { ...ids, spanId: newIds().spanId })));
    const retention = startRetention({ store, config });
    await retention.check();
    await retention.stop();
    expect(await store.readSpans(config.project, ids.traceId)).toEqual([]);
  });
});

/** A stored span to make others from. */
async function template() {
  const ids = newIds();
  await post("/v1/traces", jsonRequest(spanWith("template", ids)));
  const [span] = await running.store.readSpans(running.config.project, ids.traceId);
  if (!span) throw new Error("not stored");
  return span;
}
