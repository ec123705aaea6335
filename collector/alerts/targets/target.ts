import { createHash } from "node:crypto";
import type { AlertEvent, AlertRule, AlertTarget } from "@culprit/schemas";
import { sendEmail } from "./email.ts";
import { sendPagerduty } from "./pagerduty.ts";
import type { SendOptions } from "./sending.ts";
import { sendSlack } from "./slack.ts";
import { sendWebhook } from "./webhook.ts";

/** How each kind of target is told of an event. Throws PermanentError, or anything else that may pass. */
export function send(target: AlertTarget, event: AlertEvent, options: SendOptions): Promise<void> {
  switch (target.type) {
    case "webhook":
      return sendWebhook(target, event, options);
    case "slack":
      return sendSlack(target, event, options);
    case "pagerduty":
      return sendPagerduty(target, event, options);
    case "email":
      return sendEmail(target, event, options);
  }
}

/** All targets of a rule. */
export function targetsOf(rule: AlertRule): AlertTarget[] {
  return [...rule.targets, ...(rule.webhook === undefined ? [] : [{ type: "webhook" as const, url: rule.webhook }])];
}

/** The same as long as the target leads to the same receiver. */
export function targetId(target: AlertTarget): string {
  const address = target.type === "email" ? [target.smtp, ...target.to] : [target.url];
  const identity = [target.type, ...address, target.type === "pagerduty" ? target.routing_key : ""];
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 12);
}

/** A target as it may be shown: its kind and host. Whoever knows a hook's path, or a key, may write there. */
export function shownTarget(target: AlertTarget): string {
  if (target.type === "email") return `email to ${target.to.join(", ")}`;
  return `${target.type} ${new URL(target.url).host}`;
}
