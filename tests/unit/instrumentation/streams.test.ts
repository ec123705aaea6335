import { Readable } from "node:stream";
import { agent, run, tool } from "@culprit/instrumentation";
import { SpanStatusCode } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { json, lineage, type RecordedSpans, recordSpans } from "./spans.ts";

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.tracing.shutdown());

const look = tool("look", async (at: number) => `saw ${at}`);
const LINEAGE = ["execute_tool look", "invoke_agent Scout", "invoke_workflow run"];

/** Looks once before each of three pieces, whoever asks for them. */
function pieces(): ReadableStream<string> {
  let at = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (at === 3) controller.close();
        else controller.enqueue(await look(at++));
      },
    },
    { highWaterMark: 0 },
  );
}

async function expectFollowed(output: unknown): Promise<void> {
  const spans = await recorded.spans();
  const looks = spans.filter(({ name }) => name === "execute_tool look");
  expect(looks).toHaveLength(3);
  for (const each of looks) expect(lineage(spans, each)).toEqual(LINEAGE);
  const scout = await recorded.span("invoke_agent Scout");
  expect(json(scout, "culprit.output")).toEqual(output);
  expect(spans.map(({ name }) => name).slice(-2)).toEqual(["invoke_agent Scout", "invoke_workflow run"]);
}

const SEEN = ["saw 0", "saw 1", "saw 2"];

async function read<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe("what an agent of a run gives to be read keeps both open until it is read, and what it starts is theirs", () => {
  it("a web stream", async () => {
    const scout = agent("Scout", pieces);
    expectTypeOf(scout).returns.toEqualTypeOf<ReadableStream<string>>();
    const { result } = await run("task", () => scout());
    expect((await recorded.spans()).map(({ name }) => name)).toEqual([]);
    expect(await read(result)).toEqual(SEEN);
    await expectFollowed(SEEN);
  });

  it("an async generator, out of a promise as well", async () => {
    const scout = agent("Scout", async () => {
      return (async function* () {
        for (let at = 0; at < 3; at++) yield look(at);
      })();
    });
    const { result } = await run("task", () => scout());
    expect(await read(result)).toEqual(SEEN);
    await expectFollowed(SEEN);
  });

  it("an async iterable of somebody's own making, which stays the same object", async () => {
    const own = {
      requestId: "r-1",
      async *[Symbol.asyncIterator]() {
        for (let at = 0; at < 3; at++) yield look(at);
      },
    };
    const { result } = await run("task", () => agent("Scout", () => own)());
    expect(result).toBe(own);
    expect(await read(result)).toEqual(SEEN);
    await expectFollowed(SEEN);
  });

  it("a generator that is not asynchronous", async () => {
    const counted = agent("Scout", function* (to: number) {
      for (let at = 0; at < to; at++) yield agent.scope("Counter", () => at);
      return "done";
    });
    expectTypeOf(counted).returns.toEqualTypeOf<Generator<number, string, unknown>>();
    expect([...counted(2)]).toEqual([0, 1]);
    const spans = await recorded.spans();
    for (const each of spans.filter(({ name }) => name === "invoke_agent Counter")) {
      expect(lineage(spans, each)).toEqual(["invoke_agent Counter", "invoke_agent Scout"]);
    }
    expect(json(await recorded.span("invoke_agent Scout"), "culprit.output")).toEqual([0, 1, "done"]);
  });
});

describe("a stream", () => {
  it("that fails is an error of its agent, and the same error to its reader", async () => {
    const failure = new Error("line cut");
    const broken = () =>
      new ReadableStream<string>({
        pull(controller) {
          controller.error(failure);
        },
      });
    await expect(read(agent("Scout", broken)())).rejects.toBe(failure);
    expect((await recorded.span("invoke_agent Scout")).status).toEqual({
      code: SpanStatusCode.ERROR,
      message: "line cut",
    });
  });

  it("that is left early tells its source why and ends its agent with what was read", async () => {
    let cancelled: unknown;
    const endless = () =>
      new ReadableStream<number>({
        pull: (controller) => controller.enqueue(7),
        cancel: (reason) => {
          cancelled = reason;
        },
      });
    const reader = agent("Scout", endless)().getReader();
    await reader.read();
    await reader.cancel("enough");
    expect(cancelled).toBe("enough");
    expect(json(await recorded.span("invoke_agent Scout"), "culprit.output")).toEqual([7]);
  });

  it("of bytes stays one, whose reader may bring a buffer", async () => {
    const bytes = agent("Scout", () => {
      let sent = false;
      return new ReadableStream({
        type: "bytes",
        pull(controller) {
          if (sent) {
            controller.close();
            controller.byobRequest?.respond(0);
          } else controller.enqueue(new Uint8Array([1, 2, 3]));
          sent = true;
        },
      });
    })();
    const reader = bytes.getReader({ mode: "byob" });
    const first = await reader.read(new Uint8Array(8));
    expect([...(first.value ?? [])]).toEqual([1, 2, 3]);
    expect((await reader.read(new Uint8Array(8))).done).toBe(true);
    expect(json(await recorded.span("invoke_agent Scout"), "culprit.output")).toEqual(["[3 bytes]"]);
  });

  it("of Node ends its agent when it closes, and its error is thrown as ever when nobody handles it", async () => {
    const stream = agent("Scout", () => Readable.from(["a", "b"]))();
    expect(await read(stream)).toEqual(["a", "b"]);
    expect((await recorded.span("invoke_agent Scout")).status.code).toBe(SpanStatusCode.UNSET);
    const broken = agent("Broken", () => new Readable({ read: () => undefined }))();
    expect(broken.listenerCount("error")).toBe(0);
    broken.once("error", () => undefined);
    broken.destroy(new Error("gone"));
    await new Promise((resolve) => broken.once("close", resolve));
    expect((await recorded.span("invoke_agent Broken")).status.message).toBe("gone");
  });

  it("of a tool is its result, piece by piece", async () => {
    const feed = tool("feed", () => pieces());
    expectTypeOf(feed).returns.toEqualTypeOf<Promise<ReadableStream<string>>>();
    expect(await read(await feed())).toEqual(SEEN);
    expect(json(await recorded.span("execute_tool feed"), "gen_ai.tool.call.result")).toEqual(SEEN);
  });
});
