import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Served, serve } from "@culprit/collector";
import { type CodingTask, runTeam, type ScriptedEndpoint, startScriptedEndpoint, TASKS } from "@culprit/examples";
import {
  collectorFeedback,
  type FeedbackSource,
  type LoopResult,
  loop,
  startTracing,
  successRates,
  type Tracing,
} from "@culprit/instrumentation";
import { createClient, parseConfig } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openParts, type Parts } from "../../cli/parts.ts";

let directory: string;
let parts: Parts;
let served: Served;
let endpoint: ScriptedEndpoint;
let tracing: Tracing;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "culprit-loop-"));
  const config = parseConfig({}, {}, { data: directory, settle_seconds: 0.3, poll_seconds: 0.1 });
  parts = await openParts(config, () => undefined);
  served = await serve(parts.collector, { host: "127.0.0.1", port: 0 });
  parts.analyzer.start();
  endpoint = await startScriptedEndpoint();
  tracing = startTracing({ url: served.url, exitHooks: false });
});
afterAll(async () => {
  await tracing?.shutdown();
  await endpoint?.close();
  await served?.close();
  await parts?.close();
  rmSync(directory, { recursive: true, force: true });
});

const TEN = TASKS.slice(0, 10);

/** The scripted coding team on one task: it thinks again where feedback names it, for better or worse. */
async function solve(task: CodingTask, feedback: FeedbackSource): Promise<LoopResult<boolean>> {
  return await loop({
    maxRounds: 2,
    run: async ({ feedbackFor }) => {
      const { outcome } = await runTeam({ task, baseURL: endpoint.baseURL, feedback: feedbackFor() });
      return outcome.success === true;
    },
    check: (success) => success,
    feedback,
  });
}

describe("the self-correction loop on a collector with its analyzer", () => {
  it("solves tasks with the attribution of the failed round that it does not solve by trying again", async () => {
    const source = collectorFeedback({ url: served.url, pollMs: 50, timeoutMs: 30_000 });
    const told: LoopResult<boolean>[] = [];
    for (const task of TEN) told.push(await solve(task, source));
    const again: LoopResult<boolean>[] = [];
    for (const task of TEN) again.push(await solve(task, () => null));

    const rates = successRates(told).map(({ solved }) => solved);
    expect(rates[0]).toBeLessThan(TEN.length);
    expect(rates[1]).toBeGreaterThan(rates[0] ?? 0);
    expect(successRates(again).map(({ solved }) => solved)).toEqual([rates[0], rates[0]]);

    const client = createClient({ baseUrl: served.url });
    for (const { rounds, loopId } of told) {
      const [first, second] = rounds;
      if (first === undefined || second === undefined) continue;
      const [stored, next] = await Promise.all(
        [first, second].map(({ traceId }) => client.call("getTrace", { trace_id: traceId })),
      );
      expect(first.blame).toMatchObject({ agent: stored?.summary?.blamed_agent, step: stored?.summary?.blamed_step });
      expect(next?.outcome).toBe(second.success ? "success" : "failure");
      const { spans } = await client.call("getSpans", { trace_id: second.traceId });
      const root = spans.find(({ parent_span_id }) => parent_span_id === "");
      expect(root?.attributes).toMatchObject({ "culprit.loop.id": loopId, "culprit.loop.round": 1 });
      expect(root?.links).toMatchObject([{ trace_id: first.traceId }]);
      const { applied } = await client.call("getFeedback", { trace_id: first.traceId });
      const { agent, step } = first.blame ?? {};
      expect(applied).toMatchObject([{ applied_in: second.traceId, told: [""], agent, step, outcome: next?.outcome }]);
    }
    const [first = 0, second = 0] = rates;
    const share = (k: number, n: number) => expect.objectContaining({ k, n });
    // The analyzer comes by a moment after the last run.
    await expect
      .poll(() => client.call("roundFigures"), { timeout: 10_000 })
      .toMatchObject({
        loops: 2 * TEN.length,
        rounds: [
          { solved: share(2 * first, 2 * TEN.length) },
          {
            solved: share(first + second, 2 * TEN.length),
            told: share(second - first, TEN.length - first),
            untold: share(0, TEN.length - first),
          },
        ],
      });
  });

  it("can ask for the attribution at once, and says so when none comes in time", async () => {
    const { traceId } = await runTeam({ task: TEN[0] as CodingTask, baseURL: endpoint.baseURL });
    await tracing.flush();
    const failed = { traceId, round: 0, signal: undefined };
    const client = createClient({ baseUrl: served.url });
    await client.call("reportOutcome", {
      trace_id: traceId,
      body: { outcome: "failure", score: 0, feedback: "", by: "reported" },
    });
    const asked = await collectorFeedback({ url: served.url, onDemand: true, timeoutMs: 20_000, pollMs: 50 })(failed);
    expect(asked).toMatchObject({ agent: expect.any(String), step: expect.any(Number) });
    const nobody = collectorFeedback({ url: served.url, timeoutMs: 300, pollMs: 50 });
    await expect(nobody({ ...failed, traceId: "ab".repeat(16) })).rejects.toMatchObject({ code: "no_feedback" });
    const away = collectorFeedback({ url: "http://127.0.0.1:9", timeoutMs: 300, pollMs: 50 });
    await expect(away(failed)).rejects.toMatchObject({ code: "no_feedback", cause: { code: "unreachable" } });
  });
});
