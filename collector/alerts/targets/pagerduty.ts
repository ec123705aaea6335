import { createHash } from "node:crypto";
import type { AlertEvent, AlertTarget } from "@culprit/schemas";
import { clip, evidenceOf, oneLine } from "../message.ts";
import { postJson } from "./http.ts";
import type { SendOptions } from "./sending.ts";

/** An event of PagerDuty's Events API v2: a resolved alert resolves the incident that it triggered. */
export async function sendPagerduty(
  { url, routing_key }: Extract<AlertTarget, { type: "pagerduty" }>,
  event: AlertEvent,
  options: SendOptions,
): Promise<void> {
  await postJson(url, JSON.stringify(pagerdutyEvent(routing_key, event)), {}, options);
}

export function pagerdutyEvent(routingKey: string, event: AlertEvent): Record<string, unknown> {
  const identity = JSON.stringify([event.project, event.rule, event.subject]);
  return {
    routing_key: routingKey,
    event_action: event.state === "resolved" ? "resolve" : "trigger",
    dedup_key: `culprit-${createHash("sha256").update(identity).digest("hex").slice(0, 40)}`,
    client: "Culprit",
    client_url: event.url,
    links: event.runs
      .slice(0, 10)
      .map((run) => ({ href: run.url, text: clip(oneLine(`${run.agent}, step ${run.step}`), 200) })),
    payload: {
      summary: clip(oneLine(event.summary), 1024),
      source: `culprit/${event.project}`,
      severity: event.severity,
      timestamp: event.at,
      component: clip(oneLine(event.agent), 200) || "culprit",
      group: event.rule,
      class: event.kind,
      custom_details: {
        value: event.value,
        threshold: event.threshold,
        runs: event.count,
        culprits: event.runs.slice(0, 5).map((run) => ({
          agent: run.agent,
          step: run.step,
          evidence: evidenceOf(run),
          reason: clip(oneLine(run.reason), 500),
          run: run.url,
        })),
      },
    },
  };
}
