import { expect, test } from "vitest";
import { soak } from "../../bench/soak/storm.ts";

test("half a minute of load on a store that hangs and dies loses nothing", { timeout: 150_000 }, async () => {
  const report = await soak({ seconds: 30, seed: 5, spansPerSecond: 1_000, calmSeconds: 3, hangSeconds: 4 });
  expect(report.hangs).toBeGreaterThanOrEqual(2);
  expect(report.kills).toBeGreaterThanOrEqual(1);
  expect(report.acknowledged).toBeGreaterThan(5_000);
  expect(report).toMatchObject({ missing: 0, foreign: 0, countedWrong: 0, sampledWrong: 0 });
  // A queue in memory would grow with every outage; the long soak measures the slope.
  expect(report.memory.collector.peakBytes).toBeLessThan(700e6);
});
