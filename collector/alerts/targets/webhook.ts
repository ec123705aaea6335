import { createHmac } from "node:crypto";
import type { AlertEvent, AlertTarget } from "@culprit/schemas";
import { postJson } from "./http.ts";
import type { SendOptions } from "./sending.ts";

type Webhook = Extract<AlertTarget, { type: "webhook" }>;

/**
 * The event as JSON. `webhook-id` (and `idempotency-key`, the same) names the event at every try; with a secret the
 * request is signed as Standard Webhooks 1.0 says.
 */
export async function sendWebhook({ url, secret }: Webhook, event: AlertEvent, options: SendOptions): Promise<void> {
  const body = JSON.stringify(event);
  const id = options.idempotencyKey;
  // When it is sent, not when it happened: receivers refuse what is minutes old, so that it can't be played back.
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers: Record<string, string> = { "idempotency-key": id, "webhook-id": id, "webhook-timestamp": timestamp };
  if (secret !== undefined) headers["webhook-signature"] = signature(secret, `${id}.${timestamp}.${body}`);
  await postJson(url, body, headers, options);
}

/** `v1,` and the HMAC-SHA256 in base64 (https://www.standardwebhooks.com, "Signature scheme"). */
export function signature(secret: string, content: string): string {
  const prefix = "whsec_";
  const key = secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), "base64") : Buffer.from(secret);
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}
