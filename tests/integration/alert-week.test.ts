import { type Alerts, startAlerts } from "@culprit/collector";
import type { AlertEvent, AlertRule, Attribution, RunSummary } from "@culprit/schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failedRun, ruleOf } from "../unit/collector/runs.ts";
import { type Receiver, startReceiver } from "./alert-receivers.ts";
import { type Running, startCollector } from "./collector-harness.ts";
import { anAttribution } from "./store-rows.ts";

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

const FINE = {
  outcome: "success",
  blamed_agent: null,
  blamed_step: null,
  status: "none",
  confidence: null,
  reason: "",
} as const;

/** The week before: a run every 20 minutes, and nothing goes wrong. */
function theWeekBefore(): RunSummary[] {
  return Array.from({ length: 7 * 24 * 3 }, (_, index) => {
    const at = new Date(START - 7 * 24 * HOUR + index * 20 * MINUTE + 1000).toISOString();
    return failedRun(100_000 + index, { ...FINE, agents: ["Coder", "Planner"], started_at: at, ended_at: at });
  });
}

/** A week of runs: mostly fine, some bad hours, one agent that fails in new ways now and then; some blames are proven. */
function aWeek(): RunSummary[] {
  const roll = dice(4);
  const runs: RunSummary[] = theWeekBefore();
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
          ? { blamed_agent: agent, ...(number % 9 === 0 ? { status: "verified" as const, confidence: null } : {}) }
          : FINE),
      }),
    );
  }
  return runs;
}

/** When each failed run was attributed; the tracer is away for some hours. */
const AWAY = [START + 80 * HOUR, START + 90 * HOUR] as const;
function attributionOf(run: RunSummary): Attribution {
  const at = Date.parse(run.ended_at);
  const away = at >= AWAY[0] && at < AWAY[1];
  return anAttribution({
    trace_id: run.trace_id,
    strategy: "tracer",
    status: away ? "tracer_unavailable" : "attributed",
    agent: away ? null : run.blamed_agent,
    step: away ? null : 1,
    created_at: run.ended_at,
  });
}

/** How full the spool is: it fills, hovers below where it began to be told, and empties. */
function spoolAt(now: number): number {
  const hour = (now - START) / HOUR;
  if (hour < 40 || hour >= 48) return 0.1;
  return hour < 44 ? 0.9 : 0.6;
}

/** When somebody resolves all groups there are. */
const RESOLVED = START + 120 * HOUR;

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
  const back = new Set<string>();
  const turn = (at: string, rule: string, subject: string, holds: boolean): void => {
    const key = `${rule} ${subject}`;
    if (holds === firing.has(key)) return;
    if (holds) firing.add(key);
    else firing.delete(key);
    heard.push([at, rule, subject, holds ? "firing" : "resolved"]);
  };
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
    turn(at, "proven", "Coder", inWindow(now, 6).filter((run) => isProven(run, "Coder")).length >= 1);
    turn(at, "proven", "Planner", inWindow(now, 6).filter((run) => isProven(run, "Planner")).length >= 1);
    if (spoolAt(now) >= 0.8) turn(at, "spool", "", true);
    else if (spoolAt(now) < 0.5) turn(at, "spool", "", false);
    const attributed = inWindow(now, 4).filter(isFailed).map(attributionOf);
    const answered = Math.max(
      0,
      ...runs
        .filter((run) => isFailed(run) && Date.parse(run.ended_at) <= now && !isAway(run))
        .map((run) => Date.parse(run.ended_at)),
    );
    const silent = attributed.filter(
      ({ status, created_at }) => status === "tracer_unavailable" && Date.parse(created_at) > answered,
    );
    turn(at, "tracer", "", silent.length >= 2);
    const rateOf = (list: RunSummary[]) => list.filter(({ outcome }) => outcome === "success").length / list.length;
    const [current, before] = [inWindow(now, 6), inWindow(now - 7 * 24 * HOUR, 6)];
    if (Math.min(current.length, before.length) >= 10) turn(at, "drop", "", rateOf(before) - rateOf(current) >= 0.3);
    for (const run of inWindow(now, 24)) {
      if (run.blamed_agent === null || Date.parse(run.ended_at) <= RESOLVED || now <= RESOLVED) continue;
      const group = groupOf(run);
      const known = runs.some((other) => Date.parse(other.ended_at) <= RESOLVED && groupOf(other) === group);
      if (!known || back.has(group)) continue;
      back.add(group);
      heard.push([at, "back", group, "firing"]);
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

function isFailed(run: RunSummary): boolean {
  return run.blamed_agent !== null;
}
function isProven(run: RunSummary, agent: string): boolean {
  return run.blamed_agent === agent && run.status === "verified";
}
function isAway(run: RunSummary): boolean {
  return attributionOf(run).status === "tracer_unavailable";
}
/** Who failed how: what makes one group of them. */
function groupOf(run: RunSummary): string {
  return `${run.blamed_agent} ${run.reason.replace(/\d+/, "")}`;
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
    ruleOf({ name: "back", kind: "regression", window_seconds: 86_400, webhook }),
    ruleOf({ name: "proven", kind: "verified_blame", window_seconds: 21_600, notify_resolved: true, webhook }),
    ruleOf({ name: "drop", kind: "success_drop", rate: 0.3, min_runs: 10, window_seconds: 21_600, webhook }),
    ruleOf({ name: "tracer", kind: "tracer_down", threshold: 2, window_seconds: 14_400, webhook }),
    ruleOf({ name: "spool", kind: "spool_filling", rate: 0.8, resolve_below: 0.5, webhook }),
  ];
};

async function resolveAll(now: Date): Promise<void> {
  const { groups } = running.store;
  for (const { group_id } of await groups.list({ project: "default", since_seconds: 1e9 })) {
    const change = { state: "resolved", changed_by: "operator", note: "", at: now.toISOString() } as const;
    await groups.change("default", group_id, change);
  }
}

test("a week of alerts: no duplicate, no miss, no flap, over two restarts and a receiver that is away for twelve hours", async () => {
  const runs = aWeek();
  let now = new Date(START);
  const config = { ...running.config, poll_seconds: 86_400, alert_allow_private: true, alert_rules: rules() };
  const start = (): Alerts =>
    startAlerts({
      store: running.store,
      config,
      now: () => now,
      delivery: { backoffMs: 60_000 },
      spoolShare: () => spoolAt(now.getTime()),
    });
  let alerts = start();
  let next = 0;
  for (let tick = 0; tick < TICKS; tick++) {
    now = new Date(START + tick * TICK);
    const arrived: RunSummary[] = [];
    for (; next < runs.length && Date.parse(runs[next]?.ended_at ?? "") <= now.getTime(); next++)
      arrived.push(runs[next] as RunSummary);
    if (arrived.length > 0) {
      await running.store.saveAttributions(arrived.filter(isFailed).map(attributionOf));
      await running.store.saveRuns(arrived);
    }
    if (now.getTime() === RESOLVED) await resolveAll(now);
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
    const ofGroup = event.rule === "new" || event.rule === "back";
    const subject = ofGroup ? `${run?.agent} ${run?.reason.replace(/\d+/, "")}` : event.subject;
    return [event.at, event.rule, subject, event.state];
  });
  const should = expected(runs);
  expect(should.filter(([, rule]) => rule === "count").length).toBeGreaterThan(10);
  expect(should.filter(([, rule]) => rule === "rate").length).toBeGreaterThan(5);
  expect(should.filter(([, rule]) => rule === "new").length).toBeGreaterThan(4);
  for (const rule of ["back", "proven", "drop", "tracer", "spool"]) {
    expect(should.filter(([, one]) => one === rule).length, rule).toBeGreaterThan(1);
  }
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
}, 480_000);
