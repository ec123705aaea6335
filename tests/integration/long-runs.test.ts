import type { Client, IncomingSpan, Span } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf, newIds, type Running, startCollector } from "./collector-harness.ts";
import { anAttribution, aRun, aSpan } from "./store-rows.ts";

let running: Running;
let reads = 0;
let client: Client;
beforeAll(async () => {
  running = await startCollector();
  const { store } = running;
  const readSpans = store.readSpans.bind(store);
  store.readSpans = (project, traceId) => {
    reads++;
    return readSpans(project, traceId);
  };
  client = clientOf(running);
});
afterAll(() => running.close());

const START = 1_795_255_200_000_000_000n;

function aStep(trace_id: string, at: number, said: string, more: Partial<Span> = {}): IncomingSpan {
  const time = String(START + BigInt(at) * 1_000_000n);
  const base = aSpan({ trace_id, start_time_unix_nano: time, end_time_unix_nano: time, ...more });
  const output = [{ role: "assistant", parts: [{ type: "text", content: said }] }];
  return { ...base, reading: { ...base.reading, operation: "chat", agent: "Coder", output } };
}

async function aLongRun(): Promise<string> {
  const { traceId } = newIds();
  await running.store.insertSpans(Array.from({ length: 600 }, (_, at) => aStep(traceId, at, `file ${at}`)));
  return traceId;
}

describe("a long run that is looked at again and again", () => {
  test("is read once, for itself and for its steps, however many ask at a time", async () => {
    const trace_id = await aLongRun();
    const before = reads;
    const asked = Array.from({ length: 5 }, () => client.call("getTrace", { trace_id, contents: "clipped" }));
    const answers = await Promise.all(asked);
    expect(answers.map(({ steps }) => steps.length)).toEqual([600, 600, 600, 600, 600]);
    expect((await client.call("getStep", { trace_id, step: 7 })).step.content).toBe("file 7");
    await client.call("compareRuns", { trace_id, other_id: trace_id }).catch(() => {});
    expect(reads - before).toBe(1);
  });

  test("is read anew once a span of it came, an older one came again, or it was deleted", async () => {
    const trace_id = await aLongRun();
    const { store } = running;
    await client.call("getTrace", { trace_id });
    const late = aStep(trace_id, 700, "one more");
    await store.insertSpans([late]);
    expect((await client.call("getTrace", { trace_id })).steps.at(-1)?.content).toBe("one more");
    await store.insertSpans([aStep(trace_id, 700, "said otherwise", { span_id: late.span_id })]);
    expect((await client.call("getStep", { trace_id, step: 600 })).step.content).toBe("said otherwise");
    await client.call("deleteTrace", { trace_id });
    await expect(client.call("getTrace", { trace_id })).rejects.toMatchObject({ code: "not_found" });
  });

  test("is told of without its steps and without reading them", async () => {
    const trace_id = await aLongRun();
    await expect(client.call("getSummary", { trace_id })).rejects.toMatchObject({ code: "not_found" });
    const summary = aRun({ trace_id, steps: 600 });
    await running.store.saveRuns([summary]);
    await running.store.saveAttributions([anAttribution({ trace_id })]);
    const before = reads;
    const claims = await client.call("getSummary", { trace_id });
    expect(claims).toMatchObject({
      summary,
      attributions: [{ trace_id, agent: "Coder" }],
      annotations: [],
      replays: [],
    });
    expect(reads).toBe(before);
  });

  test("has the outcome that is reported of it at once, and is another project's business never", async () => {
    const trace_id = await aLongRun();
    await client.call("getTrace", { trace_id });
    const body = { outcome: "failure", score: 0, feedback: "no", by: "evaluator" } as const;
    await client.call("reportOutcome", { trace_id, body });
    expect(await client.call("getTrace", { trace_id })).toMatchObject({ outcome: "failure", outcome_detail: body });
    const stranger = clientOf(running, "strangers");
    await expect(stranger.call("getTrace", { trace_id })).rejects.toMatchObject({ code: "not_found" });
  });
});
