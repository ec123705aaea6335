import { createClient } from "@clickhouse/client";
import type { IncomingSpan } from "@culprit/schemas";
import { type EmbeddedStore, openEmbedded } from "@culprit/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readHead, readSpan } from "../../collector/dialects/read-span.ts";
import { aSpan, project, temporaryDirectory, traceId } from "./store-rows.ts";

let store: EmbeddedStore;
let client: ReturnType<typeof createClient>;
let remove: () => void;

beforeAll(async () => {
  const [directory, removeDirectory] = temporaryDirectory();
  remove = removeDirectory;
  store = await openEmbedded(directory);
  store.readWith(readSpan);
  client = createClient({ url: store.engine.url });
});
afterAll(async () => {
  await client.close();
  await store.close();
  remove();
});

/** Characters kept of a project, in spans and in contents. */
async function kept(name: string): Promise<{ spans: number; contents: number; nodes: number }> {
  const result = await client.query({
    query: `SELECT
        (SELECT sum(arraySum(arrayMap(x -> length(x), mapValues(attributes))) + length(reading) + length(events))
         FROM spans WHERE project = {name:String}) AS spans,
        (SELECT sum(length(text)) FROM contents WHERE project = {name:String}) AS contents,
        (SELECT count() FROM contents WHERE project = {name:String}) AS nodes`,
    query_params: { name },
    format: "JSONEachRow",
  });
  const [row] = await result.json<Record<"spans" | "contents" | "nodes", string>>();
  return { spans: Number(row?.spans), contents: Number(row?.contents), nodes: Number(row?.nodes) };
}

const message = (turn: number): object => ({
  role: turn % 2 === 0 ? "user" : "assistant",
  parts: [{ type: "text", content: `${turn} "${Math.random()}": ${"what was said, żółć 🦊\n".repeat(60)}` }],
});

/** The model calls of an agent over a conversation, as the collector hands them over. */
function calls(name: string, turns: number, trace_id = traceId()): IncomingSpan[] {
  const messages = Array.from({ length: turns + 1 }, (_, turn) => message(turn));
  return messages.slice(1).map((answer, turn) => {
    const raw = aSpan({
      project: name,
      trace_id,
      start_time_unix_nano: String(10 ** 9 + turn),
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.agent.name": "Coder",
        "gen_ai.usage.input_tokens": turn,
        "gen_ai.input.messages": JSON.stringify(messages.slice(0, turn + 1)),
        "gen_ai.output.messages": JSON.stringify([answer]),
      },
    });
    return { ...raw, reading: readHead(raw) };
  });
}

describe("a conversation", () => {
  test("comes back to the letter, with its messages read out of it", async () => {
    const name = project();
    const spans = calls(name, 12);
    for (const span of spans) await store.insertSpans([span]);
    const back = await store.readSpans(name, (spans[0] as IncomingSpan).trace_id);
    expect(back.map(({ attributes }) => attributes)).toEqual(spans.map(({ attributes }) => attributes));
    expect(back.map(({ reading }) => reading.input.length)).toEqual(spans.map((_, turn) => turn + 1));
    expect(back[11]?.reading).toEqual(readSpan(spans[11] as IncomingSpan));
  });

  test("is kept once, however its calls arrive: what is kept grows with it, not with its square", async () => {
    const sizes: number[] = [];
    for (const turns of [25, 50, 100]) {
      const name = project();
      const spans = calls(name, turns);
      const [alone, together] = [spans.slice(0, turns / 2), spans.slice(turns / 2)];
      for (const span of alone) await store.insertSpans([span]);
      await store.insertSpans(together.reverse());
      const { spans: rows, contents } = await kept(name);
      sizes.push(rows + contents);
    }
    const [small, middle, large] = sizes as [number, number, number];
    expect(middle / small).toBeLessThan(2.2);
    expect(large / middle).toBeLessThan(2.2);
  });

  test("written again by a process that does not know it is kept twice until a merge, and reads the same", async () => {
    const name = project();
    const spans = calls(name, 5);
    await store.insertSpans(spans);
    const once = await kept(name);
    await store.insertSpans(spans);
    expect(await kept(name)).toMatchObject({ nodes: once.nodes });
    store.spans.forget();
    await store.insertSpans(spans);
    await client.command({ query: "OPTIMIZE TABLE contents FINAL" });
    expect(await kept(name)).toMatchObject({ nodes: once.nodes, contents: once.contents });
    const back = await store.readSpans(name, (spans[0] as IncomingSpan).trace_id);
    expect(back.map(({ attributes }) => attributes)).toEqual(spans.map(({ attributes }) => attributes));
  });

  test("goes on after its trace was deleted", async () => {
    const name = project();
    const spans = calls(name, 6);
    const { trace_id } = spans[0] as IncomingSpan;
    await store.insertSpans(spans.slice(0, 5));
    await store.deletion.project(name);
    expect(await kept(name)).toMatchObject({ nodes: 0 });
    await store.insertSpans(spans.slice(5));
    const [last] = await store.readSpans(name, trace_id);
    expect(last?.attributes).toEqual(spans[5]?.attributes);
  });

  test("of which a piece is gone says so, and the rest of the span is there", async () => {
    const name = project();
    const [span] = calls(name, 1) as [IncomingSpan];
    await store.insertSpans([span]);
    await client.command({
      query: "ALTER TABLE contents DELETE WHERE project = {name:String} SETTINGS mutations_sync = 1",
      query_params: { name },
    });
    const [back] = await store.readSpans(name, span.trace_id);
    expect(back?.attributes["gen_ai.input.messages"]).toBe("(content no longer kept)");
    expect(back?.reading).toMatchObject({ operation: "chat", agent: "Coder" });
  });
});

test("large events, structured attributes and readings given with their messages come back too", async () => {
  const large = { list: Array.from({ length: 300 }, (_, index) => ({ index, text: "large" })), "a\u0000b": null };
  const span = aSpan({
    project: project(),
    attributes: { large, text: `${"line\n".repeat(2000)}`, number: 1, "": "x".repeat(5000) },
    events: Array.from({ length: 40 }, (_, at) => ({
      name: "e",
      time_unix_nano: `${at}`,
      attributes: { large: "y".repeat(99) },
    })),
  });
  span.reading.input = Array.from({ length: 40 }, (_, at) => ({
    role: "user",
    parts: [{ type: "text", content: `${at}${"z".repeat(99)}` }],
  }));
  await store.insertSpans([span]);
  expect(await store.readSpans(span.project, span.trace_id)).toEqual([span]);
  expect((await kept(span.project)).spans).toBeLessThan(1500);
});
