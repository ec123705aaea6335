import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CulpritError, type Span } from "@culprit/schemas";
import { type EmbeddedStore, openEmbedded, type SpanWriter } from "@culprit/store";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createIngest, type Ingest } from "../../collector/ingest/ingest.ts";
import type { IngestLimits } from "../../collector/ingest/limits.ts";
import { aSpan, project, spanId, temporaryDirectory, traceId } from "./store-rows.ts";

let store: EmbeddedStore;
let directory: string;
let remove: () => void;
let spoolDir: string;
const opened: Ingest[] = [];
let inserts: number[] = [];

beforeAll(async () => {
  [directory, remove] = temporaryDirectory();
  store = await openEmbedded(directory);
});
afterAll(async () => {
  await store.close();
  remove();
});
afterEach(async () => {
  for (const ingest of opened.splice(0)) await ingest.close();
  inserts = [];
});

/** The store's own writer, with what each insert was given written down. */
function counted(writer: SpanWriter): SpanWriter {
  return {
    encode: (spans) => writer.encode(spans),
    forget: () => writer.forget(),
    insert: (blocks, deadlineMs) => {
      inserts.push(blocks.reduce((sum, { rows }) => sum + rows, 0));
      return writer.insert(blocks, deadlineMs);
    },
  };
}

async function open(limits: Partial<IngestLimits> = {}, writer = counted(store.spans), dir?: string): Promise<Ingest> {
  spoolDir = dir ?? join(directory, `spool-${spanId()}`);
  const ingest = await createIngest({ store: { spans: writer }, spoolDir, limits, log: () => {} });
  opened.push(ingest);
  return ingest;
}

const some = (count: number, fields: Partial<Span> = {}): Span[] =>
  Array.from({ length: count }, () => aSpan({ project: name, ...fields }));
let name = "";
afterEach(() => {
  name = project();
});
name = project();

const stored = async (): Promise<number> => (await store.counts(name)).spans;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("It never came to that.");
}

/** Stops the engine as a machine does that has too much to do; what it was sent it finds when it goes on. */
function pauseEngine(): () => void {
  const pid = store.engine.pid as number;
  process.kill(pid, "SIGSTOP");
  // The signal reaches its threads one by one; one that still runs may end an insert.
  const threads = `/proc/${pid}/task`;
  const runs = (thread: string): boolean =>
    !/^\S+ \(.*\) T/.test(readFileSync(join(threads, thread, "stat"), "latin1"));
  if (existsSync(threads)) while (readdirSync(threads).some(runs));
  return () => process.kill(pid, "SIGCONT");
}

describe("group commit", () => {
  test("answers a request once its spans can be read", async () => {
    const ingest = await open();
    const [span] = some(1);
    expect(await ingest.submit([span as Span])).toBe("stored");
    expect(await store.readSpans(name, (span as Span).trace_id)).toEqual([span]);
  });

  test("puts what comes while an insert is under way into the next one", async () => {
    const ingest = await open();
    const requests = Array.from({ length: 50 }, (_, index) => some(index % 2 === 0 ? 1 : 40));
    const answers = await Promise.all(requests.map((spans) => ingest.submit(spans)));
    expect(new Set(answers)).toEqual(new Set(["stored"]));
    expect(inserts.length).toBeLessThan(6);
    expect(inserts.reduce((sum, rows) => sum + rows, 0)).toBe(25 + 25 * 40);
    expect(await stored()).toBe(25 + 25 * 40);
  });

  test("keeps inserts to their size", async () => {
    const ingest = await open({ batch_rows: 100 });
    await Promise.all(Array.from({ length: 20 }, () => ingest.submit(some(50))));
    expect(Math.max(...inserts)).toBeLessThanOrEqual(149);
    expect(await stored()).toBe(1000);
  });

  test("turns away what it has no memory for, and takes it later", async () => {
    const ingest = await open({ ingest_queue_bytes: 100_000 });
    const large = () => some(1, { attributes: { text: "x".repeat(60_000) } });
    const first = ingest.submit(large());
    await expect(ingest.submit(large())).rejects.toMatchObject({ code: "overloaded" });
    expect(ingest.health().requests_overloaded).toBe(1);
    expect(await first).toBe("stored");
    expect(await ingest.submit(large())).toBe("stored");
    expect(ingest.health()).toMatchObject({ queue_bytes: 0, queue_rows: 0, inserting: 0 });
  });

  test("takes one request larger than its memory when nothing else waits", async () => {
    const ingest = await open({ ingest_queue_bytes: 1000 });
    expect(await ingest.submit(some(100))).toBe("stored");
  });

  test("refuses only the request whose rows the store refuses", async () => {
    const writer = counted(store.spans);
    const broken: SpanWriter = {
      ...writer,
      encode: (spans) => {
        const block = writer.encode(spans);
        if (!spans.some((span) => span.name === "poison")) return block;
        const bytes = Buffer.from(block.spans);
        return { ...block, spans: bytes.subarray(0, bytes.byteLength - 3) };
      },
    };
    const ingest = await open({ small_request_rows: 0 }, broken);
    const answers = await Promise.allSettled([
      ingest.submit(some(5)),
      ingest.submit(some(5)),
      ingest.submit(some(1, { name: "poison" })),
      ingest.submit(some(5)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(answers[2]).toMatchObject({ reason: { code: "store_failed" } });
    expect(await stored()).toBe(15);
  });

  test("that is closed has stored all it took, and takes no more", async () => {
    const ingest = await open();
    const answers = Promise.all(Array.from({ length: 30 }, () => ingest.submit(some(10))));
    await ingest.close();
    await answers;
    expect(await stored()).toBe(300);
    await expect(ingest.submit(some(1))).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

describe("a store that is slower than the deadline", () => {
  test("gives way to the spool, and gets everything once when it is back", async () => {
    const ingest = await open({ ingest_deadline_seconds: 2, retry_ms: 20 });
    const trace_id = traceId();
    const goOn = pauseEngine();
    try {
      const answers = await Promise.all([ingest.submit(some(10, { trace_id })), ingest.submit(some(40, { trace_id }))]);
      expect(answers).toEqual(["spooled", "spooled"]);
      expect(ingest.health()).toMatchObject({ mode: "spool", spans_spooled: 50 });
      // No second wait for the deadline: the store is known to be down.
      const started = Date.now();
      expect(await ingest.submit(some(5, { trace_id }))).toBe("spooled");
      expect(Date.now() - started).toBeLessThan(1_500);
    } finally {
      goOn();
    }
    await until(() => ingest.health().spool_bytes === 0);
    // The insert that ran past its deadline may have been done after all: then the spool's copies are second ones.
    expect(await stored()).toBe(55);
    expect((await store.readSpans(name, trace_id)).length).toBe(55);
    expect(ingest.health()).toMatchObject({ mode: "store", spans_drained: 55 });
    expect(await ingest.submit(some(1))).toBe("stored");
    expect(readdirSync(spoolDir).filter((file) => file.endsWith(".spool"))).toEqual([]);
  });

  test("and a full spool turn requests away until there is room", async () => {
    const ingest = await open({ ingest_deadline_seconds: 0.2, spool_bytes: 20_000, retry_ms: 20 });
    const large = () => some(1, { attributes: { text: "x".repeat(12_000) } });
    const goOn = pauseEngine();
    try {
      expect(await ingest.submit(large())).toBe("spooled");
      await expect(ingest.submit(large())).rejects.toMatchObject({ code: "spool_full" });
    } finally {
      goOn();
    }
    await until(() => ingest.health().spool_bytes === 0);
    // Taken again; on a busy machine the insert may outlast the short deadline and go by way of the spool.
    await ingest.submit(large());
    await until(async () => (await stored()) === 2);
  });

  test("leaves what the spool has to the next process", async () => {
    const ingest = await open({ ingest_deadline_seconds: 0.2 });
    const goOn = pauseEngine();
    let left: string;
    try {
      expect(await ingest.submit(some(7))).toBe("spooled");
      left = spoolDir;
      opened.splice(opened.indexOf(ingest), 1);
      const closed = ingest.close();
      goOn();
      await closed;
    } finally {
      goOn();
    }
    const next = await open({}, counted(store.spans), left);
    await until(() => next.health().spool_bytes === 0);
    expect(await stored()).toBe(7);
  });
});

test("a crash between the insert and the deletion of its file brings the same spans again, and they count once", async () => {
  const writer = counted(store.spans);
  let deaf = true;
  const unheard: SpanWriter = {
    encode: (spans) => writer.encode(spans),
    forget: () => writer.forget(),
    insert: async (blocks, deadlineMs) => {
      await writer.insert(blocks, deadlineMs);
      if (deaf) throw new CulpritError("store_unavailable", "Done, but nobody hears of it.");
    },
  };
  const ingest = await open({ retry_ms: 10 }, unheard);
  expect(await ingest.submit(some(20))).toBe("spooled");
  await until(() => inserts.length >= 3);
  deaf = false;
  await until(() => ingest.health().spool_bytes === 0);
  expect(await stored()).toBe(20);
});

test("spooled spans the store refuses are kept aside and do not hold up the others", async () => {
  const writer = counted(store.spans);
  const ingest = await open(
    { ingest_deadline_seconds: 0.2, retry_ms: 10, small_request_rows: 0 },
    {
      ...writer,
      encode: (spans) => {
        const block = writer.encode(spans);
        return spans[0]?.name === "poison" ? { ...block, spans: Buffer.from("not a block") } : block;
      },
    },
  );
  const goOn = pauseEngine();
  try {
    await Promise.all([ingest.submit(some(3)), ingest.submit(some(1, { name: "poison" })), ingest.submit(some(3))]);
  } finally {
    goOn();
  }
  await until(() => ingest.health().spool_bytes === 0);
  expect(await stored()).toBe(6);
  expect(existsSync(spoolDir) && readdirSync(spoolDir).some((file) => file.endsWith(".refused"))).toBe(true);
});
