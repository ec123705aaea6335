import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BatchResult, diagnoseBatch, type ManifestRow, rowOf, runName } from "@culprit/analyzers";
import { CulpritError } from "@culprit/schemas";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-batch-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const done = (cost = 0): BatchResult => ({
  status: "diagnosed",
  code: "",
  reason: "",
  input_tokens: 10,
  output_tokens: 1,
  cost,
});
async function* runs(...ids: string[]) {
  for (const id of ids) yield { id, trace_id: id };
}

describe("a batch", () => {
  it("goes on past what fails, and names it", async () => {
    const report = await diagnoseBatch({
      items: runs("a", "b", "c", "d"),
      key: "rules",
      parallel: 2,
      diagnose: async ({ id }) => {
        if (id === "b") throw new CulpritError("output_unwritable", "It can't be written.", { mend: "Name another." });
        if (id === "c") throw new TypeError("not foreseen");
        return done(0.5);
      },
    });
    expect(report.rows.map(({ id, status, code }) => [id, status, code]).sort()).toEqual([
      ["a", "diagnosed", ""],
      ["b", "failed", "output_unwritable"],
      ["c", "failed", "diagnosis_failed"],
      ["d", "diagnosed", ""],
    ]);
    expect([report.cost, report.input_tokens]).toEqual([1, 20]);
  });

  it("leaves out what was done before under the same key, also behind a line that was cut off", async () => {
    const record = join(directory, "diagnoses.jsonl");
    const asked: string[] = [];
    const batch = (ids: string[], key = "rules") =>
      diagnoseBatch({
        items: runs(...ids),
        key,
        parallel: 1,
        record,
        diagnose: async ({ id }) => {
          asked.push(id);
          if (id === "bad") throw new Error("once more, please");
          return done();
        },
      });
    await batch(["a", "bad"]);
    appendFileSync(record, '{"id": "cut", "trace');
    appendFileSync(record, "\n");
    expect(await batch(["a", "bad", "b"])).toMatchObject({ kept: 1 });
    expect(asked).toEqual(["a", "bad", "bad", "b"]);
    expect(await batch(["a"], "model m")).toMatchObject({ kept: 0 });
    expect(
      readFileSync(record, "utf8")
        .split("\n")
        .filter((line) => line.includes('"b"')),
    ).toHaveLength(1);
  });

  it("holds no more runs than it works on, and stops when it is told to", async () => {
    let found = 0;
    let finished = 0;
    let most = 0;
    async function* many() {
      for (; found < 50; found++) yield { id: String(found), trace_id: String(found) };
    }
    const stop = new AbortController();
    const batch = diagnoseBatch({
      items: many(),
      key: "k",
      parallel: 2,
      signal: stop.signal,
      diagnose: async () => {
        most = Math.max(most, found - finished);
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (++finished === 10) stop.abort(new Error("enough"));
        return done();
      },
    });
    await expect(batch).rejects.toThrow("enough");
    expect(most).toBeLessThanOrEqual(2 * 2 + 2);
    expect(finished).toBeLessThan(20);
  });
});

describe("a manifest", () => {
  const rows: ManifestRow[] = [{ traj_id: "django-1" }, { traj_id: "other", path: "/data/x/run" }];

  it("finds a run by a whole name in its path, or by the path that it says", () => {
    const of = (path: string) => rowOf(rows, { path, name: runName(path) })?.traj_id;
    expect(of("/data/django-1/agent-logs/mini.traj.json")).toBe("django-1");
    expect(of("/data/django-1.traj")).toBe("django-1");
    expect(of("/data/out.jsonl#django-1")).toBe("django-1");
    expect(of("/data/x/run/events/0.json")).toBe("other");
    expect(of("/data/django-10/mini.traj.json")).toBeUndefined();
    expect(of("/data/x/running/mini.traj.json")).toBeUndefined();
  });

  it("gives a run a name that is safe as a directory", () => {
    expect(runName("/a/django-1/agent-logs/mini.traj.json")).toBe("django-1");
    expect(runName("/a/../..#../../etc")).not.toMatch(/\/|^\./);
    expect(runName(`${"x".repeat(500)}.json`)).toHaveLength(120);
  });
});
