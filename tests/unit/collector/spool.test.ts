import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpanBlock } from "@culprit/store";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Spool, type SpoolOptions } from "../../../collector/ingest/spool/spool.ts";

let directory: string;
let reports: string[];
const opened: Spool[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-spool-"));
  reports = [];
});
afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
  rmSync(directory, { recursive: true, force: true });
});

async function openSpool(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const log = (_level: string, message: string): void => void reports.push(message);
  const spool = await Spool.open({ directory, maxBytes: 1 << 20, segmentBytes: 1 << 16, log, ...options });
  opened.push(spool);
  return spool;
}

async function closeSpool(spool: Spool): Promise<void> {
  opened.splice(opened.indexOf(spool), 1);
  await spool.close();
}

function block(name: string, size = 20): SpanBlock {
  const spans = Buffer.alloc(size, name);
  const contents = Buffer.from(`contents of ${name}`);
  return { rows: 1, bytes: spans.byteLength + contents.byteLength, spans, contents };
}

const nameOf = ({ spans, contents }: SpanBlock): string => {
  const name = Buffer.from(contents).toString().slice("contents of ".length);
  expect(Buffer.from(spans)).toEqual(Buffer.alloc(spans.byteLength, name));
  return name;
};

/** Everything in the spool, in order, given up one batch at a time. */
async function drain(spool: Spool, rows = 1): Promise<string[]> {
  const names: string[] = [];
  for (let batch = await spool.peek(rows, 1 << 20); batch; batch = await spool.peek(rows, 1 << 20)) {
    names.push(...batch.blocks.map(nameOf));
    await spool.drop(batch);
  }
  return names;
}

const segments = (): string[] => readdirSync(directory).filter((name) => name.endsWith(".spool"));

describe("the spool", () => {
  test("gives back what it was given, in order, and leaves no file behind", async () => {
    const spool = await openSpool();
    await spool.append([block("a"), block("b")]);
    await spool.append([block("c")]);
    expect(spool.empty).toBe(false);
    expect(spool.bytes).toBe(statSync(join(directory, segments()[0] ?? "")).size);
    expect(await drain(spool)).toEqual(["a", "b", "c"]);
    expect(spool.empty).toBe(true);
    expect(spool.bytes).toBe(0);
    expect(segments()).toEqual([]);
  });

  test("takes blocks without contents, or with nothing else", async () => {
    const spool = await openSpool();
    const bare = { ...block("a"), contents: new Uint8Array(0) };
    const empty = { rows: 0, bytes: 0, spans: new Uint8Array(0), contents: new Uint8Array(0) };
    await spool.append([bare, empty]);
    expect((await spool.peek(9, 1 << 20))?.blocks).toMatchObject([
      { rows: 1, bytes: 20, spans: bare.spans },
      { rows: 0, bytes: 0 },
    ]);
  });

  test("keeps what was not given up for the next process, and only that of whole segments taken", async () => {
    const first = await openSpool({ segmentBytes: 100 });
    for (const name of ["a", "b", "c", "d", "e"]) await first.append([block(name)]);
    const batch = await first.peek(1, 1);
    expect(batch?.blocks.map(nameOf)).toEqual(["a"]);
    if (batch) await first.drop(batch);
    await closeSpool(first);
    // The segment that "a" lies in was not finished: its blocks come again, and none is missing.
    expect(await drain(await openSpool())).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("is appended to while it is drained", async () => {
    const spool = await openSpool({ segmentBytes: 200 });
    const given: string[] = [];
    const taken: string[] = [];
    for (let round = 0; round < 20; round++) {
      const names = [`${round}a`, `${round}b`];
      given.push(...names);
      const [batch] = await Promise.all([spool.peek(1, 1), spool.append(names.map((name) => block(name)))]);
      if (batch === undefined) continue;
      taken.push(...batch.blocks.map(nameOf));
      await Promise.all([spool.drop(batch), spool.append([block(`${round}c`)])]);
      given.push(`${round}c`);
    }
    expect([...taken, ...(await drain(spool, 3))]).toEqual(given);
  });

  test("refuses what would pass its size, with nothing of it kept", async () => {
    const spool = await openSpool({ maxBytes: 300 });
    await spool.append([block("a", 100)]);
    await expect(spool.append([block("b", 100), block("c", 100)])).rejects.toMatchObject({ code: "spool_full" });
    expect(await drain(spool)).toEqual(["a"]);
    await spool.append([block("d", 100)]);
    expect(await drain(spool)).toEqual(["d"]);
  });

  test("belongs to one process", async () => {
    await openSpool();
    await expect(openSpool()).rejects.toMatchObject({ code: "spool_locked" });
  });

  test("in a directory that cannot be used says so", async () => {
    writeFileSync(join(directory, "file"), "");
    await expect(openSpool({ directory: join(directory, "file") })).rejects.toMatchObject({ code: "spool_unusable" });
  });
});

describe("a process killed while it wrote", () => {
  test("at whatever byte: the whole records are kept, the torn one is cut and reported", async () => {
    const first = await openSpool();
    const ends: number[] = [];
    for (const name of ["first", "second", "third"]) {
      await first.append([block(name, 9)]);
      ends.push(first.bytes);
    }
    await closeSpool(first);
    const path = join(directory, segments()[0] ?? "");
    const bytes = readFileSync(path);
    for (let cut = 0; cut <= bytes.byteLength; cut++) {
      writeFileSync(path, bytes.subarray(0, cut));
      reports = [];
      const spool = await openSpool();
      const whole = ends.filter((end) => end <= cut).length;
      expect(reports.length, `cut at ${cut}`).toBe(cut === 0 || ends.includes(cut) ? 0 : 1);
      await spool.append([block("after")]);
      expect(await drain(spool), `cut at ${cut}`).toEqual([...["first", "second", "third"].slice(0, whole), "after"]);
      await closeSpool(spool);
    }
  });

  test("whose file kept its length but not its bytes: nothing wrong comes out", async () => {
    const first = await openSpool();
    for (const name of ["first", "second", "third"]) await first.append([block(name, 30)]);
    await closeSpool(first);
    const name = segments()[0] ?? "";
    const bytes = readFileSync(join(directory, name));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bytes.byteLength - 1 }),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        async (at, noise) => {
          const damaged = Buffer.from(bytes);
          damaged.set(noise.subarray(0, bytes.byteLength - at), at);
          for (const file of readdirSync(directory)) rmSync(join(directory, file), { force: true });
          writeFileSync(join(directory, name), damaged);
          const spool = await openSpool();
          const names = await drain(spool);
          await closeSpool(spool);
          const possible = ["first", "second", "third"];
          expect(names).toEqual(possible.filter((possibleName) => names.includes(possibleName)));
          if (!damaged.equals(bytes)) expect(reports.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("damage in an older file costs the rest of that file only, which is set aside", async () => {
    const first = await openSpool({ segmentBytes: 1 });
    for (const name of ["a", "b", "c"]) await first.append([block(name)]);
    await closeSpool(first);
    expect(segments().length).toBe(3);
    truncateSync(join(directory, segments()[1] ?? ""), 20);
    expect(await drain(await openSpool())).toEqual(["a", "c"]);
    expect(readdirSync(directory).filter((name) => name.endsWith(".damaged")).length).toBe(1);
  });
});
