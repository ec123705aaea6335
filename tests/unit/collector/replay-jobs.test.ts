import { CulpritError, type ReplayJob, type ReplayRunner, type ReplayTask, type ReplayVerdict } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { ReplayJobs } from "../../../collector/replays/jobs.ts";

const TRACE = "0".repeat(32);
const VERDICT: ReplayVerdict = {
  trace_id: TRACE,
  status: "not_flipped",
  decisive: null,
  replays: 1,
  placebo: { k: 1, successes: 0 },
  reason: "It does not.",
};

/** What became of each task is up to the test; jobs are kept as rows. */
function bench(more: Partial<ReplayRunner> = {}, now = () => Date.parse("2026-11-21T00:00:00Z")) {
  const rows = new Map<string, ReplayJob>();
  const started: { task: ReplayTask; done(verdict: ReplayVerdict): void; fail(error: unknown): void }[] = [];
  const runner: ReplayRunner = {
    project: "p",
    proposes: false,
    mostReplays: 30,
    concurrency: 1,
    queue: 2,
    run: (task) => new Promise((done, fail) => started.push({ task, done, fail })),
    ...more,
  };
  const store = {
    save: async (_project: string, job: ReplayJob) => void rows.set(job.job_id, job),
    find: async (_project: string, id: string) => rows.get(id) ?? null,
    list: async () => [...rows.values()],
  };
  const privacy = { content: (_project: string, text: string) => text.replaceAll("s3cret", "***") };
  const jobs = new ReplayJobs({ store, runner, privacy, log: () => {}, now });
  return { jobs, rows, started, store, privacy };
}
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};
const start = (jobs: ReplayJobs, correction = "x") => jobs.start("p", TRACE, { step: 1, correction }, "operator");

describe("replays that are asked for", () => {
  test("wait for their turn, as many as may, and are written down at every step", async () => {
    const { jobs, rows, started } = bench();
    const first = await start(jobs);
    await until(() => started.length === 1);
    const [second, third] = [await start(jobs), await start(jobs)];
    await expect(start(jobs)).rejects.toMatchObject({ code: "replay_queue_full" });
    expect([first, second, third].map(({ job_id }) => rows.get(job_id)?.state)).toEqual([
      "running",
      "queued",
      "queued",
    ]);
    started[0]?.done(VERDICT);
    await until(() => rows.get(first.job_id)?.state === "done" && started.length === 2);
    expect(rows.get(first.job_id)).toMatchObject({ verdict: VERDICT, error: null });
    started[1]?.fail(new CulpritError("replay_failed", "It fell over.", { mend: "Pick it up." }));
    await until(() => rows.get(second.job_id)?.state === "failed");
    expect(rows.get(second.job_id)?.error).toEqual({
      code: "replay_failed",
      message: "It fell over.",
      mend: "Pick it up.",
    });
    started[2]?.done(VERDICT);
    await until(() => rows.get(third.job_id)?.state === "done");
  });

  test("are run as they were asked for, and kept without secrets", async () => {
    const { jobs, rows, started } = bench();
    const { job_id } = await start(jobs, "use s3cret");
    await until(() => started.length === 1);
    expect(started[0]?.task.correction).toBe("use s3cret");
    expect(rows.get(job_id)?.correction).toBe("use ***");
  });

  test("are refused where nobody can run them, or nobody says what to correct", async () => {
    const { jobs } = bench();
    await expect(jobs.start("another", TRACE, { step: 1, correction: "x" }, "k")).rejects.toMatchObject({
      code: "replay_not_configured",
      mend: expect.stringContaining("CULPRIT_REPLAY_TARGET"),
    });
    await expect(jobs.start("p", TRACE, { step: 1 }, "k")).rejects.toMatchObject({ code: "correction_required" });
    expect([jobs.offers("p"), jobs.offers("another")]).toEqual([
      { available: true, proposes: false },
      { available: false, proposes: false },
    ]);
  });

  test("whose process has stopped are lost, to it and to every other", async () => {
    let now = Date.parse("2026-11-21T00:00:00Z");
    const stopping = bench({
      run: (_task, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("killed")))),
    });
    const { job_id } = await start(stopping.jobs);
    await until(() => stopping.rows.get(job_id)?.state === "running");
    await stopping.jobs.stop();
    expect(stopping.rows.get(job_id)).toMatchObject({ state: "lost", error: { code: "lost" } });

    // One that was killed wrote nothing down.
    const killed = bench({}, () => now);
    const job = await start(killed.jobs);
    await until(() => killed.rows.get(job.job_id)?.state === "running");
    const other = new ReplayJobs({ store: killed.store, privacy: killed.privacy, log: () => {}, now: () => now });
    expect(await other.find("p", job.job_id)).toMatchObject({ state: "running" });
    now += 60_000;
    expect(await other.find("p", job.job_id)).toMatchObject({ state: "lost" });
    expect(await killed.jobs.find("p", job.job_id)).toMatchObject({ state: "running" });
    expect(await killed.jobs.find("stranger", job.job_id)).toBeNull();
  });
});
