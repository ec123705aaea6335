import { createHash } from "node:crypto";
import type { AlertEvent, AlertRule, RunSummary } from "@culprit/schemas";

/** Most runs named in one notification; `count` says how many there were. */
const MAX_RUNS = 20;

/** Where one rule stands for one agent. */
export interface AlertState {
  state: "inactive" | "firing" | "resolved";
  /** The last event of this rule and agent; "" before the first. The next event's id grows from it. */
  last_event_id: string;
}

export const INACTIVE: AlertState = { state: "inactive", last_event_id: "" };

/** What a rule sees for one agent now: failed runs that blame it, within the window, newest first. */
export interface AlertMatches {
  project: string;
  rule: AlertRule;
  agent: string;
  runs: readonly RunSummary[];
  /** Where runs can be looked at, such as `http://localhost:4318`. */
  pageUrl: string;
}

/** The next state, and the event to save and send when it changed. */
export interface AlertStep {
  next: AlertState;
  emit?: AlertEvent;
}

/**
 * One step of the alert of one rule and agent: `inactive → firing → resolved → firing …`.
 *
 * It emits once when the number of matches reaches the threshold, stays silent while it fires however much that
 * number grows, and emits once when it falls below. Pure: event ids are derived from the event before, so every
 * process that takes the same step names it the same.
 */
export function applyAlertState(previous: AlertState, matches: AlertMatches, now: Date): AlertStep {
  const reached = matches.runs.length >= matches.rule.threshold;
  if (reached === (previous.state === "firing")) return { next: previous };
  const emit = toEvent(reached ? "firing" : "resolved", previous, matches, now);
  return { next: { state: emit.state, last_event_id: emit.event_id }, emit };
}

function toEvent(state: AlertEvent["state"], previous: AlertState, matches: AlertMatches, now: Date): AlertEvent {
  const { project, rule, agent, runs, pageUrl } = matches;
  const identity = JSON.stringify([previous.last_event_id, project, rule.name, agent, state]);
  return {
    event_id: createHash("sha256").update(identity).digest("hex").slice(0, 32),
    project,
    rule: rule.name,
    agent,
    state,
    count: runs.length,
    window_seconds: rule.window_seconds,
    runs: runs.slice(0, MAX_RUNS).map((run) => ({
      trace_id: run.trace_id,
      task: run.task,
      step: run.blamed_step ?? 0,
      confidence: run.confidence,
      status: run.status,
      reason: run.reason,
      url: new URL(`/runs/${run.trace_id}`, pageUrl).href,
    })),
    at: now.toISOString(),
  };
}
