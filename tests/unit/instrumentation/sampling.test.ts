import { agent, reportOutcome, run, startTracing, type Tracing } from "@culprit/instrumentation";
import { trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { scriptedEndpoint, sendJson } from "./scripted-endpoint.ts";
import { type RecordedSpans, recordSpans } from "./spans.ts";

let recorded: RecordedSpans;
afterEach(() => recorded.tracing.shutdown());

/** A run of two spans, reported as it is told. */
async function work(name: string, success?: boolean): Promise<string> {
  const { traceId } = await run({ task: "task", name }, async () => {
    agent.scope("Solver", () => 1);
    if (success !== undefined) await reportOutcome({ success });
  });
  return traceId;
}

async function sentRuns(): Promise<string[]> {
  const spans = await recorded.spans();
  return spans.filter(({ name }) => name.startsWith("invoke_workflow")).map(({ name }) => name.slice(16));
}

describe("sampling", () => {
  it("sends every run unless asked to leave some out", async () => {
    recorded = recordSpans();
    await work("good", true);
    await work("unknown");
    expect(await sentRuns()).toEqual(["good", "unknown"]);
    expect((await recorded.spans())[0]?.attributes).not.toHaveProperty("culprit.sampling.rate");
  });

  it("always sends failed runs, whole, and says of what they are a sample", async () => {
    recorded = recordSpans({ sampling: { rate: 0 } });
    await work("good", true);
    await work("good", true);
    await work("bad", false);
    await run({ task: "task", name: "crashed" }, () => {
      throw new Error("boom");
    }).catch(() => undefined);
    await run({ task: "task", name: "evaluated" }, () => {
      const attributes = { "gen_ai.evaluation.score.label": "fail" };
      agent.scope("Solver", () => trace.getActiveSpan()?.addEvent("gen_ai.evaluation.result", attributes));
    });
    expect(await sentRuns()).toEqual(["bad", "crashed", "evaluated"]);
    expect(await recorded.spans()).toHaveLength(2 + 1 + 2);
    expect(recorded.tracing.counts).toMatchObject({ exported: 5, sampled_out: { runs: 2, spans: 4 } });
    const bad = await recorded.span("invoke_workflow bad");
    expect(bad.attributes).toMatchObject({ "culprit.sampling.rate": 0, "culprit.sampling.runs_left_out": 2 });
  });

  it("keeps the share it is told of the others, by trace id", async () => {
    recorded = recordSpans({ sampling: { rate: 0.3 } });
    const traceIds: string[] = [];
    for (let n = 0; n < 400; n++) traceIds.push(await work("good", true));
    const kept = (await sentRuns()).length;
    expect(kept).toBeGreaterThan(400 * 0.3 - 55);
    expect(kept).toBeLessThan(400 * 0.3 + 55);
    expect(recorded.tracing.counts.sampled_out).toEqual({ runs: 400 - kept, spans: 2 * (400 - kept) });
    const sent = new Set((await recorded.spans()).map((span) => span.spanContext().traceId));
    const share = (id: string) => Number.parseInt(id.slice(-13), 16) / 16 ** 13;
    for (const id of traceIds) expect(sent.has(id)).toBe(share(id) < 0.3);
  });

  it("waits for an outcome that is reported after the end, and for no other longer than it is told", async () => {
    const collector = await scriptedEndpoint((_, response) => sendJson(response, { stored: true }));
    recorded = recordSpans({ sampling: { rate: 0, holdMs: 300 } });
    const late = await work("late");
    await work("never");
    expect(await sentRuns()).toEqual([]);
    await reportOutcome({ success: false }, { traceId: late, url: collector.url });
    expect(await sentRuns()).toEqual(["late"]);
    await expect.poll(() => recorded.tracing.counts.sampled_out, { timeout: 5000 }).toEqual({ runs: 1, spans: 2 });
    await collector.close();
  });

  it("rather sends what it has no room to hold", async () => {
    recorded = recordSpans({ sampling: { rate: 0, maxBytes: 2000 } });
    for (let n = 0; n < 10; n++) await work(`run ${n}`);
    const sent = await sentRuns();
    expect(sent.length).toBeGreaterThan(4);
    expect(sent[0]).toBe("run 0");
    await work("good", true);
    expect(await sentRuns()).not.toContain("good");
  });

  it("leaves out the spans that come after a run was left out, and counts them", async () => {
    recorded = recordSpans({ sampling: { rate: 0 } });
    let end: () => void = () => undefined;
    await run("task", async () => {
      const straggler = trace.getTracer("host").startSpan("straggler");
      end = () => straggler.end();
      await reportOutcome({ success: true });
    });
    end();
    expect(await recorded.spans()).toEqual([]);
    expect(recorded.tracing.counts.sampled_out).toEqual({ runs: 1, spans: 2 });
  });

  it("sends at shutdown what was cut off in the middle", async () => {
    const ended: string[] = [];
    recorded = recordSpans();
    await recorded.tracing.shutdown();
    const tracing: Tracing = startTracing({
      exitHooks: false,
      sampling: { rate: 0 },
      exporter: {
        export: (spans, done) => {
          ended.push(...spans.map(({ name }) => name));
          done({ code: 0 });
        },
        shutdown: async () => undefined,
      },
    });
    await work("unknown");
    void run("task", async () => {
      agent.scope("Early", () => 1);
      await new Promise(() => undefined);
    });
    await tracing.shutdown();
    expect(ended).toEqual(["invoke_agent Early"]);
  });

  it("does not announce the steps of a run it may leave out", async () => {
    recorded = recordSpans({ sampling: { rate: 0 }, queue: { announceMs: 10 } });
    await run("task", async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      await reportOutcome({ success: true });
    });
    expect(await recorded.spans()).toEqual([]);
  });

  it("refuses a rate that is no share", () => {
    recorded = recordSpans();
    expect(() => {
      void recorded.tracing.shutdown();
      startTracing({ sampling: { rate: 10 } });
    }).toThrow(/no share/);
  });
});
