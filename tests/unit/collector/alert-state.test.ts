import { applyAlertState, type Limits, limitsOf, newStanding, type Observation } from "@culprit/collector";
import { type AlertStanding, alertRuleSchema } from "@culprit/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ruleOf } from "./runs.ts";

const START = Date.parse("2026-11-20T12:00:00.000Z");
const at = (seconds: number) => new Date(START + seconds * 1000);
const limits = (more: Partial<Limits> = {}): Limits => ({
  threshold: 3,
  resolve_below: 3,
  min_runs: 10,
  pending_seconds: 0,
  resolve_seconds: 0,
  renotify_seconds: 0,
  ...more,
});

/** What is told over a history of values, one a minute, and the state at its end. */
function play(
  values: (number | Partial<Observation>)[],
  more: Partial<Limits> = {},
): { told: [number, string][]; last: AlertStanding } {
  let standing = newStanding("default", "rule", "Coder", at(0));
  const told: [number, string][] = [];
  for (const [minute, value] of values.entries()) {
    const observed = { subject: "Coder", value: 0, ...(typeof value === "number" ? { value } : value) };
    const { next, tell } = applyAlertState(standing, observed, limits(more), at(minute * 60));
    if (tell !== undefined) told.push([minute, tell]);
    standing = next;
  }
  return { told, last: standing };
}

describe("one alert", () => {
  test("fires at its threshold, stays silent while it fires, and ends once", () => {
    expect(play([0, 2, 3, 9, 3, 2, 0, 0]).told).toEqual([
      [2, "firing"],
      [5, "resolved"],
    ]);
  });

  test("waits as long as it is told to before it fires, and forgets what passed by itself", () => {
    expect(play([3, 3, 3, 3], { pending_seconds: 120 }).told).toEqual([[2, "firing"]]);
    expect(play([3, 0, 3, 0, 3, 0], { pending_seconds: 120 }).told).toEqual([]);
    expect(play([3], { pending_seconds: 120 }).last).toMatchObject({ state: "pending", since: at(0).toISOString() });
  });

  test("does not flap between the value it begins at and the one it ends below", () => {
    const values = [3, 2, 3, 2, 3, 2, 1, 2, 3];
    expect(play(values).told).toHaveLength(7);
    expect(play(values, { resolve_below: 2 }).told).toEqual([
      [0, "firing"],
      [6, "resolved"],
      [8, "firing"],
    ]);
  });

  test("ends only when it has been over for as long as it is told", () => {
    expect(play([3, 0, 0, 3, 0, 0, 0, 0], { resolve_seconds: 180 }).told).toEqual([
      [0, "firing"],
      [7, "resolved"],
    ]);
  });

  test("is told again as often as it is told to, and not otherwise", () => {
    expect(play([3, 3, 3, 3, 3, 3, 0], { renotify_seconds: 120 }).told).toEqual([
      [0, "firing"],
      [2, "again"],
      [4, "again"],
      [6, "resolved"],
    ]);
    expect(play(new Array(1000).fill(9)).told).toEqual([[0, "firing"]]);
  });

  test("of a rate neither begins nor ends on too few runs; without any it is over", () => {
    const of = (value: number, sample: number) => ({ value, sample });
    const rate = { threshold: 0.5, resolve_below: 0.5 };
    expect(play([of(1, 9), of(0.5, 10), of(0, 9), of(0.4, 9), of(0.4, 10)], rate).told).toEqual([
      [1, "firing"],
      [4, "resolved"],
    ]);
    expect(play([of(1, 10), of(0, 0)], rate).told).toEqual([
      [0, "firing"],
      [1, "resolved"],
    ]);
    expect(play([of(1, 10), of(1, 3), of(1, 10)], { ...rate, pending_seconds: 120 }).told).toEqual([[2, "firing"]]);
  });

  test("that nothing changes for is the same object, so that nothing is saved", () => {
    const standing = play([3]).last;
    expect(applyAlertState(standing, { subject: "Coder", value: 5 }, limits(), at(60)).next).toBe(standing);
  });

  test("over any history: it is told by turns that it fires and that it is over, beginning with firing, never late", () => {
    const any = fc.record({
      values: fc.array(fc.nat(5), { maxLength: 80 }),
      pending_seconds: fc.constantFrom(0, 60, 180),
      resolve_seconds: fc.constantFrom(0, 60, 180),
      renotify_seconds: fc.constantFrom(0, 120),
      resolve_below: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(any, ({ values, ...more }) => {
        const { told } = play(values, more);
        const turns = told.filter(([, tell]) => tell !== "again").map(([, tell]) => tell);
        expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? "firing" : "resolved")));
        for (const [minute, tell] of told) {
          // What is told is true at that moment, and has been for as long as asked.
          const back = (tell === "resolved" ? more.resolve_seconds : tell === "firing" ? more.pending_seconds : 0) / 60;
          for (let ago = 0; ago <= back; ago++) {
            const value = values[minute - ago] ?? 0;
            if (tell === "resolved") expect(value).toBeLessThan(more.resolve_below);
            if (tell === "firing") expect(value).toBeGreaterThanOrEqual(3);
          }
        }
        if (more.pending_seconds === 0) {
          const first = values.findIndex((value) => value >= 3);
          expect(told[0]?.[0]).toBe(first === -1 ? undefined : first);
        }
      }),
    );
  });
});

describe("a rule", () => {
  test("ends where it begins unless it says otherwise, and never above", () => {
    expect(limitsOf(ruleOf({ threshold: 4 }))).toMatchObject({ threshold: 4, resolve_below: 4 });
    expect(limitsOf(ruleOf({ threshold: 4, resolve_below: 9 })).resolve_below).toBe(4);
    expect(limitsOf(ruleOf({ kind: "success_drop" }))).toMatchObject({ threshold: 0.1 });
    expect(limitsOf(ruleOf({ kind: "spool_filling", rate: 0.9 }))).toMatchObject({ threshold: 0.9 });
  });

  test.each([
    ["without anybody to tell", { name: "x" }],
    ["with a key that there is none", { name: "x", webhook: "http://a.example", treshold: 2 }],
    ["with a filter that there is none", { name: "x", webhook: "http://a.example", filter: { blamed: "x" } }],
    ["with a target of no kind", { name: "x", targets: [{ type: "fax", url: "http://a.example" }] }],
    [
      "with a mail server that is a web page",
      { name: "x", targets: [{ type: "email", smtp: "http://a.example", from: "a@b.example", to: ["c@d.example"] }] },
    ],
  ])("%s is refused", (_, rule) => {
    expect(alertRuleSchema.safeParse(rule).success).toBe(false);
  });
});
