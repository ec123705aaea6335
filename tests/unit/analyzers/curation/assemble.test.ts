import { type AssembleOptions, assemble, parseCap, splitOf } from "@culprit/analyzers";
import type { DatasetRecord } from "@culprit/schemas";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finder } from "../../../../analyzers/curation/contamination.ts";
import { detail, injected, record } from "./records.ts";

const many = (count: number, of: (number: number) => DatasetRecord = record) =>
  Array.from({ length: count }, (_, at) => of(at + 1));
const assembled = (records: DatasetRecord[], options: AssembleOptions = {}) => {
  const { left_out, records: kept } = assemble(records, options);
  return { left_out, ids: kept.map(({ id }) => Number.parseInt(id, 16)) };
};

describe("weak evidence", () => {
  it.each([
    ["a correction that did hardly better than the original action", { margin: 0.2 }, "low_margin"],
    ["a label of which no placebo is stored", { margin: null }, "no_margin"],
  ] as const)("is left out and counted: %s", (_name, weak, reason) => {
    const records = [record(1), record(2, { evidence_detail: detail(weak) })];
    expect(assembled(records)).toEqual({ left_out: { [reason]: 1 }, ids: [1] });
  });

  it("is what the threshold says; a person's word is not weighed", () => {
    const weak = record(1, { evidence_detail: detail({ margin: 0.2 }) });
    const human = record(2, { evidence: "human", evidence_detail: detail({ margin: null }) });
    expect(assembled([weak, human], { minMargin: 0.1 }).ids).toEqual([1, 2]);
    expect(assembled([human]).ids).toEqual([2]);
    expect(assembled([record(3, { evidence_detail: detail({ margin: null }) })], { withoutPlacebo: true }).ids).toEqual(
      [3],
    );
  });
});

describe("near-duplicates", () => {
  it("leave the one with the stronger evidence, and what an earlier version held before that", () => {
    const twin = (number: number, of: DatasetRecord) => ({ ...of, id: record(number).id });
    const records = [twin(1, injected(9)), twin(2, record(9)), record(3)];
    expect(assembled(records)).toEqual({ left_out: { near_duplicate: 1 }, ids: [2, 3] });
    expect(assembled(records, { kept: new Set([record(1).id]) }).ids).toEqual([1, 3]);
  });
});

describe("caps", () => {
  const records = many(30, (number) => record(number, { mistake_agent: number <= 24 ? "Coder" : "Planner" }));

  it("keep at most so many, or such a share of what is left, of one value", () => {
    const agents = (caps: string[]) => {
      const { records: kept } = assemble(records, { caps: caps.map(parseCap) });
      return ["Coder", "Planner"].map((agent) => kept.filter((one) => one.mistake_agent === agent).length);
    };
    expect(agents(["agent=10"])).toEqual([10, 6]);
    expect(agents(["agent=60%"])).toEqual([9, 6]);
    expect(assemble(records, { caps: [parseCap("agent=10")] }).left_out).toEqual({ over_cap: 14 });
  });

  it("keep the same ones whatever else there is, and first of all those of the version before", () => {
    const ids = (given: DatasetRecord[], kept?: Set<string>) =>
      assemble(given, { caps: [parseCap("agent=10")], ...(kept === undefined ? {} : { kept }) })
        .records.filter(({ mistake_agent }) => mistake_agent === "Coder")
        .map(({ id }) => id);
    const before = ids(records.slice(0, 20));
    expect(ids([...records].reverse())).toEqual(ids(records));
    expect(ids(records, new Set(before))).toEqual(before);
  });

  it.each(["agent", "agent=0", "agents=4", "agent=1.5", "agent=140%", "agent=ten"])("refuse %s and say how", (text) => {
    expect(() => parseCap(text)).toThrow(
      expect.objectContaining({ code: "usage", mend: expect.stringContaining("agent=500") }),
    );
  });
});

describe("matching", () => {
  it("keeps as many injected as counterfactual records of each agent, position and domain, and every human one", () => {
    const records = [
      ...many(5),
      ...many(9, (number) => injected(number + 10)),
      injected(30, { mistake_agent: "Planner", mistake_step: 0 }),
      record(40, { evidence: "human" }),
    ];
    const { records: kept, left_out } = assemble(records, { matchEvidence: true });
    const count = (evidence: DatasetRecord["evidence"]) => kept.filter((one) => one.evidence === evidence).length;
    expect([count("counterfactual"), count("injected"), count("human")]).toEqual([5, 5, 1]);
    expect(left_out).toEqual({ unmatched: 5 });
  });
});

describe("contamination", () => {
  const question =
    "How many of the ships that left the harbour in March came back before the end of the following month?";
  const benchmarks = { names: ["bench"], ...finder([question, "What is two plus two?"]) };

  it("leaves out what holds a benchmark's question, in whatever case and spacing, and counts it", () => {
    const quoting = record(1, { question: question.toUpperCase().replace(/ /g, "\n") });
    const inside = record(2);
    inside.history[0] = { step: 0, name: "Planner", role: "agent", content: `They ask: what is two   plus two?` };
    const made = assemble([quoting, inside, record(3)], { benchmarks });
    expect(made.records.map(({ id }) => id)).toEqual([record(3).id]);
    expect(made.left_out).toEqual({ contaminated: 2 });
    expect(made.contamination).toEqual({ benchmarks: ["bench"], questions: 2, flagged: 2 });
  });

  it("does not take a few words in common for it", () => {
    const near = record(1, { question: "How many of the ships that left came back? What is two and two?" });
    expect(assembled([near], { benchmarks })).toEqual({ left_out: {}, ids: [1] });
  });
});

describe("what is assembled", () => {
  it("does not depend on the order records come in, and holds whole tasks on one side", () => {
    const records = many(40, (number) => record(number, { task_id: `team/${number % 7}` }));
    const shuffled = fc.shuffledSubarray(records, { minLength: records.length, maxLength: records.length });
    const { records: expected } = assemble(records);
    fc.assert(
      fc.property(shuffled, (order) => {
        expect(assemble(order).records).toEqual(expected);
      }),
      { numRuns: 10 },
    );
    for (const { task_id, split } of expected) expect(split).toBe(splitOf(task_id));
  });

  it("never moves a task when it grows", () => {
    const before = assemble(many(60)).records;
    const after = new Map(assemble(many(200)).records.map(({ id, split }) => [id, split]));
    for (const { id, split } of before) expect(after.get(id)).toBe(split);
  });

  it("says what a reader of the card has to know: one kind of evidence, one agent, nothing held out", () => {
    const { biases } = assemble([record(1)], { testShare: 0 });
    expect(biases).toEqual([
      expect.stringContaining("Every label is counterfactual"),
      expect.stringContaining("one agent only: Coder"),
      expect.stringContaining("one domain only: team"),
      expect.stringContaining("No task is held out"),
    ]);
  });
});
