import { buildTrajectory } from "@culprit/analyzers";
import { createCollector } from "@culprit/collector";
import {
  createClient,
  OUTCOMES,
  parseConfig,
  RUN_STATUSES,
  type RunConditions,
  type RunSummary,
  type Span,
} from "@culprit/schemas";
import { type EmbeddedStore, openEmbedded } from "@culprit/store";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aRun, aSpan, project, temporaryDirectory } from "./store-rows.ts";

const [directory, remove] = temporaryDirectory();
let store: EmbeddedStore;
beforeAll(async () => {
  store = await openEmbedded(directory);
});
afterAll(async () => {
  await store.close();
  remove();
});

const AGENTS = ["Coder", "coder", "Planner", "Web Surfer", 'it\'s = "quoted" %_\\', "агент"];
const MODELS = ["gpt-5", "qwen3:8b"];
const TOOLS = ["web_search", "run"];
const SERVICES = ["checkout", "search api"];
const WORDS = ["Refund", "naïve", "42", "timeout", "x'; DROP TABLE runs; --"];
const KEYS = ["env", "retry.count", "a'b"];
const VALUES = ["prod", "3", "true", "", "a=b"];
const START = Date.parse("2026-11-01T00:00:00.000Z");
const HOUR = 3_600_000;

interface Known {
  run: RunSummary;
  spans: Span[];
}

/** Runs of which every value occurs in many. */
function makeRuns(owner: string, count: number): Known[] {
  const some = fc.sample(
    fc.record({
      outcome: fc.constantFrom(...OUTCOMES),
      status: fc.constantFrom(...RUN_STATUSES),
      agents: fc.uniqueArray(fc.constantFrom(...AGENTS), { minLength: 1, maxLength: 3 }),
      blamed: fc.option(fc.record({ agent: fc.constantFrom(...AGENTS), step: fc.nat(6) })),
      confidence: fc.option(fc.constantFrom(0, 0.25, 0.5, 0.75, 1)),
      strategy: fc.constantFrom("ranker", "tracer", ""),
      source: fc.constantFrom("", "", "atif"),
      replay: fc.nat(5).map((n) => n === 0),
      hour: fc.nat(48),
      spans: fc.array(
        fc.record({
          model: fc.constantFrom("", ...MODELS),
          tool: fc.constantFrom("", ...TOOLS),
          service: fc.constantFrom(...SERVICES),
          text: fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }).map((words) => words.join(", ")),
          key: fc.constantFrom(...KEYS),
          value: fc.constantFrom(...VALUES, 3, true, null),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { numRuns: count, seed: 7 },
  );
  return some.map((made) => {
    const at = new Date(START + made.hour * HOUR).toISOString();
    const run = aRun({
      project: owner,
      outcome: made.outcome,
      status: made.status,
      agents: made.agents,
      blamed_agent: made.blamed?.agent ?? null,
      blamed_step: made.blamed?.step ?? null,
      confidence: made.confidence,
      strategy: made.strategy,
      source: made.source,
      replay_of: made.replay ? "0af7651916cd43dd8448eb211c80319c" : "",
      started_at: at,
      ended_at: at,
    });
    const spans = made.spans.map((span) => {
      const base = aSpan({
        project: owner,
        trace_id: run.trace_id,
        resource_attributes: { "service.name": span.service },
      });
      return {
        ...base,
        attributes: { "gen_ai.output": span.text, [span.key]: span.value },
        reading: { ...base.reading, model: span.model, tool: span.tool },
      };
    });
    return { run, spans };
  });
}

/** The words of a text, as a person would count them. */
function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\u0080-\uffff]+/gu) ?? [];
}

/** What the filter means, said again in the plainest way. */
function naive({ run, spans }: Known, filter: RunConditions): boolean {
  const step = run.blamed_step;
  const confidence = run.confidence;
  const some = (holds: (span: Span) => boolean) => spans.some(holds);
  const wanted = filter.attribute === undefined ? undefined : /^([^=]+)=(.*)$/s.exec(filter.attribute);
  return [
    filter.outcome === undefined || filter.outcome === run.outcome,
    filter.status === undefined || filter.status === run.status,
    filter.blamed_agent === undefined || filter.blamed_agent === run.blamed_agent,
    filter.step_from === undefined || (step !== null && step >= filter.step_from),
    filter.step_to === undefined || (step !== null && step <= filter.step_to),
    filter.strategy === undefined || filter.strategy === run.strategy,
    filter.min_confidence === undefined || (confidence !== null && confidence >= filter.min_confidence),
    filter.max_confidence === undefined || (confidence !== null && confidence <= filter.max_confidence),
    filter.agent === undefined || run.agents.includes(filter.agent),
    filter.source === undefined || filter.source === run.source,
    filter.replays === "include" || run.replay_of === "",
    filter.model === undefined || some((span) => span.reading.model === filter.model),
    filter.tool === undefined || some((span) => span.reading.tool === filter.tool),
    filter.service === undefined || some((span) => span.resource_attributes["service.name"] === filter.service),
    filter.text === undefined ||
      some((span) =>
        Object.values(span.attributes).some((value) => {
          const held = words(String(value));
          return words(filter.text ?? "").every((word) => held.includes(word));
        }),
      ),
    wanted === undefined ||
      wanted === null ||
      some(
        (span) =>
          wanted[1] !== undefined && wanted[1] in span.attributes && String(span.attributes[wanted[1]]) === wanted[2],
      ),
  ].every(Boolean);
}

const anyFilter: fc.Arbitrary<RunConditions & { from?: string; to?: string }> = fc
  .record(
    {
      outcome: fc.constantFrom(...OUTCOMES),
      status: fc.constantFrom(...RUN_STATUSES),
      blamed_agent: fc.constantFrom(...AGENTS),
      step_from: fc.nat(6),
      step_to: fc.nat(6),
      strategy: fc.constantFrom("ranker", "tracer"),
      min_confidence: fc.constantFrom(0, 0.5, 1),
      max_confidence: fc.constantFrom(0, 0.5, 1),
      agent: fc.constantFrom(...AGENTS),
      source: fc.constantFrom("", "atif"),
      service: fc.constantFrom(...SERVICES, "nobody"),
      model: fc.constantFrom(...MODELS),
      tool: fc.constantFrom(...TOOLS),
      text: fc.uniqueArray(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 2 }).map((some) => some.join(" ")),
      attribute: fc
        .tuple(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES, "null"))
        .map(([key, value]) => `${key}=${value}`),
      replays: fc.constantFrom("include" as const, "exclude" as const),
      from: fc.nat(48).map((hour) => new Date(START + hour * HOUR).toISOString()),
      to: fc.nat(48).map((hour) => new Date(START + hour * HOUR).toISOString()),
    },
    { requiredKeys: [] },
  )
  // Many conditions at once select nothing; a few of them at a time say more.
  .chain((all) =>
    fc
      .subarray(Object.keys(all) as (keyof typeof all)[], { maxLength: 4 })
      .map((kept) => Object.fromEntries(kept.map((key) => [key, all[key]])) as typeof all),
  );

const EVER = 1e10;
const newestFirst = (left: RunSummary, right: RunSummary) =>
  left.started_at === right.started_at
    ? left.trace_id < right.trace_id
      ? 1
      : -1
    : left.started_at < right.started_at
      ? 1
      : -1;

describe("the filter of runs", () => {
  const owner = project();
  let known: Known[];
  beforeAll(async () => {
    known = makeRuns(owner, 300);
    await store.insertSpans(known.flatMap(({ spans }) => spans));
    // Each run was once something else: what it was counts for nothing.
    await store.saveRuns(
      known.map(({ run }) => ({
        ...run,
        outcome: "failure",
        status: "predicted",
        blamed_agent: "Coder",
        blamed_step: 3,
        strategy: "tracer",
      })),
    );
    await store.saveRuns(known.map(({ run }) => run));
    // Neighbours of another project never show.
    await store.saveRuns(makeRuns(project(), 20).map(({ run }) => run));
  });

  test("selects exactly the runs that a plain reading of it selects, in order, page after page", async () => {
    let selected = 0;
    await fc.assert(
      fc.asyncProperty(anyFilter, fc.integer({ min: 10, max: 150 }), async ({ from, to, ...filter }, limit) => {
        const expected = known
          .filter(
            ({ run }) => (from === undefined || run.started_at >= from) && (to === undefined || run.started_at < to),
          )
          .filter((each) => naive(each, filter))
          .map(({ run }) => run)
          .sort(newestFirst);
        const found: RunSummary[] = [];
        let cursor: string | undefined;
        for (let pages = 0; pages < 400; pages++) {
          const page = await store.listRuns({
            ...filter,
            project: owner,
            since_seconds: EVER,
            from,
            to,
            limit,
            cursor,
          });
          expect(page.rows.length).toBeLessThanOrEqual(limit);
          found.push(...page.rows);
          if (page.next_cursor === null) break;
          cursor = page.next_cursor;
        }
        expect(found.map(({ trace_id }) => trace_id)).toEqual(expected.map(({ trace_id }) => trace_id));
        selected += found.length;
      }),
      { numRuns: 120, seed: 20 },
    );
    // A filter that never selects anything would prove nothing.
    expect(selected).toBeGreaterThan(1000);
  });

  test("without a word to look for is refused", async () => {
    const list = store.listRuns({ project: owner, since_seconds: EVER, text: "?!", limit: 1 });
    await expect(list).rejects.toMatchObject({ code: "search_empty" });
  });

  test("looks back as far as it is told, and 30 days when it is not", async () => {
    const own = project();
    const day = 86_400_000;
    const at = (days: number) => new Date(Date.now() - days * day).toISOString();
    const runs = [1, 20, 40].map((days) => aRun({ project: own, started_at: at(days), ended_at: at(days) }));
    await store.saveRuns(runs);
    const config = parseConfig({}, {}, { project: own });
    const collector = createCollector({ store, config, buildTrajectory, trusted: true });
    const client = createClient({
      baseUrl: "http://localhost",
      fetch: async (request) => await collector.app.fetch(request),
    });
    const list = async (query: object) => (await client.call("listTraces", query)).traces.map((run) => run.trace_id);
    const ids = runs.map((run) => run.trace_id);
    expect(await list({ since: "2d" })).toEqual(ids.slice(0, 1));
    expect(await list({})).toEqual(ids.slice(0, 2));
    expect(await list({ from: at(50), to: at(10) })).toEqual(ids.slice(1));
    await collector.stop();
  });
});
