import { expect, test } from "vitest";
import { crash } from "../../bench/soak/crash.ts";

/** The test suite kills this often; `npm run soak -- --crash` does it 60 times and more. */
const ROUNDS = Number(process.env["CULPRIT_CRASH_ROUNDS"] ?? 10);

test(`a collector killed ${ROUNDS} times under load keeps every span it acknowledged, once`, {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  const report = await crash({ rounds: ROUNDS, seed: 11 });
  expect(report.acknowledged).toBeGreaterThan(ROUNDS * 100);
  expect(report).toMatchObject({ rounds: ROUNDS, missing: 0, foreign: 0, countedWrong: 0, sampledWrong: 0 });
  expect(report.endings["engine-hung"]).toBeGreaterThan(0);
  expect(report.endings["engine-first"]).toBeGreaterThan(0);
});
