import { summarise } from "@culprit/analyzers";
import { type Client, createClient, type RunSummary } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failedRun } from "../unit/analyzers/tracer-runs.ts";
import { type Running, startCollector } from "./collector-harness.ts";
import { anAnnotation, anAttribution, aRun, isoAgo, traceId } from "./store-rows.ts";

let running: Running;
let client: Client;
beforeAll(async () => {
  running = await startCollector();
  client = createClient({ baseUrl: running.url });
});
afterAll(() => running.close());

let agents = 0;
/** Each test has an agent of its own: they share one store. */
const anAgent = () => `Agent ${agents++}`;
const save = (...runs: RunSummary[]) => running.store.saveRuns(runs);
const groupsOf = async (agent: string, more: object = {}) =>
  (await client.call("listGroups", { agent, ...more })).groups;

describe("failures", () => {
  test("fall into groups by agent, kind of step and reason; the group says how many, when, how sure, and shows one", async () => {
    const agent = anAgent();
    const base = { blamed_agent: agent, blamed_kind: "tool_call" as const };
    const refunds = [3, 2, 1].map((hours) =>
      aRun({
        ...base,
        confidence: 0.2 * hours,
        reason: `It refunded order ${hours}00${hours} twice.`,
        started_at: isoAgo(hours * 3600),
      }),
    );
    const proven = aRun({
      ...base,
      status: "verified",
      confidence: null,
      reason: "It refunded order 77 twice",
      started_at: isoAgo(7200),
    });
    const other = aRun({ ...base, reason: "It never called the tool that the plan asks for.", started_at: isoAgo(60) });
    const elsewhere = aRun({
      ...base,
      blamed_kind: "answer",
      reason: "It refunded order 5 twice.",
      started_at: isoAgo(60),
    });
    await save(...refunds, proven, other, elsewhere);
    // None of these belongs to a group: it ended well, nobody is blamed, the blame was refuted, it replays another.
    await save(
      aRun({ ...base, outcome: "success" }),
      aRun({ outcome: "failure", blamed_agent: null, blamed_step: null, status: "none", confidence: null }),
      aRun({ ...base, status: "refuted", confidence: null }),
      aRun({ ...base, replay_of: "0af7651916cd43dd8448eb211c80319c" }),
    );
    const groups = await groupsOf(agent, { since: "24h" });
    expect(groups.map(({ kind, count }) => [kind, count]).sort()).toEqual(
      [
        ["tool_call", 4],
        ["answer", 1],
        ["tool_call", 1],
      ].sort(),
    );
    const group = groups.find(({ count }) => count === 4);
    expect(group).toMatchObject({
      agent,
      title: proven.reason,
      total: 4,
      predicted: 3,
      verified: 1,
      human: 0,
      first_seen: refunds[0]?.started_at,
      last_seen: refunds[2]?.started_at,
      representative: proven.trace_id,
      representative_status: "verified",
      state: "open",
      changed: null,
    });
    expect(group?.mean_confidence).toBeCloseTo(0.4);
    expect(group?.trend).toHaveLength(24);
    expect(group?.trend.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(group?.trend.slice(0, 20)).toEqual(new Array(20).fill(0));

    const { traces } = await client.call("listTraces", { group: group?.group_id, since: "24h" });
    expect(traces.map(({ trace_id }) => trace_id).sort()).toEqual(
      [...refunds, proven].map(({ trace_id }) => trace_id).sort(),
    );
    const lastHour = await groupsOf(agent, { since: "5400s" });
    expect(lastHour.find(({ group_id }) => group_id === group?.group_id)).toMatchObject({ count: 1, total: 4 });
  });

  test("move to another group when their blame does, and leave when they turn out well", async () => {
    const [first, second] = [anAgent(), anAgent()];
    const run = aRun({ blamed_agent: first, reason: "It forgot." });
    await save(run);
    expect(await groupsOf(first)).toHaveLength(1);
    await save({ ...run, blamed_agent: second, status: "human", confidence: null });
    expect([await groupsOf(first), (await groupsOf(second)).map(({ human }) => human)]).toEqual([[], [1]]);
    await save({ ...run, blamed_agent: null, blamed_step: null, outcome: "success", status: "none", confidence: null });
    expect(await groupsOf(second)).toEqual([]);
  });

  test("that replays proved are told apart by what went wrong, not by the sentence that the replay says", async () => {
    const agent = anAgent();
    const trajectory = failedRun(["Planner: plan", `${agent}: code`, `${agent}: done`]);
    /** A run of its own with this prediction, proven by a replay or not. */
    const summary = (reason: string | null, proven: boolean, said = "code") => {
      const trace_id = traceId();
      const steps = trajectory.steps.map((step) => (step.index === 1 ? { ...step, content: said } : step));
      const sentence = `Correcting step 1 (${agent}) turns the failure into a success: 2 of 2 replays succeeded, with the original action 0 of 1.`;
      const label = anAnnotation({ trace_id, agent, step: 1, reason: sentence });
      return summarise(
        { ...trajectory, trace_id, steps, started_at: isoAgo(60), ended_at: isoAgo(50) },
        reason === null ? [] : [anAttribution({ trace_id, agent, step: 1, reason })],
        proven ? [label] : [],
        true,
      );
    };
    const refund = (order: number) => `It refunded order ${order} twice.`;
    await save(
      summary(refund(4711), true),
      summary(refund(12), true),
      // The same mistake, not proven yet.
      summary(refund(9), false),
      summary("It never called the tool that the plan asks for.", true),
      // Nobody predicted these: what the step said is all there is.
      summary(null, true, "DELETE FROM orders WHERE id = 17"),
      summary(null, true, "DELETE FROM orders WHERE id = 4"),
      summary(null, true, "The answer is certainly blue, as everybody knows."),
    );
    const groups = await groupsOf(agent);
    const told = groups.map(({ count, verified, title }) => [count, verified, title.replace(/\d+/, "N")]);
    expect(told.sort()).toEqual(
      [
        [3, 2, "It refunded order N twice."],
        [2, 2, "DELETE FROM orders WHERE id = N"],
        [1, 1, "It never called the tool that the plan asks for."],
        [1, 1, "The answer is certainly blue, as everybody knows."],
      ].sort(),
    );
  });

  test("of a deleted run leave nothing behind", async () => {
    const agent = anAgent();
    const run = aRun({ blamed_agent: agent, reason: "It told a secret." });
    await save(run);
    const [group] = await groupsOf(agent);
    await client.call("deleteTrace", { trace_id: run.trace_id });
    expect(await groupsOf(agent)).toEqual([]);
    await expect(client.call("getGroup", { group_id: group?.group_id ?? "" })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("triage", () => {
  const one = async (agent: string) => {
    const [group] = await groupsOf(agent);
    if (!group) throw new Error("expected a group");
    return group;
  };

  test("resolves a group, and a failure that ends after that opens it again", async () => {
    const agent = anAgent();
    const fail = (ended_at = new Date().toISOString()) =>
      save(aRun({ blamed_agent: agent, reason: "It forgot.", ended_at }));
    await fail(isoAgo(5));
    const { group_id } = await one(agent);
    await client.call("setGroupState", { group_id, body: { state: "resolved", note: "deployed 1.2" } });
    expect(await one(agent)).toMatchObject({
      state: "resolved",
      changed: { changed_by: "operator", note: "deployed 1.2" },
    });
    // It had ended before, and only arrived late.
    await fail(isoAgo(60));
    expect(await one(agent)).toMatchObject({ state: "resolved", count: 2 });
    const ended = new Date(Date.now() + 1000).toISOString();
    await fail(ended);
    expect(await one(agent)).toMatchObject({
      state: "open",
      count: 3,
      changed: { changed_by: "regression", at: ended },
    });
    const { changes } = await client.call("getGroup", { group_id });
    expect(changes.map(({ state, changed_by }) => [state, changed_by])).toEqual([
      ["open", "regression"],
      ["resolved", "operator"],
    ]);
  });

  test("ignores a group for good, and lists by state", async () => {
    const agent = anAgent();
    await save(aRun({ blamed_agent: agent, reason: "It is slow." }));
    const { group_id } = await one(agent);
    await client.call("setGroupState", { group_id, body: { state: "ignored" } });
    await save(
      aRun({ blamed_agent: agent, reason: "It is slow.", ended_at: new Date(Date.now() + 1000).toISOString() }),
    );
    expect(await one(agent)).toMatchObject({ state: "ignored", count: 2 });
    expect(await groupsOf(agent, { state: "open" })).toEqual([]);
    expect(await groupsOf(agent, { state: "ignored" })).toHaveLength(1);
  });

  test("of a group that is not there is refused", async () => {
    const call = client.call("setGroupState", { group_id: "0123456789abcdef", body: { state: "resolved" } });
    await expect(call).rejects.toMatchObject({ code: "not_found" });
  });
});

test("the list pages by each of its orders without losing or repeating a group", async () => {
  const names = Array.from({ length: 7 }, anAgent);
  await save(
    ...names.flatMap((name, index) =>
      Array.from({ length: 1 + (index % 3) }, () => aRun({ blamed_agent: name, reason: "paged" })),
    ),
  );
  const whole = (await client.call("listGroups", { limit: 1000 })).groups;
  for (const sort of ["count", "last_seen", "first_seen"] as const) {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.call("listGroups", { sort, limit: 3, cursor });
      seen.push(...page.groups.map(({ group_id }) => group_id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.length).toBe(whole.length);
    expect(new Set(seen).size).toBe(whole.length);
  }
});

test("thousands that were saved in one moment are all grouped", async () => {
  const agent = anAgent();
  await save(
    ...Array.from({ length: 4500 }, (_, index) =>
      aRun({ blamed_agent: agent, reason: `lost item ${index} of the list` }),
    ),
  );
  expect(await groupsOf(agent)).toMatchObject([{ count: 4500 }]);
});

test("more groups than one query can name the runs of are listed all the same", async () => {
  const agents = Array.from({ length: 4100 }, (_, index) => `Crowd ${index}`);
  await save(...agents.map((agent) => aRun({ blamed_agent: agent, reason: "crowded" })));
  const groups = await running.store.groups.list({ project: "default", since_seconds: 3600 });
  const crowd = groups.filter(({ agent }) => agent.startsWith("Crowd"));
  expect(crowd).toHaveLength(4100);
  expect(crowd.every(({ title }) => title === "crowded")).toBe(true);
  const ids = crowd.map(({ representative }) => representative);
  const page = await running.store.listRuns({ project: "default", since_seconds: 3600, limit: 4000 });
  expect(page.rows).toHaveLength(4000);
  expect(new Set(ids).size).toBe(4100);
});
