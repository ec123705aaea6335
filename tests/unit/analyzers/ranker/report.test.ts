import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  loadAuxiliary,
  loadTrainingData,
  type RankerReport,
  rankerReport,
  renderRankerReport,
} from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FEATURE_GROUPS } from "../../../../analyzers/attribution/ranker/features/groups.ts";
import { failureLog, writeLogs } from "../evaluation/failure-logs.ts";

const SPEAKERS = ["Alpha", "Beta", "Gamma"];
let directory: string;
let report: RankerReport;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "culprit-report-"));
  const logs = (name: string, count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`${i}.json`, failureLog(`${name} ${i}`, SPEAKERS, i % 4)]),
    );
  const main = writeLogs(join(directory, "main"), logs("main", 12));
  const other = writeLogs(join(directory, "other"), logs("other", 10));
  const own = writeLogs(join(directory, "own"), logs("own", 3));
  const data = await loadTrainingData({ directories: [main], auxiliary: [other] });
  const transferFrom = await loadAuxiliary([own, other], data.examples);
  report = rankerReport(data.runs, data.examples, { folds: 3, seeds: [1, 2], splits: 2, transferFrom });
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true }));

const subset = () => Object.keys(report.nested)[0] ?? "";

describe("the ranker's report", () => {
  it("counts only runs of the evaluated set, every run once in each repeat", () => {
    const nested = report.nested[subset()];
    expect(Object.keys(report.nested)).toHaveLength(1);
    expect(nested).toMatchObject({ n: 12, repeats: [expect.any(Array), expect.any(Array)] });
    const mean = ((nested?.repeats[0]?.[1] ?? 0) + (nested?.repeats[1]?.[1] ?? 0)) / 2;
    expect(nested?.step).toBeCloseTo(mean, 5);
    const [low, high] = nested?.step_interval ?? [1, 0];
    expect(low).toBeLessThan(nested?.step ?? 0);
    expect(high).toBeGreaterThanOrEqual(nested?.step ?? 1);
  });

  it("keeps the transfer apart: trained on other systems only, each run once", () => {
    expect(report.transfer?.trained_on).toEqual({ other: 10, own: 3 });
    expect(report.transfer?.subsets[subset()]?.n).toBe(12);
  });

  it("says of every confidence how often it was right", () => {
    const { bins, expected_calibration_error, thresholds } = report.calibration;
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(24);
    for (const { from, to, count, confidence } of bins) {
      if (count > 0) expect(confidence).toBeGreaterThanOrEqual(from);
      if (count > 0) expect(confidence).toBeLessThanOrEqual(to);
    }
    const error = bins.reduce((sum, bin) => sum + (bin.count / 24) * Math.abs(bin.confidence - bin.accuracy), 0);
    expect(expected_calibration_error).toBeCloseTo(error, 4);
    expect(thresholds[0]).toMatchObject({ below: 0, answered: 1 });
    for (const [i, { answered }] of thresholds.entries()) {
      expect(answered).toBeLessThanOrEqual(thresholds[i - 1]?.answered ?? 1);
    }
  });

  it("leaves out one feature group after the other", () => {
    expect(report.ablation.map(({ without }) => without)).toEqual(FEATURE_GROUPS.map(({ name }) => name));
  });

  it("is readable", () => {
    const text = renderRankerReport(report);
    expect(text).toContain("nested 3-fold cross-validation grouped by task, seeds 1, 2");
    expect(text).toContain("Transfer: trained on other 10, own 3 only");
    expect(text).not.toMatch(/NaN|undefined/);
  });
});
