import { buildTrajectory } from "@culprit/analyzers";
import { createCollector, serve } from "@culprit/collector";
import { type Client, createClient, type RunSummary } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf, type Running, startCollector } from "./collector-harness.ts";
import { anAttribution, aRun, aSpan, isoAgo, project, traceId } from "./store-rows.ts";

let running: Running;
let client: Client;
beforeAll(async () => {
  running = await startCollector();
  client = createClient({ baseUrl: running.url });
});
afterAll(() => running.close());

const unblamed: Partial<RunSummary> = {
  blamed_agent: null,
  blamed_step: null,
  confidence: null,
  status: "none",
  strategy: "",
  reason: "",
};

describe("feedback on a run, waited for", () => {
  test("comes when an analyzer in another process has attributed it, at every collector on the store", async () => {
    const other = createCollector({ store: running.store, config: running.config, buildTrajectory });
    const served = await serve(other, { host: "127.0.0.1", port: 0 });
    const trace_id = traceId();
    const ask = (url: string) => createClient({ baseUrl: url }).call("getFeedback", { trace_id, wait: 20 });
    const waits = [ask(running.url), ask(served.url)];
    await running.store.insertSpans([aSpan({ trace_id })]);
    await running.store.saveRuns([aRun({ ...unblamed, trace_id, outcome: "unknown", settled: false })]);
    await running.store.saveRuns([aRun({ ...unblamed, trace_id })]);
    await running.store.saveAttributions([anAttribution({ trace_id })]);
    await running.store.saveRuns([aRun({ trace_id })]);
    for (const answer of await Promise.all(waits)) {
      expect(answer).toMatchObject({ state: "ready", agent: "Coder", step: 2, status: "predicted", applied: [] });
    }
    await served.close();
    await other.stop();
  });

  test("says what it waited for when it did not come, and 404 where the run itself did not", async () => {
    const trace_id = traceId();
    await expect(client.call("getFeedback", { trace_id, wait: 0.3 })).rejects.toMatchObject({ code: "not_found" });
    await running.store.insertSpans([aSpan({ trace_id })]);
    expect(await client.call("getFeedback", { trace_id })).toMatchObject({ state: "pending", waiting_for: "settling" });
    await running.store.saveRuns([aRun({ ...unblamed, trace_id, outcome: "unknown" })]);
    expect(await client.call("getFeedback", { trace_id, wait: 0.3 })).toMatchObject({
      state: "pending",
      waiting_for: "outcome",
    });
    const response = await fetch(`${running.url}/api/v1/runs/${trace_id}/feedback?wait=61`);
    expect(response.status).toBe(400);
  });

  test("is of the asker's project only", async () => {
    const trace_id = traceId();
    await running.store.saveRuns([aRun({ trace_id })]);
    await expect(clientOf(running, project()).call("getFeedback", { trace_id })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("ends at once when the client leaves and when the collector stops", async () => {
    const own = createCollector({ store: running.store, config: running.config, buildTrajectory });
    const served = await serve(own, { host: "127.0.0.1", port: 0 });
    const trace_id = traceId();
    await running.store.saveRuns([aRun({ ...unblamed, trace_id })]);
    const asked = createClient({ baseUrl: served.url });
    const leave = new AbortController();
    const left = asked.call("getFeedback", { trace_id, wait: 60 }, { signal: leave.signal });
    const stays = asked.call("getFeedback", { trace_id, wait: 60 });
    setTimeout(() => leave.abort(new Error("gone")), 200);
    await expect(left).rejects.toThrow("gone");
    const began = performance.now();
    expect(await own.stop(10_000)).toBe(0);
    expect((await stays).state).toBe("pending");
    expect(performance.now() - began).toBeLessThan(5_000);
    await served.close();
  });
});

describe("feedback that was applied", () => {
  test("is noted once a pair of runs, with how the later one ended", async () => {
    const [failed, next] = [traceId(), traceId()];
    await running.store.saveRuns([aRun({ trace_id: failed })]);
    const body = { applied_in: next, agent: "Coder", step: 2 };
    await client.call("markApplied", { trace_id: failed, body });
    const { applied } = await client.call("markApplied", { trace_id: failed, body: { ...body, told: ["Coder"] } });
    expect(applied).toMatchObject({ trace_id: failed, told: ["Coder"], by: "operator" });
    const read = async () => (await client.call("getFeedback", { trace_id: failed })).applied;
    expect(await read()).toEqual([{ ...applied, outcome: "unknown" }]);
    await running.store.saveRuns([aRun({ ...unblamed, trace_id: next, outcome: "success" })]);
    expect(await read()).toEqual([{ ...applied, outcome: "success" }]);
    await expect(client.call("markApplied", { trace_id: traceId(), body })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("rounds of a task", () => {
  const owner = project();
  let own: Client;
  /** Loop, round, task, outcome, and whether it was told of the round before. */
  const rounds: [string, number, string, RunSummary["outcome"], boolean][] = [
    ["a", 0, "sort", "failure", false],
    ["a", 1, "sort", "failure", true],
    ["a", 2, "sort", "success", true],
    ["b", 0, "sort", "failure", false],
    ["b", 1, "sort", "failure", false],
    ["c", 0, "search", "success", false],
    ["d", 0, "search", "unknown", false],
    ["d", 1, "search", "success", true],
  ];
  const ids = rounds.map(() => traceId());
  const runs = rounds.map(([id, round, task_id, outcome], index) =>
    aRun({
      ...(outcome === "failure" ? {} : unblamed),
      project: owner,
      trace_id: ids[index] ?? "",
      outcome,
      started_at: isoAgo(1000 - index),
      loop: { id, round, task_id },
    }),
  );
  beforeAll(async () => {
    own = clientOf(running, owner);
    await running.store.saveRuns([...runs, aRun({ project: owner })]);
    for (const [index, [, , , , told]] of rounds.entries()) {
      const [before, applied_in] = [ids[index - 1], ids[index]];
      if (told && before && applied_in) await own.call("markApplied", { trace_id: before, body: { applied_in } });
    }
  });

  test("are listed by task and by loop, newest first, with what each was told", async () => {
    const shown = async (query: { task_id?: string; loop_id?: string }) =>
      (await own.call("listRounds", query)).rounds.map(({ loop_id, round, told_of }) => [loop_id, round, told_of]);
    expect(await shown({ task_id: "search" })).toEqual([
      ["d", 1, ids[6]],
      ["d", 0, null],
      ["c", 0, null],
    ]);
    expect(await shown({ loop_id: "a" })).toEqual([
      ["a", 2, ids[1]],
      ["a", 1, ids[0]],
      ["a", 0, null],
    ]);
    expect(await shown({ task_id: "sort' OR 1=1 --" })).toEqual([]);
  });

  test("come in pages that miss none", async () => {
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await own.call("listRounds", { limit: 3, cursor });
      seen.push(...page.rounds.map(({ trace_id }) => trace_id));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(seen).toEqual([...ids].reverse());
  });

  test("add up to how many loops are solved by each round, and whether telling helps", async () => {
    const { loops, rounds: figures } = await own.call("roundFigures");
    const share = ({ k, n }: { k: number; n: number }) => `${k}/${n}`;
    expect(loops).toBe(4);
    expect(figures.map((one) => [one.round, ...[one.succeeded, one.told, one.untold, one.solved].map(share)])).toEqual([
      [0, "1/4", "0/0", "1/4", "1/4"],
      [1, "1/3", "1/2", "0/1", "2/4"],
      [2, "1/1", "1/1", "0/0", "3/4"],
    ]);
    expect((await own.call("roundFigures", { task_id: "sort" })).loops).toBe(2);
  });
});

test("a run says its loop only where its root says it well", async () => {
  const loopOf = (id: unknown, round: unknown) =>
    buildTrajectory([aSpan({ attributes: { "culprit.loop.id": id as string, "culprit.loop.round": round as number } })])
      .loop;
  expect(loopOf("l-1", 2)).toEqual({ id: "l-1", round: 2 });
  for (const [id, round] of [
    ["", 0],
    ["l", -1],
    ["l", 1.5],
    ["l", "x"],
    ["l", 1e9],
    ["l".repeat(201), 0],
  ] as const) {
    expect(loopOf(id, round), `${id} ${round}`).toBeUndefined();
  }
});
