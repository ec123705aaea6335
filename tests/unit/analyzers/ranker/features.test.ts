import { describe, expect, it } from "vitest";
import { CUE_NAMES, countCues } from "../../../../analyzers/attribution/ranker/features/cues.ts";
import { digest } from "../../../../analyzers/attribution/ranker/features/digest.ts";
import { FEATURES, featureRow } from "../../../../analyzers/attribution/ranker/features/groups.ts";
import { scanWords, wordHash } from "../../../../analyzers/attribution/ranker/features/scan.ts";
import { cue } from "../../../../analyzers/attribution/ranker/features/step-view.ts";
import { failedRun } from "./runs.ts";

const value = (name: string, trajectory: Parameters<typeof digest>[0], step: number) => {
  const run = digest(trajectory);
  const view = run.agents.find((one) => one.index === step);
  if (!view) throw new Error(`step ${step} is no agent step`);
  return featureRow(view, run)[FEATURES.findIndex((feature) => feature.name === name)];
};

describe("scanWords", () => {
  it("reads words in any case and numbers without their separators", () => {
    const { count, hash } = scanWords("Don't PAY 1,234.5, snake_case!");
    expect([...hash.subarray(0, count)]).toEqual(["don't", "pay", "1234.5", "snake_case"].map(wordHash));
  });

  it("counts cues of one to three words", () => {
    const counts = countCues(scanWords("Let's ASSUME the search results are in agreement, as shown."));
    const of = (name: (typeof CUE_NAMES)[number]) => counts[CUE_NAMES.indexOf(name)];
    expect([of("assumption"), of("agreement"), of("blocked")]).toEqual([1, 1, 0]);
    expect(of("evidence")).toBeGreaterThanOrEqual(2);
  });
});

describe("features", () => {
  it("have unique names and a meaning each", () => {
    expect(new Set(FEATURES.map((feature) => feature.name)).size).toBe(FEATURES.length);
    expect(FEATURES.every((feature) => feature.meaning.length > 0)).toBe(true);
  });

  const run = failedRun([
    ["Planner", "Let us find the moons of Mars with a search."],
    ["Coder", "```python\nprint(count())\n```"],
    ["Terminal", "exitcode: 1 (execution failed)\nNameError: name 'count' is not defined"],
    ["Coder", "Let's assume that Mars has 7 moons, named Alpha and Beta."],
    ["Checker", "Agreed, the final answer is 7: Alpha and Beta are correct. TERMINATE"],
  ]);

  it("see the error that answers a step and the step that goes on without a word of it", () => {
    expect(value("observation.failed", run, 1)).toBe(1);
    expect(value("observation.undefined_name", run, 1)).toBe(1);
    expect(value("observation.ignored_failure", run, 3)).toBe(1);
    expect(value("observation.failed", run, 0)).toBe(0);
  });

  it("see who brought in what reaches the end, and that nothing supported it", () => {
    expect(value("flow.any_number_reaches_end", run, 3)).toBe(1);
    expect(value("flow.any_number_reaches_end", run, 4)).toBe(0);
    expect(value("first.assumption", run, 3)).toBe(1);
    expect(value("claim.without_code", run, 3)).toBeGreaterThan(0);
  });

  it("follow delegated work where one agent directs", () => {
    const directed = failedRun([
      ["Orchestrator", "Initial plan: ask the surfer."],
      ["Orchestrator", "Please search for the moons of Mars in a catalogue."],
      ["Surfer", "I typed 'moons of Mars' and see a page of results."],
      ["Orchestrator", 'Updated Ledger: {"is_progress_being_made": {"reason": "no", "answer": false}}'],
      ["Orchestrator", "Please search for the moons of Mars in a catalogue."],
      ["Surfer", "I typed 'moons of Mars' and see a page of results."],
    ]);
    expect(digest(directed).orchestrated).toBe(true);
    expect(value("work.first", directed, 2)).toBe(1);
    expect(value("work.no_progress", directed, 2)).toBe(1);
    expect(value("work.ordered_again", directed, 2)).toBe(1);
    expect(value("work.first_repeat", directed, 5)).toBe(1);
    expect(value("work.any", directed, 3)).toBe(0);
  });

  it("are finite for empty, huge and hostile contents", () => {
    const hostile = failedRun([
      ["__proto__", ""],
      ["constructor", "\u0000\ud800 <script>".repeat(50_000)],
      ["Terminal", "x".repeat(1_000_000)],
      ["toString", "answer Planner|3 ".repeat(10_000)],
    ]);
    const view = digest(hostile);
    const rows = view.agents.map((step) => featureRow(step, view));
    expect(rows).toHaveLength(3);
    expect(rows.every((row) => row.every(Number.isFinite))).toBe(true);
    expect(cue(view.agents[0], "failure")).toBe(0);
  });
});
