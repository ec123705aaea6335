import { existsSync } from "node:fs";
import { join } from "node:path";
import { importAll, importedTrajectory } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";

const data = join(import.meta.dirname, "../../../../../shared/data");
const here = existsSync(join(data, "who-and-when"));
if (!here) console.error("skipped: ../shared/data/who-and-when is not here");

describe.skipIf(!here)("the public failure logs", () => {
  it("become one run a file, each step at its history index", async () => {
    const { runs, skipped } = await importAll([join(data, "who-and-when"), join(data, "promas")]);
    expect(skipped).toEqual([]);
    const count = (format: string, subset: string) =>
      runs.filter((run) => run.format === format && run.subset === subset).length;
    expect([count("who-and-when", "algorithm-generated"), count("who-and-when", "hand-crafted")]).toEqual([92, 45]);
    expect(count("promas", "")).toBeGreaterThanOrEqual(80);
    for (const run of runs) {
      const { steps, outcome, complete } = importedTrajectory(run);
      expect(steps.map((step) => step.index)).toEqual(steps.map((_, index) => index));
      expect(steps).toHaveLength(run.spans.length - 1);
      expect([outcome.outcome, outcome.by, complete]).toEqual(["failure", "reported", true]);
      expect(run.annotations).toHaveLength(1);
    }
  });

  it("have labels whose agent took the step, but for the few the set is known to get wrong", async () => {
    const { runs } = await importAll(join(data, "who-and-when"));
    expect(runs.filter((run) => run.warnings.length > 0).length).toBeLessThanOrEqual(6);
  });

  it("include AgentRx dialogues and MAS-SIM runs, their labels from files beside them", async () => {
    const { runs, skipped } = await importAll([join(data, "agentrx"), join(data, "mas-sim-otel")]);
    expect([...new Set(skipped.map(({ code }) => code))].sort()).toEqual(["duplicate", "labels"]);
    const labelled = (format: string) => runs.filter((run) => run.format === format && run.annotations.length === 1);
    // 100 dialogues, and two failed ones that are not among them.
    expect(runs.filter((run) => run.format === "agentrx")).toHaveLength(102);
    expect(labelled("agentrx")).toHaveLength(29);
    expect(labelled("mas-sim")).toHaveLength(15);
    const unlike = labelled("agentrx").flatMap((run) => run.warnings);
    expect(unlike.length).toBeLessThanOrEqual(1);
    expect(labelled("mas-sim").flatMap((run) => run.warnings)).toEqual([]);
    expect(JSON.stringify(labelled("mas-sim").map((run) => run.spans))).not.toContain("fault");
  });
});
