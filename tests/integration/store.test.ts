import type { Span } from "@culprit/schemas";
import { openStore, type Store } from "@culprit/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineHost } from "../../store/embedded/engine-host.ts";
import {
  anAlertEvent,
  anAnnotation,
  anAttribution,
  aReplay,
  aRun,
  aSpan,
  isoAgo,
  project,
  spanId,
  temporaryDirectory,
  traceId,
} from "./store-rows.ts";

const YEAR = 365 * 86_400;
const ALL = { index: 0, of: 1 };

const backends = {
  embedded: async (directory: string) => ({ store: await openStore({ data: directory }), release: async () => {} }),
  server: async (directory: string) => {
    const host = new EngineHost(directory);
    await host.start();
    const store = await openStore({ data: "unused", clickhouse_url: host.url });
    return { store, release: () => host.stop() };
  },
};

describe.each(["embedded", "server"] as const)("the %s store", (kind) => {
  let store: Store;
  let tearDown: () => Promise<void>;

  beforeAll(async () => {
    const [directory, remove] = temporaryDirectory();
    const backend = await backends[kind](directory);
    store = backend.store;
    tearDown = async () => {
      await store.close();
      await backend.release();
      remove();
    };
  });
  afterAll(() => tearDown());

  test("says which kind it is and what time it is", async () => {
    expect(store.kind).toBe(kind);
    expect(Math.abs((await store.now()) - Date.now())).toBeLessThan(60_000);
  });

  describe("spans", () => {
    const nasty = "'\"`\\\n\n;drop table spans\t\r\0 {x:String} -- { echo } 🦊 \u2028 <script>";
    const full = (fields: Partial<Span> = {}): Span =>
      aSpan({
        parent_span_id: spanId(),
        name: nasty,
        kind: "client",
        status_code: "error",
        status_message: nasty,
        trace_state: "a=1,b=2",
        scope_name: nasty,
        scope_version: "1.0",
        resource_attributes: { "service.name": "svc", pid: 42 },
        attributes: JSON.parse(
          `{"__proto__":{"polluted":[1,null,{"__proto__":1}]},"constructor":"c","":"","a\\u0000b":"\\u0000","yes":true,
            "nothing":null,"fraction":0.30000000000000004,"big":"9223372036854775807","empty list":[],"kv":{"a":{"b":[{}]}}}`,
        ),
        events: [{ name: nasty, time_unix_nano: "1795255200123456789", attributes: { nasty, deep: [{ nasty }] } }],
        links: [{ trace_id: traceId(), span_id: spanId(), attributes: { [nasty]: 1 } }],
        dropped_attributes_count: 1,
        dropped_events_count: 2,
        dropped_links_count: 4_294_967_295,
        reading: {
          dialect: "genai",
          operation: "chat",
          agent: nasty,
          tool: nasty,
          model: nasty,
          input: [
            { role: "user", parts: [{ type: "text", content: nasty }] },
            { role: "assistant", parts: [{ type: "tool_call", id: null, name: "f", arguments: { x: [1, nasty] } }] },
          ],
          output: [
            { role: "tool", parts: [{ type: "tool_call_response", id: "1", response: { ok: true }, extra: 1 }] },
          ],
          input_tokens: 9_007_199_254_740_991,
          output_tokens: 7,
          conversation_id: nasty,
        },
        ...fields,
      });

    test("come back field by field, whatever is in them", async () => {
      const span = full();
      await store.insertSpans([span]);
      const [back, ...rest] = await store.readSpans(span.project, span.trace_id);
      expect(rest).toEqual([]);
      expect(back).toStrictEqual(span);
      expect(JSON.stringify(back?.attributes)).toBe(JSON.stringify(span.attributes));
      expect(Object.keys(back?.attributes ?? {})).toContain("__proto__");
    });

    test("keep every time the wire can carry, and order by it", async () => {
      const trace_id = traceId();
      const times = ["18446744073709551615", "0", "1795255200123456789", "9223372036854775808", "99", "100"];
      await store.insertSpans(
        times.map((time) => aSpan({ trace_id, start_time_unix_nano: time, end_time_unix_nano: time })),
      );
      const back = await store.readSpans("default", trace_id);
      expect(back.map((span) => span.start_time_unix_nano)).toEqual(
        times.sort((left, right) => (BigInt(left) < BigInt(right) ? -1 : 1)),
      );
    });

    test("sent again are shown and counted once, the newest copy", async () => {
      const span = aSpan({ project: project(), name: "first" });
      await store.insertSpans([span, span]);
      await store.insertSpans([span]);
      await Promise.all([store.insertSpans([span]), store.insertSpans([span])]);
      await store.insertSpans([{ ...span, name: "again", start_time_unix_nano: "5" }]);
      const back = await store.readSpans(span.project, span.trace_id);
      expect(back.map(({ name }) => name)).toEqual(["again"]);
      expect((await store.counts(span.project)).spans).toBe(1);
    });

    test("with one id in two traces or projects are different spans", async () => {
      const span = aSpan({ project: project() });
      const elsewhere = { ...span, project: project() };
      await store.insertSpans([span, { ...span, trace_id: traceId() }, elsewhere]);
      expect(await store.readSpans(span.project, span.trace_id)).toEqual([span]);
      expect(await store.readSpans(elsewhere.project, span.trace_id)).toEqual([elsewhere]);
      expect((await store.counts(span.project)).spans).toBe(2);
    });

    test("arrive whole from many writers at once, in batches of any size", async () => {
      const name = project();
      const trace_id = traceId();
      const writers = Array.from({ length: 8 }, (_, writer) =>
        store.insertSpans(
          Array.from({ length: 400 }, (_, n) =>
            aSpan({ project: name, trace_id, span_id: (writer * 400 + n).toString(16).padStart(16, "0") }),
          ),
        ),
      );
      await Promise.all(writers);
      expect(await store.readSpans(name, trace_id)).toHaveLength(3200);
      await store.insertSpans([]);
    });

    test("with an unpaired surrogate or a value nested without end do not fail their batch", async () => {
      const trace_id = traceId();
      let endless: Span["attributes"][string] = [];
      for (let depth = 0; depth < 200_000; depth++) endless = [endless];
      const good = aSpan({ trace_id });
      await store.insertSpans([
        aSpan({ trace_id, name: "a\ud800b", attributes: { "k\udc00": "v\ud800", endless } }),
        good,
      ]);
      const back = await store.readSpans("default", trace_id);
      expect(back).toContainEqual(good);
      expect(back.find(({ name }) => name === "a\ufffdb")?.attributes).toEqual({
        "k\ufffd": "v\ufffd",
        endless: "(nested too deeply to keep)",
      });
    });

    test("of five megabytes fit", async () => {
      const big = "é\0\n".repeat(1_000_000);
      const span = aSpan({ attributes: { big } });
      await store.insertSpans([span]);
      expect(await store.readSpans("default", span.trace_id)).toEqual([span]);
    });

    test("of a trace that nobody sent are none", async () => {
      expect(await store.readSpans("default", traceId())).toEqual([]);
      expect(await store.readSpans("default", "' OR 1 = 1 --")).toEqual([]);
    });
  });

  describe("touched traces", () => {
    const touchedIn = async (name: string, sinceMs: number) =>
      (await store.touchedTraces({ sinceMs, shard: ALL, limit: 100_000 })).filter((trace) => trace.project === name);

    test("are those that got spans, outcomes, annotations or replays, oldest first", async () => {
      const name = project();
      const since = await store.now();
      const [spans, outcome, annotated, replayed] = [traceId(), traceId(), traceId(), traceId()];
      await store.insertSpans([aSpan({ project: name, trace_id: spans })]);
      await store.saveOutcome(name, outcome, { outcome: "failure", score: null, feedback: "", by: "reported" });
      await store.saveAnnotation(anAnnotation({ project: name, trace_id: annotated }));
      await store.saveReplay(aReplay({ project: name, trace_id: replayed }));
      const touched = await touchedIn(name, since);
      expect(touched.map((trace) => trace.trace_id)).toEqual([spans, outcome, annotated, replayed]);
      for (const { touched_at_ms } of touched) expect(touched_at_ms).toBeGreaterThanOrEqual(since);
    });

    test("come back when something arrives late, and not before", async () => {
      const span = aSpan({ project: project() });
      await store.insertSpans([span]);
      const [first] = await touchedIn(span.project, 0);
      const next = (first?.touched_at_ms ?? 0) + 1;
      expect(await touchedIn(span.project, next)).toEqual([]);
      await store.saveOutcome(span.project, span.trace_id, { outcome: "success", score: 1, feedback: "", by: "rule" });
      expect((await touchedIn(span.project, next)).map((trace) => trace.trace_id)).toEqual([span.trace_id]);
    });

    test("page without loss or standing still, however many arrive in one millisecond", async () => {
      const name = project();
      const since = await store.now();
      const sent = Array.from({ length: 120 }, () => aSpan({ project: name }));
      await store.insertSpans(sent);
      await store.insertSpans([aSpan({ project: name })]);
      const seen = new Set<string>();
      for (let sinceMs = since, limit = 50; ; ) {
        const page = await store.touchedTraces({ sinceMs, shard: ALL, limit });
        expect(page.length).toBeLessThanOrEqual(limit);
        for (const trace of page) if (trace.project === name) seen.add(trace.trace_id);
        if (page.length < limit) break;
        const last = page.at(-1)?.touched_at_ms ?? 0;
        if (last === sinceMs) limit *= 2;
        sinceMs = last;
      }
      expect(seen.size).toBe(121);
    });

    test("are shared out between shards, each to exactly one", async () => {
      const name = project();
      const sent = Array.from({ length: 60 }, () => aSpan({ project: name }));
      await store.insertSpans(sent);
      const shards = await Promise.all(
        [0, 1, 2].map(async (index) => {
          const page = await store.touchedTraces({ sinceMs: 0, shard: { index, of: 3 }, limit: 100_000 });
          return page.filter((trace) => trace.project === name).map((trace) => trace.trace_id);
        }),
      );
      expect(shards.flat().sort()).toEqual(sent.map((span) => span.trace_id).sort());
      for (const shard of shards) expect(shard.length).toBeGreaterThan(0);
    });
  });

  describe("outcomes", () => {
    test("are kept one a source, the newest of each", async () => {
      const [name, trace] = [project(), traceId()];
      const kept = { outcome: "failure", score: -0.1, feedback: "it's \n\n wrong", by: "evaluator" } as const;
      await store.saveOutcome(name, trace, { outcome: "success", score: 1, feedback: "", by: "evaluator" });
      await store.saveOutcome(name, trace, kept);
      const reported = { outcome: "unknown", score: null, feedback: "", by: "reported" } as const;
      await store.saveOutcome(name, trace, reported);
      expect(await store.readOutcomes(name, trace)).toEqual([reported, kept]);
      expect(await store.readOutcomes(project(), trace)).toEqual([]);
    });
  });

  describe("attributions", () => {
    test("are kept one for each strategy and version, newest first", async () => {
      const one = anAttribution({ created_at: isoAgo(30), reason: "first" });
      const newer = anAttribution({ ...one, strategy_version: "2", created_at: isoAgo(20) });
      const declined = anAttribution({
        ...one,
        strategy: "tracer",
        status: "abstained",
        agent: null,
        step: null,
        confidence: 0,
        created_at: isoAgo(10),
      });
      const helped = anAttribution({
        ...one,
        strategy: "all-at-once",
        status: "degraded",
        cause: "tracer_unavailable",
        answered_by: "ranker",
        created_at: isoAgo(5),
      });
      await store.saveAttributions([one, newer, declined, helped]);
      const again = { ...one, reason: "second", confidence: 0.30000000000000004 };
      await store.saveAttributions([again]);
      expect(await store.readAttributions("default", one.trace_id)).toEqual([helped, declined, newer, again]);
    });
  });

  describe("runs", () => {
    test("come back as saved, the one saved last", async () => {
      const run = aRun({ task: "x\0'\n", agents: ["a", "b'c", ""], score: 1e-300, replay_of: traceId() });
      await store.saveRuns([{ ...run, steps: 1 }]);
      await store.saveRuns([{ ...run, steps: 2 }, run]);
      expect(await store.readRun(run.project, run.trace_id)).toEqual(run);
      const bare = aRun({ blamed_agent: null, blamed_step: null, confidence: null, agents: [], settled: false });
      await store.saveRuns([bare]);
      expect(await store.readRun(bare.project, bare.trace_id)).toEqual(bare);
      expect(await store.readRun(project(), run.trace_id)).toBeNull();
    });

    test("list newest first, each once, by what is asked", async () => {
      const name = project();
      const coder = aRun({ project: name, started_at: isoAgo(100) });
      const odd = aRun({ project: name, blamed_agent: "it's\t\\ \0 🦊", status: "verified", started_at: isoAgo(90) });
      const fine = aRun({
        project: name,
        outcome: "success",
        blamed_agent: null,
        source: "who-and-when",
        started_at: isoAgo(80),
      });
      const replay = aRun({ project: name, replay_of: coder.trace_id, started_at: isoAgo(70) });
      const old = aRun({ project: name, started_at: isoAgo(2 * YEAR) });
      await store.saveRuns([coder, odd, fine, replay, old]);
      await store.saveRuns([{ ...coder, steps: 9 }]);
      const ids = async (filter: object) =>
        (await store.listRuns({ project: name, since_seconds: YEAR, limit: 50, ...filter })).rows.map(
          (run) => run.trace_id,
        );

      expect(await ids({})).toEqual([fine, odd, coder].map((run) => run.trace_id));
      expect(await ids({ replays: "include" })).toEqual([replay, fine, odd, coder].map((run) => run.trace_id));
      expect(await ids({ since_seconds: 1e12 })).toEqual([fine, odd, coder, old].map((run) => run.trace_id));
      expect(await ids({ outcome: "success" })).toEqual([fine.trace_id]);
      expect(await ids({ blamed_agent: "Coder" })).toEqual([coder.trace_id]);
      expect(await ids({ blamed_agent: odd.blamed_agent })).toEqual([odd.trace_id]);
      expect(await ids({ blamed_agent: "" })).toEqual([]);
      expect(await ids({ blamed_agent: "' OR 1 = 1 --" })).toEqual([]);
      expect(await ids({ status: "verified" })).toEqual([odd.trace_id]);
      expect(await ids({ source: "who-and-when" })).toEqual([fine.trace_id]);
      expect(await ids({ source: "" })).toEqual([odd.trace_id, coder.trace_id]);
      expect(await ids({ since_seconds: 95 })).toEqual([fine.trace_id, odd.trace_id]);
    });

    test("page through equal start times without loss or repeat, also while runs arrive", async () => {
      const name = project();
      const started_at = isoAgo(60);
      const runs = Array.from({ length: 25 }, (_, n) =>
        aRun({ project: name, started_at: n < 20 ? started_at : isoAgo(n) }),
      );
      await store.saveRuns(runs);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listRuns({ project: name, since_seconds: YEAR, limit: 7, cursor });
        seen.push(...page.rows.map((run) => run.trace_id));
        cursor = page.next_cursor ?? undefined;
        if (cursor !== undefined) await store.saveRuns([aRun({ project: name, started_at: isoAgo(1) })]);
      } while (cursor !== undefined);
      expect([...seen].sort()).toEqual(runs.map((run) => run.trace_id).sort());
    });

    test("refuse a cursor that no page gave out", async () => {
      const asked = store.listRuns({ project: "default", since_seconds: 60, limit: 1, cursor: "nonsense" });
      await expect(asked).rejects.toMatchObject({ code: "cursor_invalid" });
    });

    test("group failures by the agent blamed, replays left out", async () => {
      const name = project();
      const newest = isoAgo(5);
      await store.saveRuns([
        aRun({ project: name, confidence: null, status: "verified" }),
        aRun({ project: name, confidence: 0.25 }),
        aRun({ project: name, confidence: 0.75, started_at: newest }),
        aRun({ project: name, blamed_agent: "Planner", confidence: null, status: "human" }),
        aRun({ project: name, blamed_agent: null }),
        aRun({ project: name, outcome: "success" }),
        aRun({ project: name, replay_of: traceId() }),
        aRun({ project: name, started_at: isoAgo(YEAR) }),
      ]);
      expect(await store.blamedAgents(name, 3600)).toEqual([
        { agent: "Coder", failures: 3, verified: 1, mean_confidence: 0.5, last_seen: newest },
        { agent: "Planner", failures: 1, verified: 0, mean_confidence: null, last_seen: expect.any(String) },
      ]);
    });

    test("count, with the backlog of failures that no strategy has looked at", async () => {
      const name = project();
      const looked = aRun({ project: name });
      await store.saveRuns([
        looked,
        aRun({ project: name }),
        aRun({ project: name, settled: false }),
        aRun({ project: name, outcome: "success" }),
        aRun({ project: name, replay_of: looked.trace_id }),
      ]);
      await store.saveAttributions([anAttribution({ project: name, trace_id: looked.trace_id, status: "abstained" })]);
      await store.insertSpans([aSpan({ project: name }), aSpan({ project: name })]);
      expect(await store.counts(name)).toEqual({ runs: 4, settled: 3, failed: 3, backlog: 1, spans: 2 });
      expect(await store.counts(project())).toEqual({ runs: 0, settled: 0, failed: 0, backlog: 0, spans: 0 });
    });
  });

  describe("evidence", () => {
    test("replays come back as saved, oldest first", async () => {
      const first = aReplay({ score: null, status: "invalid", reason: "drifted\n\nbefore t" });
      const second = aReplay({ trace_id: first.trace_id, replay_trace_id: traceId(), created_at: isoAgo(1) });
      await store.saveReplay(second);
      await store.saveReplay({ ...first, reason: "" });
      await store.saveReplay(first);
      expect(await store.readReplays("default", first.trace_id)).toEqual([first, second]);
    });

    test("annotations come back as saved and list by their evidence, newest first, page by page", async () => {
      const name = project();
      const created_at = isoAgo(30);
      const kept = Array.from({ length: 5 }, () => anAnnotation({ project: name, created_at, reason: "it's\n" }));
      const human = anAnnotation({ project: name, evidence: "human", replay_id: "", created_at: isoAgo(3) });
      for (const annotation of [...kept, human, human]) await store.saveAnnotation(annotation);
      expect(await store.readAnnotations(name, human.trace_id)).toEqual([human]);

      const list = (evidence?: "human", cursor?: string) =>
        store.listAnnotations({ project: name, evidence, since_seconds: 3600, limit: 2, cursor });
      expect(await list("human")).toEqual({ rows: [human], next_cursor: null });
      const seen = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await list(undefined, cursor);
        seen.push(...page.rows);
        cursor = page.next_cursor ?? undefined;
      }
      expect(seen[0]).toEqual(human);
      expect(seen).toHaveLength(6);
      expect(seen).toEqual(expect.arrayContaining(kept));
    });

    test("alert events come back as saved, newest first, once each", async () => {
      const name = project();
      const events = [3, 2, 1].map((age) => anAlertEvent({ project: name, at: isoAgo(age) }));
      for (const event of [...events, ...events]) await store.saveAlertEvent(event);
      expect(await store.listAlertEvents(name, 3600, 2)).toEqual([events[2], events[1]]);
      expect(await store.listAlertEvents(name, 0, 10)).toEqual([]);
    });
  });
});
