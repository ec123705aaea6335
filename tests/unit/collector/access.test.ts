import type { StoredKey } from "@culprit/store";
import { describe, expect, test } from "vitest";
import { Allowances } from "../../../collector/access/allowance.ts";
import { digest, keyIdOf, keyPrefix, newKey } from "../../../collector/access/key-text.ts";
import { KeyRegistry } from "../../../collector/access/registry.ts";
import { fullBucket, refill, secondsUntil, take } from "../../../collector/access/token-bucket.ts";

const silent = () => {};

function aKey(fields: Partial<StoredKey> = {}): StoredKey {
  return {
    project: "p",
    key_id: "abcd1234",
    key_hash: "0".repeat(64),
    scopes: ["ingest"],
    name: "",
    limits: { requests_per_second: null, spans_per_second: null, spans_per_day: null },
    created_at: "2026-11-20T00:00:00.000Z",
    revoked_at: null,
    ...fields,
  };
}

describe("a key's text", () => {
  test("holds its id, and hashes to what is kept", () => {
    const { text, key_id, key_hash } = newKey(["read"]);
    expect(text).toMatch(/^ck_r_[0-9A-Za-z]{51}$/);
    expect(keyIdOf(text)).toBe(key_id);
    expect(text.startsWith(keyPrefix(["read"], key_id))).toBe(true);
    expect(digest(text).toString("hex")).toBe(key_hash);
  });

  test("uses its whole alphabet about evenly, and never repeats", () => {
    const texts = Array.from({ length: 400 }, () => newKey(["ingest"]).text);
    expect(new Set(texts).size).toBe(400);
    const counts = new Map<string, number>();
    for (const character of texts.map((text) => text.slice(5)).join("")) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    // 329 expected of each; 8 standard deviations are 144.
    for (const count of counts.values()) expect(Math.abs(count - 329)).toBeLessThan(144);
  });

  test.each([
    "",
    "ck_i_short",
    "Bearer x",
    `ck_x_${"a".repeat(51)}`,
    `ck_i_${"a".repeat(52)}`,
    `ck_i_${"-".repeat(51)}`,
  ])("%j is none", (text) => expect(keyIdOf(text)).toBeUndefined());
});

describe("a token bucket", () => {
  test("starts full with five seconds' worth, and fills at its rate", () => {
    const empty = take(fullBucket(10, 0), 50);
    expect(secondsUntil(empty, 1, 10)).toBeCloseTo(0.1);
    expect(refill(empty, 10, 1000).tokens).toBeCloseTo(10);
    expect(refill(empty, 10, 3_600_000).tokens).toBe(50);
  });

  test("goes into debt, which is paid off at its rate", () => {
    const bucket = take(fullBucket(10, 0), 150);
    expect(secondsUntil(bucket, 1, 10)).toBeCloseTo(10.1);
    expect(secondsUntil(refill(bucket, 10, 10_100), 1, 10)).toBeCloseTo(0);
  });

  test("holds at least one token, gains nothing from a clock that goes back", () => {
    expect(fullBucket(0.01, 0).tokens).toBe(1);
    const bucket = take(fullBucket(10, 1000), 50);
    expect(refill(bucket, 10, 0).tokens).toBe(0);
  });
});

describe("the registry of keys", () => {
  function registry(active: () => Promise<{ keys: StoredKey[]; any: boolean }>) {
    const clock = { now: 1_000_000 };
    const reads = { count: 0 };
    const store = {
      active: () => {
        reads.count++;
        return active();
      },
    };
    return { clock, reads, registry: new KeyRegistry(store, { log: silent, now: () => clock.now }) };
  }

  test("reads once for many requests, and anew when it is stale", async () => {
    let keys = [aKey()];
    const { clock, reads, registry: known } = registry(async () => ({ keys, any: true }));
    await Promise.all(Array.from({ length: 50 }, () => known.find("abcd1234")));
    expect(reads.count).toBe(1);
    keys = [];
    clock.now += 1_900;
    expect(await known.find("abcd1234")).toBeDefined();
    clock.now += 3_200;
    expect(await known.find("abcd1234")).toBeUndefined();
  });

  test("has a key made elsewhere at once, but asks no more than four times a second for unknown ones", async () => {
    let keys: StoredKey[] = [];
    const { clock, reads, registry: known } = registry(async () => ({ keys, any: true }));
    await known.find("xxxxxxxx");
    clock.now += 300;
    keys = [aKey()];
    expect(await known.find("abcd1234")).toBeDefined();
    const before = reads.count;
    for (let index = 0; index < 100; index++) await known.find(`zzzz${index.toString().padStart(4, "0")}`);
    expect(reads.count).toBe(before);
  });

  test("goes on with what it knows while the store is down, without asking at every request", async () => {
    let down = false;
    const {
      clock,
      reads,
      registry: known,
    } = registry(async () => {
      if (down) throw new Error("down");
      return { keys: [aKey()], any: true };
    });
    await known.any();
    down = true;
    clock.now += 60_000;
    for (let index = 0; index < 20; index++) expect(await known.find("abcd1234")).toBeDefined();
    expect(reads.count).toBe(2);
  });

  test("waits a second at most for a store that hangs", async () => {
    let hangs = false;
    const { clock, registry: known } = registry(() =>
      hangs ? new Promise(() => {}) : Promise.resolve({ keys: [aKey()], any: true }),
    );
    await known.any();
    hangs = true;
    clock.now += 60_000;
    const began = performance.now();
    expect(await known.find("abcd1234")).toBeDefined();
    expect(performance.now() - began).toBeLessThan(2_500);
  });

  test("opens nothing while it has never read, and says why", async () => {
    const { registry: known } = registry(() => Promise.reject(new Error("down")));
    await expect(known.any()).rejects.toThrow("down");
  });

  test("stays closed when the keys are gone", async () => {
    let any = true;
    const { clock, registry: known } = registry(async () => ({ keys: [], any }));
    expect(await known.any()).toBe(true);
    any = false;
    clock.now += 60_000;
    expect(await known.any()).toBe(true);
  });
});

describe("the allowance of a key", () => {
  const MIDNIGHT = Date.UTC(2026, 10, 21);

  test("is counted by UTC day, and a count that could not be saved is saved later", async () => {
    const clock = { now: MIDNIGHT - 1000 };
    const saved: { day: string; spans: number }[] = [];
    let fails = true;
    const allowances = new Allowances({
      keys: {
        saveUsage: async (usage) => {
          if (fails) throw new Error("down");
          saved.push(...usage.map(({ day, spans }) => ({ day, spans })));
        },
        totals: async () => [],
      },
      settings: { key_spans_per_day: 10 } as never,
      log: silent,
      now: () => clock.now,
    });
    const key = aKey();
    expect(await allowances.admit(key, true)).toBeUndefined();
    allowances.spend(key, 12);
    expect(await allowances.admit(key, true)).toMatchObject({ code: "quota_exceeded", retryAfterSeconds: 1 });
    await allowances.save();
    expect(saved).toEqual([]);
    fails = false;
    await allowances.save();
    expect(saved).toEqual([{ day: "2026-11-20", spans: 12 }]);
    clock.now = MIDNIGHT + 1;
    expect(await allowances.admit(key, true)).toBeUndefined();
    allowances.spend(key, 1);
    await allowances.stop();
    expect(saved.at(-1)).toEqual({ day: "2026-11-21", spans: 1 });
  });

  test("counts what other collectors took", async () => {
    const allowances = new Allowances({
      keys: {
        saveUsage: async () => {},
        totals: async () => [{ key_id: "abcd1234", spans: 10, last_used_at: "2026-11-20T00:00:00.000Z" }],
      },
      settings: {},
      log: silent,
    });
    const key = aKey({ limits: { requests_per_second: null, spans_per_second: null, spans_per_day: 10 } });
    expect(await allowances.admit(key, true)).toMatchObject({ code: "quota_exceeded" });
    expect(await allowances.admit(key, false)).toBeUndefined();
    await allowances.stop();
  });
});
