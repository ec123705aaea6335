import { isIP } from "node:net";
import type { AlertEvent, AlertTarget } from "@culprit/schemas";
import { createTransport } from "nodemailer";
import { clip, plainText, titleOf } from "../message.ts";
import { reachable } from "./http.ts";
import { PermanentError, type SendOptions } from "./sending.ts";

type Email = Extract<AlertTarget, { type: "email" }>;

/** How long a mail server may be silent. */
const PATIENCE_MS = 10_000;

/** A plain-text message. Its id is the event's, so that a server that saw it before can tell. */
export async function sendEmail(target: Email, event: AlertEvent, options: SendOptions): Promise<void> {
  const server = new URL(target.smtp);
  const secure = server.protocol === "smtps:";
  const host = server.hostname.replace(/^\[|\]$/g, "");
  const { address } = await reachable(host, options.allowPrivate);
  const user = decodeURIComponent(server.username);
  const transport = createTransport({
    // The address that was checked; TLS asks for the host's own name.
    host: address,
    port: Number(server.port) || (secure ? 465 : 587),
    secure,
    ...(isIP(host) === 0 ? { tls: { servername: host } } : {}),
    ...(user === ""
      ? {}
      : { auth: { user, pass: decodeURIComponent(server.password) }, requireTLS: !secure && !options.allowPrivate }),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const close = () => transport.close();
  options.signal.addEventListener("abort", close, { once: true });
  try {
    await transport.sendMail({
      from: target.from,
      to: target.to,
      subject: clip(titleOf(event), 200),
      text: plainText(event),
      messageId: `<${options.idempotencyKey}@culprit>`,
      headers: { "Auto-Submitted": "auto-generated", "X-Culprit-Event": event.event_id },
    });
  } catch (error) {
    const { responseCode = 0 } = error as { responseCode?: number };
    // 5xx is the server's last word: a mailbox that is not there, a sender it does not take.
    if (responseCode >= 500) throw new PermanentError(`it answered ${responseCode}`, { cause: error });
    throw error;
  } finally {
    options.signal.removeEventListener("abort", close);
    transport.close();
  }
}
