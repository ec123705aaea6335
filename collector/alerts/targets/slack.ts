import type { AlertEvent, AlertTarget } from "@culprit/schemas";
import { clip, MESSAGE_RUNS, oneLine, runLine, titleOf } from "../message.ts";
import { postJson } from "./http.ts";
import type { SendOptions } from "./sending.ts";

/** An incoming webhook's message: `text` for notifications and for receivers that know no blocks. */
export async function sendSlack(
  { url }: Extract<AlertTarget, { type: "slack" }>,
  event: AlertEvent,
  options: SendOptions,
): Promise<void> {
  await postJson(url, JSON.stringify(slackMessage(event)), { "idempotency-key": options.idempotencyKey }, options);
}

/** Limits of Slack's blocks: https://docs.slack.dev/reference/block-kit/blocks. */
const SECTION_CHARACTERS = 2900;

export function slackMessage(event: AlertEvent): { text: string; blocks: unknown[] } {
  const runs = event.runs.slice(0, MESSAGE_RUNS).map((run) => {
    const line = `${escaped(clip(runLine(run), 900))}\n${escaped(clip(oneLine(run.task), 200))}\n<${run.url}|Open the run>`;
    return section(line);
  });
  const foot = escaped(`${event.severity} · project ${event.project} · ${event.at}`);
  return {
    text: escaped(titleOf(event)),
    blocks: [
      section(`*${escaped(clip(titleOf(event), 600))}*`),
      ...runs,
      { type: "context", elements: [{ type: "mrkdwn", text: `${foot} · <${event.url}|All of it>` }] },
    ],
  };
}

function section(text: string): unknown {
  return { type: "section", text: { type: "mrkdwn", text: clip(text, SECTION_CHARACTERS) } };
}

/** What a trace says can neither call a channel nor look like a link (https://docs.slack.dev/messaging/formatting-message-text). */
function escaped(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[*_~`]/g, (mark) => `${mark}\u200b`);
}
