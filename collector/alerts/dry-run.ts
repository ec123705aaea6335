import type { AlertRule, AlertStanding, DryRun } from "@culprit/schemas";
import type { AlertStore } from "@culprit/store";
import { toEvent } from "./event.ts";
import { observe } from "./observe.ts";
import { applyAlertState, limitsOf, newStanding, tellsEnd } from "./state.ts";

/** Moments looked at; a rule that would change its mind between two of them is not seen to. */
const MOST_STEPS = 700;
const SHORTEST_STEP_SECONDS = 60;

export interface DryRunOptions {
  alerts: AlertStore;
  rule: AlertRule;
  project: string;
  from: Date;
  to: Date;
  pageUrl: string;
}

/**
 * When a rule would have spoken, had it been there: the same measuring and the same state machine, over the runs as
 * they are known now. Saves nothing and sends nothing.
 */
export async function dryRun({ alerts, rule, project, from, to, pageUrl }: DryRunOptions): Promise<DryRun> {
  const span = (to.getTime() - from.getTime()) / 1000;
  const step = Math.max(SHORTEST_STEP_SECONDS, Math.ceil(span / MOST_STEPS));
  const limits = limitsOf(rule);
  const standings = new Map<string, AlertStanding>();
  const events: DryRun["events"] = [];
  for (let time = from.getTime(); ; time = Math.min(time + step * 1000, to.getTime())) {
    const at = new Date(time);
    const measured = new Map((await observe({ alerts }, rule, project, at)).map((one) => [one.subject, one]));
    const active = [...standings.values()].filter(({ state }) => state !== "inactive").map(({ subject }) => subject);
    for (const subject of new Set([...measured.keys(), ...active])) {
      const previous = standings.get(subject) ?? newStanding(project, rule.name, subject, at);
      const one = measured.get(subject);
      const { next, tell } = applyAlertState(previous, one ?? { subject, value: 0, sample: 0 }, limits, at);
      standings.set(subject, next);
      if (tell === undefined || (tell === "resolved" && !tellsEnd(rule))) continue;
      const told = { rule, standing: previous, tell, measured: one, threshold: limits.threshold, now: at, pageUrl };
      const { event_id: _, ...event } = await toEvent(told);
      events.push(event);
    }
    if (time >= to.getTime()) break;
  }
  return { rule: rule.name, from: from.toISOString(), to: to.toISOString(), step_seconds: step, events };
}
