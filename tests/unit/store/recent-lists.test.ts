import { describe, expect, it } from "vitest";
import type { Connection } from "../../../store/connection.ts";
import { RecentLists } from "../../../store/groups/recent.ts";

/** Lists over a store that holds so many failures, the last of them saved at `last`. */
function lists(store: { failures: number; last: string }) {
  let now = 0;
  let made = 0;
  const select = async () => [
    { kind: "failures", rows: String(store.failures), last: store.last },
    { kind: "runs", rows: "0", last: "" },
  ];
  const recent = new RecentLists<number>({ select } as unknown as Connection, { now: () => now, many: 1000 });
  return {
    get: (key = "all") => recent.get("p", key, async () => ++made),
    later: (ms: number) => {
      now += ms;
    },
    recent,
  };
}

describe("lists of groups that were made a moment ago", () => {
  it("are given again while nothing was saved, and made again once something was", async () => {
    const store = { failures: 10, last: "a" };
    const { get, later } = lists(store);
    expect([await get(), await get(), await get("another")]).toEqual([1, 1, 2]);
    store.last = "b";
    expect(await get()).toBe(3);
    // The window has moved by then.
    later(10_000);
    expect(await get()).toBe(4);
  });

  it("are given for some seconds where there are very many failures, whatever was saved", async () => {
    const store = { failures: 5000, last: "a" };
    const { get, later } = lists(store);
    expect(await get()).toBe(1);
    store.last = "b";
    later(9_000);
    expect(await get()).toBe(1);
    later(1_000);
    expect(await get()).toBe(2);
  });

  it("are made once for all who ask at a time, and again after a failure", async () => {
    const store = { failures: 10, last: "a" };
    const { get, recent } = lists(store);
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
    const failing = async (): Promise<number> => {
      throw new Error("away");
    };
    await expect(recent.get("p", "failing", failing)).rejects.toThrow("away");
    expect(await recent.get("p", "failing", async () => 7)).toBe(7);
    recent.forget();
    expect(await get()).toBe(2);
  });
});
