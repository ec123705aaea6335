import { buildTrajectory } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startCollector } from "../integration/collector-harness.ts";
import { writeFixture } from "./fixture.ts";
import { pythonFor } from "./python.ts";
import { FRAMEWORKS } from "./python-peers.ts";
import { play, requirementsOf } from "./python-play.ts";
import { journey, refusing } from "./scripted-model.ts";
import { judge, sketch, tableRow } from "./verdict.ts";

let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

describe("agents on frameworks for Python, each with the block of its page", () => {
  test.for(FRAMEWORKS)("$name through $through", { timeout: 600_000 }, async (framework, { skip }) => {
    const {
      folder,
      name,
      through,
      environment = folder,
      fixture = folder,
      env = {},
      heavy,
      script = journey,
      steps,
      note,
    } = framework;
    if (heavy !== undefined && process.env["CULPRIT_PEERS_HEAVY"] !== "1") return skip(`heavy (${heavy})`);
    const python = await pythonFor(environment, requirementsOf(environment));
    if (python === undefined) return skip("offline");
    const run = await play({ folder, python, running, env }, script);
    const broken = await play({ folder, python, running, env }, refusing);
    if (process.env["CULPRIT_PEERS"] === "write") writeFixture(fixture, `${name} through ${through}`, run.spans);
    const [right, wrong] = [buildTrajectory(run.spans, undefined), buildTrajectory(broken.spans, undefined)];
    const verdict = judge(right, wrong, steps);
    const row = await tableRow({ name, through, ...(note === undefined ? {} : { note }) }, verdict);
    expect(row.committed, `${sketch(right)}\n${sketch(wrong)}\n${run.printed}`).toBe(row.measured);
    expect(run.exitCode).toBe(0);
  });
});
