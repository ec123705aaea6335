import { attributeTrajectory, createRanker, createTracer, isTransient, type Strategy } from "@culprit/analyzers";
import { attributionSchema } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { failedRun } from "./tracer-runs.ts";

const run = failedRun(["Planner: add the numbers", "Coder: def add(a, b): return a - b", "(run_tests): 1 failed"]);
const ranker = createRanker();
/** Nothing listens on the discard port. */
const away = createTracer({ url: "http://127.0.0.1:9/v1", model: "scripted", maxRetries: 0, timeoutMs: 5_000 });

describe("an attribution", () => {
  it("says that another strategy answered, which one, and why", async () => {
    const [alone, helped] = [
      await attributeTrajectory(run, away),
      await attributeTrajectory(run, away, { fallback: ranker }),
    ];
    expect(alone).toMatchObject({ status: "tracer_unavailable", cause: null, answered_by: "", agent: null });
    const said = ranker.rank(run);
    expect(helped).toMatchObject({
      strategy: "tracer",
      status: "degraded",
      cause: "tracer_unavailable",
      answered_by: "ranker",
      agent: said.agent,
      step: said.step,
      model: said.model,
    });
    expect(helped.reason).toBe(`${alone.reason} The ranker answered instead: ${said.reason}`);
  });

  it("has neither where the strategy answered itself, or was not asked", async () => {
    const own = { cause: null, answered_by: "" };
    expect(await attributeTrajectory(run, ranker, { fallback: ranker })).toMatchObject({
      status: "attributed",
      ...own,
    });
    const won = failedRun(["Coder: done"], { outcome: { ...run.outcome, outcome: "success" } });
    expect(await attributeTrajectory(won, away, { fallback: ranker })).toMatchObject({ status: "not_failed", ...own });
  });

  it("keeps what failed apart from what was said of it", async () => {
    const babbling: Strategy = {
      name: "babbling",
      version: "1",
      attribute: async () => ({
        status: "unparsable_answer",
        agent: null,
        step: null,
        reason: "tracer_unavailable: says the answer.",
        confidence: 0,
        model: "",
        input_tokens: 0,
        output_tokens: 0,
      }),
    };
    const helped = await attributeTrajectory(run, babbling, { fallback: ranker });
    expect(helped).toMatchObject({ status: "degraded", cause: "unparsable_answer" });
    expect(isTransient(helped)).toBe(false);
  });

  it("is asked for again where an endpoint was away, whoever answered meanwhile", async () => {
    expect(isTransient(await attributeTrajectory(run, away))).toBe(true);
    expect(isTransient(await attributeTrajectory(run, away, { fallback: ranker }))).toBe(true);
    expect(isTransient(await attributeTrajectory(run, ranker))).toBe(false);
  });

  it("of an earlier version, which did not say, still reads", async () => {
    const { cause: _cause, answered_by: _by, ...earlier } = await attributeTrajectory(run, ranker);
    expect(attributionSchema.parse(earlier)).toMatchObject({ cause: null, answered_by: "" });
  });
});
