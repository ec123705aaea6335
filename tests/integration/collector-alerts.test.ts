import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Alerts, startAlerts } from "@culprit/collector";
import {
  type AlertEvent,
  type AlertRuleInput,
  alertEventSchema,
  type Config,
  createClient,
  type RunSummary,
} from "@culprit/schemas";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { failedRun, ruleOf } from "../unit/collector/runs.ts";
import { type Receiver, startReceiver } from "./alert-receivers.ts";
import { clientOf, type Running, startCollector } from "./collector-harness.ts";
import { anAttribution } from "./store-rows.ts";

let running: Running;
let receiver: Receiver;
let alerts: Alerts | undefined;
let number = 1;

beforeAll(async () => {
  [running, receiver] = await Promise.all([startCollector(), startReceiver()]);
});
afterAll(async () => {
  await receiver.close();
  await running.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answers.length = 0;
});
afterEach(() => alerts?.stop());

const events = (): AlertEvent[] => receiver.received.map(({ body }) => alertEventSchema.parse(JSON.parse(body)));

/** Each test watches an agent of its own, in the one store. */
function watch(agent: string, settings: Partial<Config> = {}, more: Partial<Parameters<typeof startAlerts>[0]> = {}) {
  const rules = [rule(agent)];
  const config = { ...running.config, poll_seconds: 3600, alert_allow_private: true, alert_rules: rules, ...settings };
  const log = (_level: string, message: string, fields?: Record<string, unknown>) => {
    if (message.includes("could not")) throw new Error(JSON.stringify(fields));
  };
  alerts = startAlerts({ store: running.store, config, delivery: { backoffMs: 5 }, log, ...more });
  return alerts;
}

function rule(agent: string, more: Partial<AlertRuleInput> = {}) {
  return ruleOf({
    name: `rule of ${agent}`,
    agent,
    threshold: 2,
    window_seconds: 600,
    webhook: `${receiver.url}/hook`,
    ...more,
  });
}

async function fail(agent: string, more: Partial<RunSummary> = {}): Promise<string> {
  const now = new Date().toISOString();
  const run = failedRun(number++, {
    blamed_agent: agent,
    agents: ["Planner", agent],
    started_at: now,
    ended_at: now,
    ...more,
  });
  await running.store.saveRuns([run]);
  return run.trace_id;
}

/** Looks once, and again while something is to be sent again. */
async function look(watching: Alerts): Promise<void> {
  await watching.tick();
  await watching.delivered();
  for (let tries = 0; watching.waiting() > 0 && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    await watching.tick();
    await watching.delivered();
  }
}

test("an alert fires once at its threshold, stays silent while it fires, and ends when its window has passed", async () => {
  let now = new Date();
  const watching = watch("Coder", {}, { now: () => now });
  await fail("Coder");
  now = new Date();
  await look(watching);
  expect(events()).toEqual([]);

  const second = await fail("Coder");
  now = new Date();
  await look(watching);
  await fail("Coder");
  now = new Date();
  await look(watching);
  await look(watching);
  expect(events().map(({ state, count }) => [state, count])).toEqual([["firing", 2]]);
  const [firing] = events();
  expect(firing).toMatchObject({
    kind: "failures",
    subject: "Coder",
    summary: "Coder is blamed for 2 failed runs in the last 10 minutes (default).",
    value: 2,
    threshold: 2,
    url: "http://localhost:4318/?agent=Coder",
  });
  expect(firing?.runs.map((run) => run.trace_id)).toContain(second);
  expect(firing?.runs).toHaveLength(2);
  expect(receiver.received[0]?.headers).toMatchObject({ "content-type": "application/json" });

  now = new Date(now.getTime() + 3_600_000);
  await look(watching);
  await look(watching);
  expect(events().map(({ state }) => state)).toEqual(["firing", "resolved"]);

  const { alerts: listed } = await createClient({ baseUrl: running.url }).call("listAlerts", {});
  const own = listed.filter(({ agent }) => agent === "Coder");
  expect(own.map(({ state }) => state).sort()).toEqual(["firing", "resolved"]);
  expect(own).toContainEqual(firing);
});

test("a restart does not tell again what already fires, and still tells its end", async () => {
  await fail("Tester");
  await fail("Tester");
  await look(watch("Tester"));
  await alerts?.stop();
  await look(watch("Tester"));
  expect(events().map(({ state }) => state)).toEqual(["firing"]);
  await alerts?.stop();
  await look(watch("Tester", {}, { now: () => new Date(Date.now() + 3_600_000) }));
  expect(events().map(({ state }) => state)).toEqual(["firing", "resolved"]);
});

describe("what a rule counts", () => {
  /** Agents that fire, with what they fire at. */
  async function fires(rules: Partial<AlertRuleInput>, more: Partial<Parameters<typeof startAlerts>[0]> = {}) {
    const one = rule("*", { name: `counts ${number++}`, threshold: 1, ...rules });
    await look(watch("*", { alert_rules: [one] }, more));
    return events().map(({ subject, value, sample, count, runs }) => ({
      subject,
      value,
      sample,
      count,
      runs: runs.map(({ trace_id }) => trace_id),
    }));
  }

  test("failures that blame an agent, sure enough, of the status asked for, ended within the window, and no others", async () => {
    const agent = "Counted";
    const sure = await fail(agent, { confidence: 0.5 });
    await fail(agent, { confidence: 0.4 });
    const proven = await fail(agent, { status: "verified", confidence: null });
    await fail(agent, { outcome: "success" });
    await fail(agent, { outcome: "unknown" });
    await fail(agent, { status: "refuted", confidence: null });
    await fail(agent, { replay_of: "0af7651916cd43dd8448eb211c80319c" });
    await fail(agent, { ended_at: new Date(Date.now() - 700_000).toISOString() });
    const long = await fail(agent, { started_at: new Date(Date.now() - 20 * 3_600_000).toISOString() });
    expect(await fires({ agent, min_confidence: 0.5 })).toMatchObject([{ subject: agent, value: 3, count: 3 }]);
    expect(
      events()[0]
        ?.runs.map(({ trace_id }) => trace_id)
        .sort(),
    ).toEqual([sure, proven, long].sort());
    receiver.received.length = 0;
    expect(await fires({ agent, kind: "verified_blame" })).toMatchObject([{ value: 1, runs: [proven] }]);
  });

  test("each agent apart with *, whatever it is called, and only runs that the rule's filter selects", async () => {
    for (const [agent, strategy] of [
      ["__proto__", "filtered"],
      ["it's", "filtered"],
      ["it's", "filtered"],
      ["it's", "other"],
    ] as const) {
      await fail(agent, { strategy });
    }
    const found = await fires({ filter: { strategy: "filtered" } });
    expect(found.map(({ subject, value }) => [subject, value]).sort()).toEqual([
      ["__proto__", 1],
      ["it's", 2],
    ]);
  });

  test("a rate of the runs the agent acts in, not on too few of them", async () => {
    const agent = "Rated";
    for (let runs = 0; runs < 4; runs++) await fail(agent);
    for (let runs = 0; runs < 4; runs++)
      await fail(agent, {
        outcome: "success",
        blamed_agent: null,
        blamed_step: null,
        status: "none",
        confidence: null,
      });
    expect(await fires({ agent, kind: "failure_rate", rate: 0.5, min_runs: 9 })).toEqual([]);
    expect(await fires({ agent, kind: "failure_rate", rate: 0.5, min_runs: 8 })).toMatchObject([
      { subject: agent, value: 0.5, sample: 8, count: 4 },
    ]);
    expect(events()[0]?.summary).toContain("broke 50.0 % of the 8 runs it acted in");
  });

  test("a failure never seen before, once; and a resolved one that comes back", async () => {
    const agent = "Grouped";
    const first = await fail(agent, { reason: "It lost the invoice." });
    const rules = [rule(agent, { name: "new", kind: "new_group" }), rule(agent, { name: "back", kind: "regression" })];
    await look(watch(agent, { alert_rules: rules }));
    await fail(agent, { reason: "It lost the invoice." });
    if (alerts) await look(alerts);
    expect(events().map(({ rule: name, runs }) => [name, runs.map(({ trace_id }) => trace_id)])).toEqual([
      ["new", [first]],
    ]);
    const [group] = await running.store.groups.list({ project: "default", agent, since_seconds: 3600 });
    const group_id = group?.group_id ?? "";
    expect(events()[0]).toMatchObject({ agent, url: `http://localhost:4318/?group=${group_id}` });
    await createClient({ baseUrl: running.url }).call("setGroupState", { group_id, body: { state: "resolved" } });
    if (alerts) await look(alerts);
    expect(events()).toHaveLength(1);
    const ended_at = new Date(Date.now() + 5).toISOString();
    const again = await fail(agent, { reason: "It lost the invoice.", ended_at });
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (alerts) await look(alerts);
    expect(events().slice(1)).toMatchObject([{ rule: "back", state: "firing", count: 1, runs: [{ trace_id: again }] }]);
    // Nobody is told that a failure is not new any more.
    await alerts?.stop();
    await look(watch(agent, { alert_rules: rules }, { now: () => new Date(Date.now() + 3_600_000) }));
    expect(events()).toHaveLength(2);
  });

  test("a drop of the success rate against the week before", async () => {
    const project = "dropping";
    const week = 7 * 86_400_000;
    const end = (ago: number, outcome: RunSummary["outcome"]) => {
      const time = new Date(Date.now() - ago - 60_000).toISOString();
      return failedRun(number++, { project, outcome, started_at: time, ended_at: time });
    };
    const many = (count: number, make: () => RunSummary) => Array.from({ length: count }, make);
    await running.store.saveRuns([
      ...many(9, () => end(week, "success")),
      end(week, "failure"),
      ...many(6, () => end(0, "success")),
      ...many(4, () => end(0, "failure")),
    ]);
    const found = await fires({ kind: "success_drop", rate: 0.25, min_runs: 10, projects: [project] });
    expect(found).toMatchObject([{ subject: "", sample: 10, count: 4 }]);
    expect(found[0]?.value).toBeCloseTo(0.3);
    expect(events()[0]).toMatchObject({
      project,
      summary: "60.0 % of runs succeed, a week before it was 90.0 % (dropping).",
    });
    receiver.received.length = 0;
    expect(await fires({ kind: "success_drop", rate: 0.35, min_runs: 10, projects: [project] })).toEqual([]);
  });

  test("a tracer that does not answer, until it does", async () => {
    const project = "untraced";
    const now = Date.now();
    const said = (ago: number, more: object) =>
      anAttribution({ project, strategy: "tracer", created_at: new Date(now - ago * 1000).toISOString(), ...more });
    const away = { status: "tracer_unavailable", agent: null, step: null } as const;
    await fail("Someone", { project });
    await running.store.saveAttributions([
      said(60, away),
      said(50, {}),
      said(40, away),
      said(30, { status: "degraded", cause: "tracer_unavailable", answered_by: "ranker" }),
    ]);
    const down: Partial<AlertRuleInput> = { kind: "tracer_down", projects: [project] };
    expect(await fires({ ...down, threshold: 3 })).toEqual([]);
    expect(await fires({ ...down, threshold: 2, name: "down" })).toMatchObject([{ value: 2 }]);
    await running.store.saveAttributions([said(10, {})]);
    if (alerts) await look(alerts);
    expect(events().map(({ state }) => state)).toEqual(["firing", "resolved"]);
  });

  test("a spool that fills, once for the installation", async () => {
    let share = 0.5;
    const one = rule("*", { name: "spool", kind: "spool_filling", rate: 0.8, resolve_below: 0.5 });
    const watching = watch("*", { alert_rules: [one] }, { spoolShare: () => share });
    for (share of [0.5, 0.85, 0.7, 0.9, 0.4]) await look(watching);
    expect(events().map(({ state, value }) => [state, value])).toEqual([
      ["firing", 0.85],
      ["resolved", 0.4],
    ]);
  });

  test("every project by itself, or only those it names", async () => {
    for (const project of ["left", "right"]) for (let runs = 0; runs < 2; runs++) await fail("Shared", { project });
    const found = await fires({ agent: "Shared", threshold: 2 });
    expect([
      found.length,
      events()
        .map(({ project }) => project)
        .sort(),
    ]).toEqual([2, ["left", "right"]]);
    receiver.received.length = 0;
    await fires({ agent: "Shared", threshold: 2, projects: ["right"] });
    expect(events().map(({ project }) => project)).toEqual(["right"]);
  });
});

describe("delivery", () => {
  test("is tried again after 5xx and 429, with the same idempotency key", async () => {
    receiver.answers.push(503, 429, 500);
    await fail("Reviewer");
    await fail("Reviewer");
    await look(watch("Reviewer"));
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  });

  test.each([400, 404, 302])("is given up after %d, and no redirect is followed", async (status) => {
    receiver.answers.push(status);
    const agent = `Refused ${status}`;
    await fail(agent);
    await fail(agent);
    const said: string[] = [];
    await look(watch(agent, {}, { log: (_level, message) => said.push(message) }));
    expect(receiver.received).toHaveLength(1);
    expect(said).toContain("alert not sent");
  });

  test("to somebody who is away goes on after a restart; the end is not told before the beginning", async () => {
    const agent = "Outage";
    await fail(agent);
    await fail(agent);
    receiver.answers.push(...new Array(3).fill(503));
    let now = new Date();
    const clock = { now: () => now, delivery: { backoffMs: 60_000 } };
    const watching = watch(agent, {}, clock);
    await watching.tick();
    await watching.delivered();
    await watching.tick();
    await watching.delivered();
    expect(receiver.received).toHaveLength(1);
    await watching.stop();

    now = new Date(now.getTime() + 3_600_000);
    const later = watch(agent, {}, clock);
    for (let minutes = 0; minutes < 8; minutes++) {
      await later.tick();
      await later.delivered();
      now = new Date(now.getTime() + 600_000);
    }
    expect(later.waiting()).toBe(0);
    const told = receiver.received.slice(3).map(({ body }) => (JSON.parse(body) as AlertEvent).state);
    expect(told).toEqual(["firing", "resolved"]);
  });

  test("that is given up is on the list of dead ones, and can be tried again", async () => {
    const client = createClient({ baseUrl: running.url });
    const agent = "Dead letters";
    await fail(agent);
    await fail(agent);
    receiver.answers.push(500, 500, 500);
    let skew = 0;
    const watching = watch(
      agent,
      {},
      { delivery: { retries: 2, backoffMs: 1 }, now: () => new Date(Date.now() + skew) },
    );
    await look(watching);
    const listed = async () =>
      (await client.call("listDeliveries", { status: "dead" })).deliveries.filter(
        ({ rule: name }) => name === `rule of ${agent}`,
      );
    const [dead] = await listed();
    expect(dead).toMatchObject({
      status: "dead",
      attempts: 3,
      error: "it answered 500",
      target: expect.stringMatching(/^webhook 127\.0\.0\.1:\d+$/),
    });
    await client.call("retryDelivery", { event_id: dead?.event_id ?? "", target_id: dead?.target_id ?? "" });
    skew = 60_000;
    await look(watching);
    expect(await listed()).toEqual([]);
    expect(receiver.received).toHaveLength(4);
    await expect(
      client.call("retryDelivery", { event_id: "0".repeat(32), target_id: "0".repeat(12) }),
    ).rejects.toMatchObject({ code: "not_found" });
  });

  test("does not wait for a receiver that never answers", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const hook = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    await fail("Stuck");
    await fail("Stuck");
    const started = Date.now();
    const rules = [rule("Stuck", { webhook: hook })];
    await look(watch("Stuck", { alert_rules: rules }, { delivery: { timeoutMs: 100, retries: 1, backoffMs: 5 } }));
    expect(Date.now() - started).toBeLessThan(3000);
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  test("names no run that was deleted meanwhile", async () => {
    const agent = "Forgotten";
    await fail(agent, { task: "a secret" });
    const kept = await fail(agent);
    receiver.answers.push(503);
    let now = new Date();
    const watching = watch(agent, {}, { now: () => now, delivery: { backoffMs: 1000 } });
    await watching.tick();
    await watching.delivered();
    const [secret] = events()[0]?.runs.filter(({ task }) => task === "a secret") ?? [];
    await running.store.deletion.traces("default", [secret?.trace_id ?? ""]);
    now = new Date(now.getTime() + 10_000);
    await watching.tick();
    await watching.delivered();
    expect(events()[1]?.runs.map(({ trace_id }) => trace_id)).toEqual([kept]);
  });

  test("to a private address is refused unless it is allowed", async () => {
    await fail("Private");
    await fail("Private");
    const said: unknown[] = [];
    const log = (_level: string, _message: string, fields?: Record<string, unknown>) => said.push(fields?.["error"]);
    await look(watch("Private", { alert_allow_private: false }, { log }));
    expect(receiver.received).toEqual([]);
    expect(said).toContainEqual(expect.stringContaining("private address"));
  });
});

describe("a dry run", () => {
  test("says when a rule would have spoken, sends nothing and changes nothing", async () => {
    const project = "rehearsal";
    const hour = 3_600_000;
    const start = Math.floor(Date.now() / hour) * hour - 24 * hour;
    const at = (hours: number) => new Date(start + hours * hour).toISOString();
    const runs = [2, 2.1, 2.2, 10, 10.1, 10.2].map((hours) =>
      failedRun(number++, { project, blamed_agent: "Coder", started_at: at(hours), ended_at: at(hours) }),
    );
    await running.store.saveRuns(runs);
    const client = createClient({ baseUrl: running.url });
    const test = await clientOf(running, project).call("testAlertRule", {
      body: { rule: { name: "three", threshold: 3, window_seconds: 3600, webhook: receiver.url }, since: "26h" },
    });
    expect(test.events.map(({ state, subject }) => [state, subject])).toEqual([
      ["firing", "Coder"],
      ["resolved", "Coder"],
      ["firing", "Coder"],
      ["resolved", "Coder"],
    ]);
    const [first] = test.events;
    expect(Date.parse(first?.at ?? "") - Date.parse(at(2.2))).toBeGreaterThanOrEqual(0);
    expect(Date.parse(first?.at ?? "") - Date.parse(at(2.2))).toBeLessThanOrEqual(test.step_seconds * 1000);
    expect(first?.runs.map(({ trace_id }) => trace_id).sort()).toEqual(
      runs
        .slice(0, 3)
        .map(({ trace_id }) => trace_id)
        .sort(),
    );
    expect(receiver.received).toEqual([]);
    expect((await running.store.alerts.standings()).filter((standing) => standing.project === project)).toEqual([]);
    await expect(client.call("testAlertRule", { body: { rule: "none of that name" } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

test("a store that does not answer is said, and looked at again later", async () => {
  const own = await startCollector();
  await own.store.close();
  const said: string[] = [];
  const watching = watch("Nobody", {}, { store: own.store, log: (_level, message) => said.push(message) });
  await watching.tick();
  expect(said).toContain("alerts could not be checked");
  await own.close();
});

test("two rules of one name are refused at start", () => {
  expect(() => watch("Coder", { alert_rules: [ruleOf(), ruleOf()] })).toThrow(/Two alert rules are called failures/);
});
