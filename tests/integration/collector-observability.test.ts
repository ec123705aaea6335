import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTrajectory } from "@culprit/analyzers";
import { createCollector, createIngest, serve } from "@culprit/collector";
import { parseConfig } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newIds, type Running, startCollector } from "./collector-harness.ts";
import { bodyOf } from "./conformance-bodies.ts";
import { openRequest } from "./open-request.ts";

let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

type Body = NonNullable<RequestInit["body"]>;

function post(url: string, body: Uint8Array | string, path = "/v1/traces"): Promise<Response> {
  return fetch(url + path, { method: "POST", body: body as Body, headers: { "content-type": "application/json" } });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("it did not happen");
}

/** Prometheus text as a scraper reads it: series by name and labels; throws on a line that is neither. */
function scrape(text: string): { series: Map<string, number>; types: Map<string, string> } {
  const series = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.trimEnd().split("\n")) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (type) types.set(type[1] as string, type[2] as string);
    if (line.startsWith("#")) {
      expect(line).toMatch(/^# (HELP|TYPE) \w+ \S/);
      continue;
    }
    const sample = /^(\w+(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})?) ([-+\d.eInf]+)$/.exec(line);
    expect(sample, line).not.toBeNull();
    expect(series.has(sample?.[1] as string), `${line} twice`).toBe(false);
    series.set(sample?.[1] as string, Number(sample?.[2]));
  }
  return { series, types };
}

const metricsOf = async (url: string) => {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return scrape(await response.text());
};

describe("GET /metrics", () => {
  test("counts what came, what was stored, and what was refused by cause", async () => {
    const own = await startCollector({ max_body_bytes: 5000 });
    const ids = newIds();
    const spans = [{ ...ids }, { ...ids, traceId: "1" }, { ...ids, spanId: "2" }];
    await post(own.url, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    await post(own.url, "not json");
    await post(own.url, "x".repeat(6000));
    await post(own.url, bodyOf("logs", "json").bytes, "/v1/logs");
    await post(own.url, bodyOf("metrics", "json").bytes, "/v1/metrics");
    await fetch(`${own.url}/v1/traces`);
    const { series, types } = await metricsOf(own.url);
    expect(Object.fromEntries(series)).toMatchObject({
      culprit_spans_received_total: 3,
      'culprit_spans_stored_total{where="stored"}': 1,
      'culprit_spans_refused_total{cause="trace id"}': 1,
      'culprit_spans_refused_total{cause="span id"}': 1,
      culprit_log_records_received_total: 1,
      culprit_log_records_stored_total: 1,
      culprit_metric_points_discarded_total: 1,
      'culprit_requests_refused_total{cause="undecodable",signal="spans"}': 1,
      'culprit_requests_refused_total{cause="too_large",signal="spans"}': 1,
      'culprit_requests_refused_total{cause="method",signal="spans"}': 1,
      'culprit_requests_total{encoding="json",signal="spans",status="200"}': 1,
      'culprit_requests_total{encoding="json",signal="spans",status="413"}': 1,
      'culprit_durable_seconds_bucket{le="+Inf"}': 2,
      culprit_durable_seconds_count: 2,
      culprit_inflight_bytes: 0,
    });
    expect(series.get("process_resident_memory_bytes")).toBeGreaterThan(1e7);
    expect(types.get("culprit_durable_seconds")).toBe("histogram");
    expect(types.get("culprit_spans_received_total")).toBe("counter");
    await own.close();
  });

  test("asks for a key where keys are asked for", async () => {
    const key = "a-key-of-sixteen-or-more";
    const own = await startCollector({ api_key: key });
    expect((await fetch(`${own.url}/metrics`)).status).toBe(401);
    const headers = { authorization: `Bearer ${key}` };
    expect((await post(own.url, "{}")).status).toBe(401);
    const response = await fetch(`${own.url}/metrics`, { headers });
    expect(response.status).toBe(200);
    const { series } = scrape(await response.text());
    expect(series.get('culprit_requests_refused_total{cause="unauthorized",signal="spans"}')).toBe(1);
    await own.close();
  });
});

describe("GET /readyz and the write path behind it", () => {
  test("with the store away it is not ready, spans go to the spool, and over its mark they do not come any more", async () => {
    const spoolDir = mkdtempSync(join(tmpdir(), "culprit-spool-"));
    const own = await startCollector({ api_key: "a-key-of-sixteen-or-more" });
    const ingest = await createIngest({ store: own.store, spoolDir, limits: { spool_bytes: 40_000 }, log: () => {} });
    const config = parseConfig({}, {}, {});
    const collector = createCollector({ store: own.store, config, buildTrajectory, ingest });
    const served = await serve(collector, { host: "127.0.0.1", port: 0 });
    const ready = async () => {
      // A check is remembered for half a second.
      await new Promise((resolve) => setTimeout(resolve, 550));
      const response = await fetch(`${served.url}/readyz`);
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await ready()).toEqual({ status: 200, ready: true, store: "ok", spool: "ok", draining: false });
    await own.store.close();
    expect(await ready()).toMatchObject({ status: 503, ready: false, store: "unreachable", spool: "ok" });
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);

    let last = await post(served.url, bodyOf("traces", "json").bytes);
    expect(last.status).toBe(200);
    for (let sent = 0; sent < 400 && last.status === 200; sent++) {
      last = await post(served.url, bodyOf("traces", "json").bytes);
    }
    expect([last.status, last.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(await ready()).toMatchObject({ status: 503, spool: "over its mark" });
    const { series } = await metricsOf(served.url);
    expect(series.get("culprit_spool_limit_bytes")).toBe(40_000);
    expect(series.get("culprit_spool_bytes")).toBeGreaterThan(32_000);
    expect(series.get('culprit_spans_stored_total{where="spooled"}')).toBeGreaterThan(0);
    expect(series.get("culprit_spooling")).toBe(1);
    expect(series.get('culprit_requests_refused_total{cause="unavailable",signal="spans"}')).toBe(1);
    expect(series.get("culprit_ready")).toBe(0);
    await served.close();
    await collector.stop();
    await ingest.close();
    await own.close();
    rmSync(spoolDir, { recursive: true, force: true });
  });

  test("answers without a key", async () => {
    const own = await startCollector({ api_key: "a-key-of-sixteen-or-more" });
    expect((await fetch(`${own.url}/readyz`)).status).toBe(200);
    await own.close();
  });
});

describe("stopping", () => {
  test("says so, turns away what is new, finishes what is under way, and no longer than the deadline", async () => {
    const config = parseConfig({}, {}, {});
    const collector = createCollector({ store: running.store, config, buildTrajectory });
    const served = await serve(collector, { host: "127.0.0.1", port: 0 });
    const { bytes, traceId } = bodyOf("traces", "json");
    const under = openRequest(served.port, bytes.length);
    const stuck = openRequest(served.port, 10);
    await until(async () => (await metricsOf(served.url)).series.get("culprit_inflight_bytes") === 2);

    const stopped = collector.stop(1000);
    const refused = await post(served.url, bodyOf("traces", "json").bytes);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(await refused.json()).toMatchObject({ code: 14 });
    expect(await (await fetch(`${served.url}/readyz`)).json()).toMatchObject({ ready: false, draining: true });
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);

    under.socket.write(bytes.subarray(1));
    expect(await under.answered).toMatch(/^HTTP\/1\.1 200 /);
    expect(await running.store.readSpans("default", traceId)).toHaveLength(1);
    expect(await stopped).toBe(1);
    expect(await collector.stop()).toBe(1);
    await served.close(0);
    expect(await stuck.answered).toBe("");
  });
});

describe("self-tracing", () => {
  test("goes to another collector, a span a request and one for the store below it, and that one does not trace it", async () => {
    const third = await startCollector();
    const other = await startCollector({ self_tracing_url: third.url });
    const own = await startCollector({ self_tracing_url: other.url });
    await post(own.url, bodyOf("traces", "json").bytes);
    await own.close();
    await until(async () => (await other.store.counts("default")).spans >= 2);
    const touched = await other.store.touchedTraces({ sinceMs: 0, shard: { index: 0, of: 1 }, limit: 10 });
    const spans = await other.store.readSpans("default", touched[0]?.trace_id ?? "");
    const request = spans.find(({ kind }) => kind === "server");
    expect(request).toMatchObject({
      name: "POST /v1/traces",
      attributes: { "http.route": "/v1/traces", "http.response.status_code": 200 },
      resource_attributes: { "service.name": "culprit-collector" },
    });
    expect(spans.find(({ name }) => name === "store spans")).toMatchObject({ parent_span_id: request?.span_id });
    await other.close();
    expect((await third.store.counts("default")).spans).toBe(0);
    await third.close();
  });

  test("never goes into itself: its own address is refused at start, by whatever name", async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    for (const host of ["127.0.0.1", "localhost", "0.0.0.0", "[::1]"]) {
      const config = parseConfig({}, {}, { self_tracing_url: `http://${host}:${port}` });
      const collector = createCollector({ store: running.store, config, buildTrajectory });
      await expect(serve(collector, { host: "127.0.0.1", port }), host).rejects.toMatchObject({
        code: "self_tracing_loop",
      });
      await collector.stop();
    }
    const config = parseConfig({}, {}, { self_tracing_url: `http://127.0.0.1:${port + 1}` });
    const served = await serve(createCollector({ store: running.store, config, buildTrajectory }), {
      host: "127.0.0.1",
      port,
    });
    await served.close();
  });

  test("what comes back to it all the same is refused and not traced again", async () => {
    // A proxy that leads back: found only by what the exports carry.
    const proxy = createServer((incoming) => {
      const outgoing = connect(Number(new URL(looped.url).port), "127.0.0.1");
      incoming.pipe(outgoing).pipe(incoming);
      for (const socket of [incoming, outgoing]) socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as { port: number };
    const looped = await startCollector({ self_tracing_url: `http://127.0.0.1:${port}` });
    await post(looped.url, bodyOf("traces", "json").bytes);
    const stopping = looped.collector.stop.bind(looped.collector);
    const refused = () => looped.collector.metrics.requestsRefused.value({ signal: "spans", cause: "self_traced" });
    await until(() => refused() === 1);
    expect((await looped.store.counts("default")).spans).toBe(1);
    await stopping();
    await looped.close();
    proxy.close();
  });
});
