import type { AlertRule, RunSummary } from "@culprit/schemas";

/** Statuses that rest on evidence; confidence is only a prediction's. */
const PROVEN: readonly RunSummary["status"][] = ["verified", "human"];

/**
 * The runs a rule counts, by blamed agent: failed, blamed, proven or confident enough, and ended within the window before
 * `now`. Order is kept.
 */
export function matchRuns(rule: AlertRule, runs: readonly RunSummary[], now: Date): Map<string, RunSummary[]> {
  const since = now.getTime() - rule.window_seconds * 1000;
  const byAgent = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const agent = run.blamed_agent;
    if (run.outcome !== "failure" || agent === null) continue;
    if (rule.agent !== "*" && rule.agent !== agent) continue;
    if (!PROVEN.includes(run.status) && (run.confidence ?? 0) < rule.min_confidence) continue;
    if (rule.status !== undefined && rule.status !== run.status) continue;
    if (Date.parse(run.ended_at) < since) continue;
    const known = byAgent.get(agent);
    if (known) known.push(run);
    else byAgent.set(agent, [run]);
  }
  return byAgent;
}
