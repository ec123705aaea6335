import { type AlertState, applyAlertState, INACTIVE, matchRuns } from "@culprit/collector";
import { alertEventSchema } from "@culprit/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failedRun, ruleOf } from "./runs.ts";

const NOW = new Date("2026-11-20T12:10:00.000Z");
const rule = ruleOf({ threshold: 2 });
const matches = (count: number) => ({
  project: "default",
  rule,
  agent: "Coder",
  runs: Array.from({ length: count }, (_, index) => failedRun(index)),
  pageUrl: "http://localhost:4318",
});

describe("one alert", () => {
  test("below the threshold stays inactive and says nothing", () => {
    expect(applyAlertState(INACTIVE, matches(1), NOW)).toEqual({ next: INACTIVE });
  });

  test("fires when the threshold is reached, naming exactly the runs that matched", () => {
    const { next, emit } = applyAlertState(INACTIVE, matches(2), NOW);
    expect(next).toEqual({ state: "firing", last_event_id: emit?.event_id });
    expect(emit).toMatchObject({ state: "firing", rule: "failures", agent: "Coder", count: 2, at: NOW.toISOString() });
    expect(emit?.runs.map((run) => run.trace_id)).toEqual([failedRun(0).trace_id, failedRun(1).trace_id]);
    expect(emit?.runs[0]?.url).toBe(`http://localhost:4318/runs/${failedRun(0).trace_id}`);
    expect(alertEventSchema.safeParse(emit).success).toBe(true);
  });

  test("gives a run's confidence only where it has one", () => {
    const runs = [failedRun(0), failedRun(1, { status: "verified", confidence: null })];
    const { emit } = applyAlertState(INACTIVE, { ...matches(2), runs }, NOW);
    expect(emit?.runs.map(({ confidence }) => confidence)).toEqual([0.6, null]);
    expect(alertEventSchema.safeParse(emit).success).toBe(true);
  });

  test("says nothing while it fires, and once when it is resolved", () => {
    const firing = applyAlertState(INACTIVE, matches(2), NOW).next;
    expect(applyAlertState(firing, matches(9), NOW)).toEqual({ next: firing });
    const { next, emit } = applyAlertState(firing, matches(1), NOW);
    expect([next.state, emit?.state, emit?.count]).toEqual(["resolved", "resolved", 1]);
    expect(applyAlertState(next, matches(0), NOW)).toEqual({ next });
  });

  test("names at most 20 runs and counts them all", () => {
    const { emit } = applyAlertState(INACTIVE, matches(50), NOW);
    expect([emit?.runs.length, emit?.count]).toEqual([20, 50]);
  });

  test("over any history: events alternate, begin with firing, and have ids of their own", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 60 }), (counts) => {
        let state: AlertState = INACTIVE;
        const events: string[] = [];
        const ids = new Set<string>();
        for (const count of counts) {
          const { next, emit } = applyAlertState(state, matches(count), NOW);
          state = next;
          if (!emit) continue;
          events.push(emit.state);
          ids.add(emit.event_id);
        }
        expect(events).toEqual(events.map((_, index) => (index % 2 === 0 ? "firing" : "resolved")));
        expect(ids.size).toBe(events.length);
        expect(state.state === "firing").toBe(counts.length > 0 && (counts.at(-1) ?? 0) >= 2);
      }),
    );
  });

  test("two processes that take the same step name the event the same", () => {
    const [one, two] = [NOW, new Date(NOW.getTime() + 900)].map((at) => applyAlertState(INACTIVE, matches(3), at));
    expect(one?.emit?.event_id).toBe(two?.emit?.event_id);
  });
});

describe("what a rule counts", () => {
  const count = (rules: Parameters<typeof ruleOf>[0], runs: Parameters<typeof failedRun>[1][]) =>
    Object.fromEntries(
      [
        ...matchRuns(
          ruleOf(rules),
          runs.map((more, index) => failedRun(index, more)),
          NOW,
        ),
      ].map(([agent, found]) => [agent, found.length]),
    );

  test("each blamed agent apart with `*`, one with its name", () => {
    const runs = [{}, { blamed_agent: "Tester" }, {}];
    expect(count({}, runs)).toEqual({ Coder: 2, Tester: 1 });
    expect(count({ agent: "Tester" }, runs)).toEqual({ Tester: 1 });
  });

  test("only failures with a blame, confident enough, of the status asked for", () => {
    expect(count({}, [{ outcome: "success" }, { outcome: "unknown" }, { blamed_agent: null }])).toEqual({});
    expect(count({ min_confidence: 0.5 }, [{ confidence: 0.4 }, { confidence: null }, { confidence: 0.5 }])).toEqual({
      Coder: 1,
    });
    const labelled = (["verified", "human", "refuted"] as const).map((status) => ({ status, confidence: null }));
    expect(count({ min_confidence: 1 }, labelled)).toEqual({ Coder: 2 });
    expect(count({ status: "verified" }, [{}, { status: "verified" }])).toEqual({ Coder: 1 });
  });

  test("a run counts by when it ended, so a long one is not missed", () => {
    const started_at = "2026-11-20T08:00:00.000Z";
    expect(count({ window_seconds: 3600 }, [{ started_at }])).toEqual({ Coder: 1 });
    expect(count({ window_seconds: 60 }, [{ started_at }])).toEqual({});
  });

  test("an agent may have any name", () => {
    expect(count({}, [{ blamed_agent: "__proto__" }])).toEqual(JSON.parse('{"__proto__":1}'));
  });
});
