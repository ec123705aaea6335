import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GroupIndex, groupIdOf, likeness, partsOf, reasonShape } from "../../../store/groups/shape.ts";
import { afterFailure } from "../../../store/groups/state.ts";

describe("the shape of a reason", () => {
  test.each([
    ["It read 14 rows, but 2,310.5 were there.", "It read 7 rows, but 9 were there."],
    [
      "Order 8f14e45f-ceea-467f-a9b2-1c0d4f6a3b21 was refunded twice",
      "order 00000000-0000-4000-8000-000000000000 was refunded twice.",
    ],
    ["wrote /srv/app/src/main.ts instead of C:\\work\\test.ts", "wrote /tmp/x/y.py instead of /home/a/b.py"],
    ["called https://a.example/x?y=1 for bob@example.org", "called http://b.example for al.ice@mail.example.com"],
    ["used trace deadbeef01 at 2026-11-20T10:00:00Z", "used trace 0xbeef at 2025-01-02"],
    ["took items 1, 2, 3 and 4", "took items 5 and 6"],
    ["Ａｇｅｎｔ   lost its PLAN!", "agent lost its plan"],
  ])("leaves out what differs from run to run: %s", (left, right) => {
    expect(reasonShape(left)).toBe(reasonShape(right));
  });

  test("keeps what tells failures apart", () => {
    const reasons = [
      "It divided by zero.",
      "It ignored the tool's error.",
      "Es ignorierte den Fehler.",
      "エラーを無視した",
    ];
    expect(new Set(reasons.map(reasonShape)).size).toBe(reasons.length);
  });

  test("of anything is short, made in time, and the shape of itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (reason) => {
        const shape = reasonShape(reason);
        expect(shape.split(" ").length).toBeLessThanOrEqual(80);
      }),
    );
    const began = performance.now();
    for (const bad of ["a".repeat(5e6), "/a".repeat(2e6), "1.".repeat(2e6), "a@".repeat(2e6), "0x".repeat(2e6)])
      reasonShape(bad);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe("a group", () => {
  const failure = (reason: string, more: { agent?: string; kind?: string } = {}) => ({
    agent: "Coder",
    kind: "tool_call",
    ...more,
    shape: reasonShape(reason),
  });

  test("joins reasons that say nearly the same", () => {
    const index = new GroupIndex();
    const first = index.assign(
      failure("The agent passed the wrong customer id to the refund tool and never checked the answer."),
    );
    expect(
      index.assign(failure("The agent passed a wrong customer id to the refund tool and never checked its answer.")),
    ).toBe(first);
    expect(index.assign(failure("The agent stopped before the tests had run."))).not.toBe(first);
  });

  test("never joins two agents or two kinds of step", () => {
    const index = new GroupIndex();
    const reason = "It lost the plan.";
    const ids = [
      index.assign(failure(reason)),
      index.assign(failure(reason, { agent: "Planner" })),
      index.assign(failure(reason, { kind: "answer" })),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  test("does not wander: what is like a member but not like the founder is another one", () => {
    const index = new GroupIndex();
    const words = Array.from({ length: 24 }, (_, at) => `word${"abcdefghijklmnopqrstuvwxyz"[at]}`);
    const founder = words.slice(0, 12).join(" ");
    const middle = words.slice(2, 14).join(" ");
    const far = words.slice(5, 17).join(" ");
    const first = index.assign(failure(founder));
    expect(index.assign(failure(middle))).toBe(first);
    expect(likeness(partsOf(middle), partsOf(far))).toBeGreaterThan(0.55);
    expect(index.assign(failure(far))).not.toBe(first);
  });

  test("is the same after a restart, whatever the order its members are read in", () => {
    const vocabulary = ["wrong", "tool", "id", "plan", "ignored", "error", "twice", "late", "the", "answer"];
    const reasons = fc.array(
      fc.array(fc.constantFrom(...vocabulary), { minLength: 1, maxLength: 8 }).map((words) => words.join(" ")),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(reasons, fc.array(fc.nat(1000), { minLength: 30, maxLength: 30 }), (said, order) => {
        const before = new GroupIndex();
        const members = said.map((reason) => ({ member: failure(reason), id: before.assign(failure(reason)) }));
        const after = new GroupIndex();
        const shuffled = members.map((each, at) => ({ ...each, at: order[at] ?? 0 })).sort((a, b) => a.at - b.at);
        for (const { member, id } of shuffled) after.add(member, id);
        for (const { member, id } of members) expect(after.assign(member)).toBe(id);
        // Whoever founds a group gives it its name.
        for (const { id } of members) expect(members.some(({ member }) => groupIdOf(member) === id)).toBe(true);
      }),
    );
  });
});

describe("the state of a group, when its failure comes back", () => {
  const resolved = {
    state: "resolved",
    changed_by: "operator",
    note: "fixed",
    at: "2026-11-20T10:00:00.000Z",
  } as const;
  test("opens again when it was resolved before the run ended", () => {
    expect(afterFailure(resolved, "2026-11-20T10:00:01Z")).toEqual({
      state: "open",
      changed_by: "regression",
      note: "",
      at: "2026-11-20T10:00:01.000Z",
    });
  });
  test("stays as it is otherwise", () => {
    expect(afterFailure(resolved, "2026-11-20T09:59:59Z")).toBeUndefined();
    expect(afterFailure({ ...resolved, state: "ignored" }, "2026-11-21T00:00:00Z")).toBeUndefined();
    expect(afterFailure({ ...resolved, state: "open" }, "2026-11-21T00:00:00Z")).toBeUndefined();
    expect(afterFailure(undefined, "2026-11-21T00:00:00Z")).toBeUndefined();
  });
});
