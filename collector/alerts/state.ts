import type { AlertRule, AlertStanding } from "@culprit/schemas";

/** What a rule measures of one subject at one moment. */
export interface Observation {
  subject: string;
  value: number;
  /** What the value is a share of; undefined where it is a count. */
  sample?: number | undefined;
}

/** When an alert begins and ends, as far as the state machine needs to know. */
export interface Limits {
  /** It begins at this value. */
  threshold: number;
  /** It ends below this value, which is not above `threshold`. */
  resolve_below: number;
  /** A share of fewer runs says nothing, neither for nor against; of none it is over. */
  min_runs: number;
  pending_seconds: number;
  resolve_seconds: number;
  /** 0: never. */
  renotify_seconds: number;
}

/** The next standing, and what is to be told when there is something to tell. */
export interface AlertStep {
  next: AlertStanding;
  tell?: "firing" | "again" | "resolved";
}

/** Where a subject stands that nothing was ever seen of. */
export function newStanding(project: string, rule: string, subject: string, now: Date): AlertStanding {
  return {
    project,
    rule,
    subject,
    state: "inactive",
    since: now.toISOString(),
    quiet_since: null,
    notified_at: null,
    last_event_id: "",
  };
}

/**
 * One step of an alert: `inactive → pending → firing → inactive`.
 *
 * It tells once when the value has been at the threshold for `pending_seconds`, again every `renotify_seconds` while it
 * fires, and once when the value has been below `resolve_below` for `resolve_seconds`. Between the two values, and with
 * too small a sample, everything stays as it is. Pure; the same object comes back when nothing changed.
 */
export function applyAlertState(previous: AlertStanding, observed: Observation, limits: Limits, now: Date): AlertStep {
  const at = now.toISOString();
  const signal = read(observed, limits);
  const passed = (since: string, seconds: number) => now.getTime() - Date.parse(since) >= seconds * 1000;
  const fire = (): AlertStep => ({
    next: { ...previous, state: "firing", since: at, quiet_since: null, notified_at: at },
    tell: "firing",
  });
  switch (previous.state) {
    case "inactive":
      if (signal !== "above") return { next: previous };
      return limits.pending_seconds === 0 ? fire() : { next: { ...previous, state: "pending", since: at } };
    case "pending":
      if (signal === "above") return passed(previous.since, limits.pending_seconds) ? fire() : { next: previous };
      return signal === "unclear" ? { next: previous } : { next: { ...previous, state: "inactive", since: at } };
    case "firing": {
      if (signal === "below") {
        const quietSince = previous.quiet_since ?? at;
        if (!passed(quietSince, limits.resolve_seconds)) return { next: { ...previous, quiet_since: quietSince } };
        return {
          next: { ...previous, state: "inactive", since: at, quiet_since: null, notified_at: at },
          tell: "resolved",
        };
      }
      const going = previous.quiet_since === null ? previous : { ...previous, quiet_since: null };
      const due =
        limits.renotify_seconds > 0 && passed(previous.notified_at ?? previous.since, limits.renotify_seconds);
      return due ? { next: { ...going, notified_at: at }, tell: "again" } : { next: going };
    }
  }
}

/** `above` starts an alert, `below` ends one, `between` and `unclear` leave it as it is. */
function read({ value, sample }: Observation, limits: Limits): "above" | "between" | "below" | "unclear" {
  if (sample === 0) return "below";
  if (sample !== undefined && sample < limits.min_runs) return "unclear";
  if (value >= limits.threshold) return "above";
  return value < limits.resolve_below ? "below" : "between";
}

/** What a rate is measured against where a rule does not say. */
const RATES = { failure_rate: 0.5, success_drop: 0.1, spool_filling: 0.8 } as const;
/** What is there or is not: one is enough, whatever the rule says. */
const ONE: ReadonlySet<AlertRule["kind"]> = new Set(["new_group", "regression"]);

/** A rule's limits. */
export function limitsOf(rule: AlertRule): Limits {
  const { kind } = rule;
  const counts = ONE.has(kind) ? 1 : rule.threshold;
  const threshold = kind in RATES ? (rule.rate ?? RATES[kind as keyof typeof RATES]) : counts;
  return {
    threshold,
    resolve_below: Math.min(rule.resolve_below ?? threshold, threshold),
    min_runs: rule.min_runs,
    pending_seconds: rule.pending_seconds,
    resolve_seconds: rule.resolve_seconds,
    renotify_seconds: rule.renotify_seconds,
  };
}

/** What happens once has an end that nobody needs to hear of. */
const ONCE: ReadonlySet<AlertRule["kind"]> = new Set(["new_group", "regression", "verified_blame"]);

/** Whether the end of a rule's alerts is told. */
export function tellsEnd(rule: AlertRule): boolean {
  return rule.notify_resolved ?? !ONCE.has(rule.kind);
}
