import { type Alerts, startAlerts } from "@culprit/collector";
import type { AlertEvent, AlertRule, RunSummary } from "@culprit/schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failedRun, ruleOf } from "../unit/collector/runs.ts";
import { type Receiver, startReceiver } from "./alert-receivers.ts";
import { type Running, startCollector } from "./collector-harness.ts";

let running: Running;
let receiver: Receiver;
beforeAll(async () => {
  [running, receiver] = await Promise.all([startCollector(), startReceiver()]);
});
afterAll(async () => {
  await receiver.close();
  await running.close();
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-10-05T00:00:00.000Z");
const TICK = 30 * MINUTE;
const TICKS = (7 * 24 * HOUR) / TICK;

/** The same numbers every time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** A week of runs: mostly fine, some bad hours, one agent that fails in new ways now and then. */
function aWeek(): RunSummary[] {
  const roll = dice(4);
  const runs: RunSummary[] = [];
  for (let minute = 0, number = 1; minute < 7 * 24 * 60; minute += 1 + Math.floor(roll() * 25), number++) {
    const at = new Date(START + minute * MINUTE + 1000).toISOString();
    const bad = Math.floor(minute / 300) % 4 === 1;
    const fails = roll() < (bad ? 0.7 : 0.05);
    const agent = roll() < 0.8 ? "Coder" : "Planner";
    const reason = `It ${["forgets", "repeats", "invents"][Math.floor(minute / 3000)] ?? "loses"} the order ${number}.`;
    runs.push(
      failedRun(number, {
        agents: ["Coder", "Planner"],
        started_at: at,
        ended_at: at,
        reason,
        ...(fails
          ? { blamed_agent: agent }
          : {
              outcome: "success",
              blamed_agent: null,
              blamed_step: null,
              status: "none",
              confidence: null,
              reason: "",
            }),
      }),
    );
  }
  return runs;
}

type Heard = [at: string, rule: string, subject: string, state: string];

/** What the rules say, worked out the long way, from the runs alone. */
function expected(runs: readonly RunSummary[]): Heard[] {
  const heard: Heard[] = [];
  const inWindow = (now: number, hours: number) =>
    runs.filter((run) => Date.parse(run.ended_at) <= now && Date.parse(run.ended_at) > now - hours * HOUR);
  const firing = new Set<string>();
  const over = new Map<string, number>();
  const above = new Map<string, number>();
  const groups = new Map<string, number>();
  for (let tick = 0; tick < TICKS; tick++) {
    const now = START + tick * TICK;
    const at = new Date(now).toISOString();
    for (const agent of ["Coder", "Planner"]) {
      const failed = inWindow(now, 2).filter((run) => run.blamed_agent === agent).length;
      const key = `count ${agent}`;
      if (!firing.has(key) && failed >= 4) {
        firing.add(key);
        heard.push([at, "count", agent, "firing"]);
      } else if (firing.has(key) && failed < 2) {
        if (!over.has(key)) over.set(key, now);
        if (now - (over.get(key) ?? now) >= 30 * MINUTE) {
          firing.delete(key);
          over.delete(key);
          heard.push([at, "count", agent, "resolved"]);
        }
      } else over.delete(key);

      const acted = inWindow(now, 3);
      const rate = acted.length === 0 ? 0 : acted.filter((run) => run.blamed_agent === agent).length / acted.length;
      const sure = acted.length >= 8;
      const rateKey = `rate ${agent}`;
      if (!firing.has(rateKey)) {
        if (sure && rate >= 0.5) {
          if (!above.has(rateKey)) above.set(rateKey, now);
          if (now - (above.get(rateKey) ?? now) >= 30 * MINUTE) {
            firing.add(rateKey);
            above.delete(rateKey);
            heard.push([at, "rate", agent, "firing"]);
          }
        } else if (sure || acted.length === 0) above.delete(rateKey);
      } else if ((sure || acted.length === 0) && rate < 0.5) {
        firing.delete(rateKey);
        heard.push([at, "rate", agent, "resolved"]);
      }
    }
    for (const run of inWindow(now, 24)) {
      if (run.blamed_agent === null) continue;
      const group = `${run.blamed_agent} ${run.reason.replace(/\d+/, "")}`;
      const first = groups.get(group);
      if (first === undefined) {
        groups.set(group, now);
        heard.push([at, "new", group, "firing"]);
      }
    }
  }
  return heard;
}

const rules = (): AlertRule[] => {
  const webhook = `${receiver.url}/hook`;
  return [
    ruleOf({ name: "count", threshold: 4, window_seconds: 7200, resolve_below: 2, resolve_seconds: 1800, webhook }),
    ruleOf({
      name: "rate",
      kind: "failure_rate",
      rate: 0.5,
      min_runs: 8,
      window_seconds: 10_800,
      pending_seconds: 1800,
      webhook,
    }),
    ruleOf({ name: "new", kind: "new_group", window_seconds: 86_400, webhook }),
  ];
};

test("a week of alerts: no duplicate, no miss, no flap, over two restarts and a receiver that is away for twelve hours", async () => {
  const runs = aWeek();
  let now = new Date(START);
  const config = { ...running.config, poll_seconds: 86_400, alert_allow_private: true, alert_rules: rules() };
  const start = (): Alerts =>
    startAlerts({ store: running.store, config, now: () => now, delivery: { backoffMs: 60_000 } });
  let alerts = start();
  let next = 0;
  for (let tick = 0; tick < TICKS; tick++) {
    now = new Date(START + tick * TICK);
    const arrived: RunSummary[] = [];
    for (; next < runs.length && Date.parse(runs[next]?.ended_at ?? "") <= now.getTime(); next++)
      arrived.push(runs[next] as RunSummary);
    if (arrived.length > 0) await running.store.saveRuns(arrived);
    const hour = (tick * TICK) / HOUR;
    receiver.away = hour >= 53 && hour < 65;
    if (hour === 30 || hour === 60) {
      await alerts.stop();
      alerts = start();
    }
    await alerts.tick();
    await alerts.delivered();
  }
  for (let more = 0; alerts.waiting() > 0 && more < 50; more++) {
    now = new Date(now.getTime() + TICK);
    // Nothing new is looked at: only what was left is sent.
    await alerts.tick();
    await alerts.delivered();
  }
  await alerts.stop();

  const told = receiver.received
    .filter(({ status }) => status < 300)
    .map(({ body }) => JSON.parse(body) as AlertEvent)
    .filter((event) => Date.parse(event.at) < START + TICKS * TICK);
  const heard = told.map((event): Heard => {
    const [run] = event.runs;
    const subject = event.rule === "new" ? `${run?.agent} ${run?.reason.replace(/\d+/, "")}` : event.subject;
    return [event.at, event.rule, subject, event.state];
  });
  const should = expected(runs);
  expect(should.filter(([, rule]) => rule === "count").length).toBeGreaterThan(10);
  expect(should.filter(([, rule]) => rule === "rate").length).toBeGreaterThan(5);
  expect(should.filter(([, rule]) => rule === "new").length).toBeGreaterThan(4);
  const inOrder = (list: Heard[]) => [...list].sort((left, right) => (left.join() < right.join() ? -1 : 1));
  expect(inOrder(heard)).toEqual(inOrder(should));
  // What arrived arrived in the order that it happened, for each alert by itself; and each event once.
  for (const key of new Set(heard.map(([, rule, subject]) => `${rule} ${subject}`))) {
    const own = heard.filter(([, rule, subject]) => `${rule} ${subject}` === key).map(([at]) => at);
    expect(own, key).toEqual([...own].sort());
  }
  expect(new Set(told.map(({ event_id }) => event_id)).size).toBe(told.length);
  // Some of it had to wait.
  expect(receiver.received.some(({ status }) => status === 503)).toBe(true);

  // Exactly the runs that match are attached.
  const byId = new Map(runs.map((run) => [run.trace_id, run]));
  for (const event of told.filter(({ rule, state }) => rule === "count" && state === "firing")) {
    const at = Date.parse(event.at);
    const matching = runs.filter(
      (run) =>
        run.blamed_agent === event.agent && Date.parse(run.ended_at) <= at && Date.parse(run.ended_at) > at - 2 * HOUR,
    );
    expect(event.count).toBe(matching.length);
    expect(event.runs.map(({ trace_id }) => trace_id).sort()).toEqual(matching.map(({ trace_id }) => trace_id).sort());
    expect(event.runs.every(({ trace_id }) => byId.get(trace_id)?.blamed_agent === event.agent)).toBe(true);
  }
}, 240_000);
