import { createHash } from "node:crypto";
import type { AlertEvent, AlertRule, AlertStanding } from "@culprit/schemas";
import { isAboutAll, type Measured } from "./observe.ts";
import type { AlertStep } from "./state.ts";

/** What {@link toEvent} makes an event of. */
export interface Told {
  rule: AlertRule;
  /** Before the step. */
  standing: AlertStanding;
  tell: NonNullable<AlertStep["tell"]>;
  measured: Measured | undefined;
  threshold: number;
  now: Date;
  /** Where runs can be looked at, such as `http://localhost:4318`. */
  pageUrl: string;
}

/**
 * The event of one step. Its id grows from the event before, so that every process that takes the same step names it
 * the same.
 */
export async function toEvent(told: Told): Promise<AlertEvent> {
  const { rule, standing, tell, measured, threshold, now, pageUrl } = told;
  const { project, subject } = standing;
  const state = tell === "resolved" ? "resolved" : "firing";
  const runs = state === "resolved" && (measured?.count ?? 0) === 0 ? [] : ((await measured?.runs()) ?? []);
  const agent = measured?.agent ?? agentOf(rule, subject);
  return {
    event_id: eventId(standing, tell, now),
    project,
    rule: rule.name,
    kind: rule.kind,
    severity: rule.severity,
    subject,
    agent,
    state,
    repeated: tell === "again",
    summary: summaryOf(told, agent),
    value: measured?.value ?? 0,
    threshold,
    sample: measured?.sample ?? 0,
    count: measured?.count ?? 0,
    window_seconds: rule.window_seconds,
    runs: runs.map((run) => ({
      trace_id: run.trace_id,
      task: clip(run.task, 500),
      agent: run.blamed_agent ?? "",
      step: run.blamed_step ?? 0,
      confidence: run.confidence,
      status: run.status,
      reason: clip(run.reason, 1000),
      url: new URL(`/runs/${run.trace_id}`, pageUrl).href,
    })),
    url: linkOf(pageUrl, { agent, group: groupOf(rule, subject) }),
    at: now.toISOString(),
  };
}

function eventId({ project, rule, subject, last_event_id }: AlertStanding, tell: string, now: Date): string {
  const identity = JSON.stringify([last_event_id, project, rule, subject, tell, now.toISOString().slice(0, 10)]);
  return createHash("sha256").update(identity).digest("hex").slice(0, 32);
}

function summaryOf({ rule, standing, tell, measured }: Told, agent: string): string {
  const where = isAboutAll(rule) ? "" : ` (${standing.project})`;
  const says = measured?.says;
  if (tell === "resolved") {
    const what = agent === "" ? "It" : agent;
    return `${what} no longer sets off ${rule.name}${says === undefined ? "" : `: ${agent === "" ? "" : `${agent} `}${says}`}${where}.`;
  }
  return `${agent === "" ? "" : `${agent} `}${says ?? "fails"}${where}.`;
}

function agentOf(rule: AlertRule, subject: string): string {
  return rule.kind === "failures" || rule.kind === "failure_rate" || rule.kind === "verified_blame" ? subject : "";
}

function groupOf(rule: AlertRule, subject: string): string | undefined {
  return rule.kind === "new_group" || rule.kind === "regression" ? subject.split(" ")[0] : undefined;
}

function linkOf(pageUrl: string, { agent, group }: { agent: string; group: string | undefined }): string {
  const url = new URL("/", pageUrl);
  if (group !== undefined) url.searchParams.set("group", group);
  else if (agent !== "") url.searchParams.set("agent", agent);
  return url.href;
}

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
