import type { AlertKind, AlertRule, RunSummary } from "@culprit/schemas";
import type { AlertStore, EndedFilter } from "@culprit/store";
import type { Observation } from "./state.ts";

/** Most runs named in one event; `count` says how many there are. */
export const MAX_RUNS = 20;
const WEEK_MS = 7 * 86_400_000;

/** What was measured of one subject, and how to get at the runs behind it. */
export interface Measured extends Observation {
  /** Blamed agent; empty where there is none. */
  agent: string;
  /** Runs that match. */
  count: number;
  /** One clause for a person, without any text of a run: "is blamed for 3 failed runs". */
  says: string;
  /** Failure group, for a link. */
  group?: string | undefined;
  /** The matching runs, newest first, at most {@link MAX_RUNS}. */
  runs(): Promise<RunSummary[]>;
}

export interface Sources {
  alerts: AlertStore;
  /** Share of the spool that is full; undefined without a spool. */
  spoolShare?: (() => number | undefined) | undefined;
}

interface Look {
  sources: Sources;
  rule: AlertRule;
  project: string;
  /** Runs that ended in the rule's window before this moment. */
  window: EndedFilter;
}

/**
 * What a rule sees in one project at one moment, by subject. A subject that is not among them has nothing to be seen of.
 *
 * Everything but the spool can be asked for any moment of the past.
 */
export function observe(sources: Sources, rule: AlertRule, project: string, at: Date): Promise<Measured[]> {
  const until_ms = at.getTime();
  const window = { project, after_ms: until_ms - rule.window_seconds * 1000, until_ms, filter: rule.filter };
  return KINDS[rule.kind]({ sources, rule, project, window });
}

const KINDS: Record<AlertKind, (look: Look) => Promise<Measured[]>> = {
  failures: (look) => failures(look, look.rule.status),
  verified_blame: (look) => failures(look, "verified"),
  failure_rate: failureRate,
  new_group: newGroups,
  regression: regressions,
  success_drop: successDrop,
  tracer_down: tracerDown,
  spool_filling: async ({ sources }) => spoolFilling(sources),
};

async function failures(look: Look, status: AlertRule["status"]): Promise<Measured[]> {
  const filter = { ...look.window, ...ofAgent(look.rule), min_confidence: look.rule.min_confidence, status };
  const rows = await look.sources.alerts.blamed(filter);
  return rows.map(({ agent, count }) => ({
    subject: agent,
    value: count,
    agent,
    count,
    says: `is blamed for ${runsOf(count, status === "verified" ? "failed run, proven by replay" : "failed run")} in ${duration(look.rule.window_seconds)}`,
    runs: () => look.sources.alerts.blamedRuns({ ...filter, agent, limit: MAX_RUNS }),
  }));
}

async function failureRate(look: Look): Promise<Measured[]> {
  const { alerts } = look.sources;
  const filter = {
    ...look.window,
    ...ofAgent(look.rule),
    min_confidence: look.rule.min_confidence,
    status: look.rule.status,
  };
  const [blamed, acting] = await Promise.all([alerts.blamed(filter), alerts.acting(look.window)]);
  const broke = new Map(blamed.map(({ agent, count }) => [agent, count]));
  return acting
    .filter(({ agent }) => look.rule.agent === "*" || look.rule.agent === agent)
    .map(({ agent, count: acts }) => {
      const count = broke.get(agent) ?? 0;
      return {
        subject: agent,
        value: count / acts,
        sample: acts,
        agent,
        count,
        says: `broke ${percent(count / acts)} of the ${runsOf(acts, "run")} it acted in, ${count} of them, in ${duration(look.rule.window_seconds)}`,
        runs: () => alerts.blamedRuns({ ...filter, agent, limit: MAX_RUNS }),
      };
    });
}

async function newGroups(look: Look): Promise<Measured[]> {
  const rows = await look.sources.alerts.newGroups(look.window);
  return rows
    .filter((row) => watches(look.rule, row.agent))
    .map(({ group_id, agent, count }) => ({
      subject: group_id,
      value: 1,
      agent,
      count,
      group: group_id,
      says: `failed in a way that was not seen before, in ${runsOf(count, "run")} so far`,
      runs: () => look.sources.alerts.blamedRuns({ ...everything(look), group: group_id, limit: MAX_RUNS }),
    }));
}

async function regressions(look: Look): Promise<Measured[]> {
  const rows = await look.sources.alerts.regressions(look.window);
  return rows
    .filter((row) => watches(look.rule, row.agent))
    .map(({ group_id, agent, at, count }) => ({
      // Each time that it comes back is another alert.
      subject: `${group_id} ${at}`,
      value: 1,
      agent,
      count,
      group: group_id,
      says: `fails again in a way that was resolved, in ${runsOf(count, "run")} so far`,
      // Those from the one that came back on.
      runs: () =>
        look.sources.alerts.blamedRuns({
          ...everything(look),
          after_ms: Date.parse(at) - 1,
          group: group_id,
          limit: MAX_RUNS,
        }),
    }));
}

async function successDrop(look: Look): Promise<Measured[]> {
  const { alerts } = look.sources;
  const { window } = look;
  const before = { ...window, after_ms: window.after_ms - WEEK_MS, until_ms: window.until_ms - WEEK_MS };
  const [now, then] = await Promise.all([alerts.outcomes(window), alerts.outcomes(before)]);
  const rate = ({ success, failure }: typeof now) => success / (success + failure);
  const sample = Math.min(now.success + now.failure, then.success + then.failure);
  const dropped = sample === 0 ? 0 : rate(then) - rate(now);
  return [
    {
      subject: "",
      value: dropped,
      sample,
      agent: "",
      count: now.failure,
      says:
        sample === 0
          ? "There are no runs to compare with the week before"
          : `${percent(rate(now))} of runs succeed, a week before it was ${percent(rate(then))}`,
      runs: () => alerts.blamedRuns({ ...window, min_confidence: 0, limit: MAX_RUNS }),
    },
  ];
}

async function tracerDown(look: Look): Promise<Measured[]> {
  const count = await look.sources.alerts.tracerFailures(look.window);
  const says = `The tracer did not answer the last ${runsOf(count, "attribution")}`;
  return [{ subject: "", value: count, agent: "", count, says, runs: async () => [] }];
}

function spoolFilling({ spoolShare }: Sources): Measured[] {
  const share = spoolShare?.();
  if (share === undefined) return [];
  const says = `The spool is ${percent(share)} full: the store does not take what arrives`;
  return [{ subject: "", value: share, agent: "", count: 0, says, runs: async () => [] }];
}

/** Rules about the installation, which no project has of its own. */
export function isAboutAll(rule: AlertRule): boolean {
  return rule.kind === "spool_filling";
}

function ofAgent(rule: AlertRule): { agent?: string } {
  return rule.agent === "*" ? {} : { agent: rule.agent };
}

function watches(rule: AlertRule, agent: string): boolean {
  return rule.agent === "*" || rule.agent === agent;
}

function everything({ window }: Look) {
  return { ...window, min_confidence: 0 };
}

function runsOf(count: number, thing: string): string {
  const [noun = "", ...rest] = thing.split(/(?=,)/);
  return `${count} ${noun}${count === 1 ? "" : "s"}${rest.join("")}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
];

function duration(seconds: number): string {
  for (const [unit, name] of UNITS) {
    if (seconds % unit === 0) return seconds === unit ? `the last ${name}` : `the last ${seconds / unit} ${name}s`;
  }
  return `the last ${seconds} seconds`;
}
