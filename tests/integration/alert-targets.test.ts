import { type AlertEvent, type AlertTarget, alertEventSchema, alertTargetSchema } from "@culprit/schemas";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PermanentError } from "../../collector/alerts/targets/sending.ts";
import { send, shownTarget, targetId } from "../../collector/alerts/targets/target.ts";
import { type MailServer, type Receiver, startMailServer, startReceiver } from "./alert-receivers.ts";
import { anAlertEvent } from "./store-rows.ts";

let receiver: Receiver;
let mail: MailServer;
beforeAll(async () => {
  [receiver, mail] = await Promise.all([startReceiver(), startMailServer()]);
});
afterAll(async () => {
  await Promise.all([receiver.close(), mail.close()]);
});
beforeEach(() => {
  receiver.received.length = 0;
  mail.mails.length = 0;
});

const HOSTILE = "<!channel> <script>alert(1)</script>\r\nBcc: all@example.com\r\n\r\n*bold* \u202e";
function event(more: Partial<AlertEvent> = {}): AlertEvent {
  const base = anAlertEvent();
  const [run] = base.runs;
  if (!run) throw new Error("an event has a run");
  return { ...base, runs: [{ ...run, agent: "Coder", reason: HOSTILE, task: HOSTILE }], ...more };
}

function tell(target: AlertTarget, told: AlertEvent, allowPrivate = true): Promise<void> {
  return send(target, told, {
    allowPrivate,
    signal: AbortSignal.timeout(5000),
    idempotencyKey: `${told.event_id}-0123456789ab`,
  });
}

describe("a webhook", () => {
  test("is sent the event, signed so that a receiver's own library accepts it and refuses any change", async () => {
    const secret = `whsec_${Buffer.from("a secret of thirty-two bytes 123").toString("base64")}`;
    const told = event();
    await tell({ type: "webhook", url: `${receiver.url}/hook`, secret }, told);
    const [got] = receiver.received;
    const headers = got?.headers as Record<string, string>;
    expect(alertEventSchema.parse(new Webhook(secret).verify(got?.body ?? "", headers))).toEqual(told);
    expect(headers["webhook-id"]).toBe(`${told.event_id}-0123456789ab`);
    expect(headers["idempotency-key"]).toBe(headers["webhook-id"]);
    expect(() => new Webhook(secret).verify(`${got?.body} `, headers)).toThrow();
    expect(() => new Webhook(secret).verify(got?.body ?? "", { ...headers, "webhook-id": "other" })).toThrow();
  });

  test("without a secret is not signed", async () => {
    await tell({ type: "webhook", url: receiver.url }, event());
    expect(receiver.received[0]?.headers).not.toHaveProperty("webhook-signature");
  });
});

describe("Slack", () => {
  test("is told agent, step, reason, evidence and a link, and what a trace says calls nobody", async () => {
    const told = event();
    await tell({ type: "slack", url: `${receiver.url}/services/T/B/X` }, told);
    const message = JSON.parse(receiver.received[0]?.body ?? "") as {
      text: string;
      blocks: { type: string; text?: { type: string; text: string } }[];
    };
    const all = JSON.stringify(message);
    expect(message.text).toContain("[firing] coder: Coder is blamed for 3 failed runs.");
    expect(all).toContain("Coder at step 2 (predicted, 50 % sure)");
    expect(all).toContain(`<${told.runs[0]?.url}|Open the run>`);
    expect(all).not.toContain("<!channel>");
    expect(all).not.toContain("<script>");
    for (const block of message.blocks) expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3000);
  });

  test("stays within its limits whatever the runs say", async () => {
    const [run] = event().runs;
    if (!run) throw new Error("an event has a run");
    const runs = Array.from({ length: 20 }, () => ({ ...run, reason: "&".repeat(5000), task: "*".repeat(5000) }));
    await tell({ type: "slack", url: receiver.url }, event({ runs }));
    const { blocks } = JSON.parse(receiver.received[0]?.body ?? "") as { blocks: { text?: { text: string } }[] };
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const block of blocks) expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3000);
  });
});

describe("PagerDuty", () => {
  const target = () =>
    alertTargetSchema.parse({ type: "pagerduty", routing_key: "R123", url: `${receiver.url}/v2/enqueue` });

  test("is sent an Events API v2 event, and the end closes what the beginning opened", async () => {
    receiver.answers.push(202, 202);
    const told = event({ severity: "critical" });
    await tell(target(), told);
    await tell(target(), { ...told, event_id: "another", state: "resolved", count: 0, runs: [] });
    const [begun, ended] = receiver.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(receiver.received[0]?.path).toBe("/v2/enqueue");
    expect(begun).toMatchObject({
      routing_key: "R123",
      event_action: "trigger",
      links: [{ href: told.runs[0]?.url, text: "Coder, step 2" }],
      payload: {
        severity: "critical",
        component: "Coder",
        class: "failures",
        custom_details: { runs: 3, culprits: [{ agent: "Coder", step: 2, evidence: "predicted, 50 % sure" }] },
      },
    });
    expect(ended).toMatchObject({ event_action: "resolve", dedup_key: begun?.["dedup_key"] });
    expect(String(begun?.["dedup_key"]).length).toBeLessThanOrEqual(255);
    // What the API asks for of an event (developer.pagerduty.com, "Send an event").
    const payload = begun?.["payload"] as Record<string, string>;
    expect(["critical", "error", "warning", "info"]).toContain(payload["severity"]);
    expect(payload["summary"]?.length).toBeLessThanOrEqual(1024);
    expect(payload["source"]).not.toBe("");
  });
});

describe("e-mail", () => {
  const target = (more: object = {}) =>
    alertTargetSchema.parse({
      type: "email",
      smtp: `smtp://127.0.0.1:${mail.port}`,
      from: "culprit@example.com",
      to: ["on-call@example.com"],
      ...more,
    });

  test("arrives at a mail server as plain text, and no text of a trace becomes a header", async () => {
    const told = event();
    await tell(target(), { ...told, summary: `Coder fails${HOSTILE}.` });
    expect(mail.mails).toMatchObject([{ from: "culprit@example.com", to: ["on-call@example.com"] }]);
    const source = mail.mails[0]?.source ?? "";
    const end = source.indexOf("\r\n\r\n");
    const [head, body] = [source.slice(0, end), source.slice(end + 4)];
    expect(head).toContain(`Message-ID: <${told.event_id}-0123456789ab@culprit>`);
    expect(head).toContain("Auto-Submitted: auto-generated");
    expect(head).not.toMatch(/^Bcc:/m);
    const text = head.includes("quoted-printable")
      ? body
          .replace(/=\r\n/g, "")
          .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      : Buffer.from(body, "base64").toString();
    expect(text).toContain("Coder at step 2 (predicted, 50 % sure)");
    expect(text).toContain(told.runs[0]?.url);
  });

  test("is sent with a user and a password", async () => {
    await tell(
      target({ smtp: `smtp://on%40call:s3cret@127.0.0.1:${mail.port}`, to: ["a@example.com", "b@example.com"] }),
      event(),
    );
    expect(mail.mails).toMatchObject([{ user: "on@call", to: ["a@example.com", "b@example.com"] }]);
  });

  test("that is refused for good is given up, and for now is not", async () => {
    mail.refusals.push(550);
    await expect(tell(target(), event())).rejects.toBeInstanceOf(PermanentError);
    mail.refusals.push(451);
    const passing = await tell(target(), event()).catch((error: unknown) => error);
    expect(passing).toBeInstanceOf(Error);
    expect(passing).not.toBeInstanceOf(PermanentError);
  });
});

const targets = (): AlertTarget[] => [
  { type: "webhook", url: `${receiver.url}/secret-path` },
  { type: "slack", url: `${receiver.url}/secret-path` },
  { type: "pagerduty", url: `${receiver.url}/secret-path`, routing_key: "secret-key" },
  {
    type: "email",
    smtp: `smtp://user:secret-word@127.0.0.1:${mail.port}`,
    from: "a@example.com",
    to: ["b@example.com"],
  },
];

describe("every kind of target", () => {
  test("at a private address is refused unless it is allowed", async () => {
    for (const target of targets()) {
      await expect(tell(target, event(), false), target.type).rejects.toThrow(/private address/);
    }
    expect([receiver.received, mail.mails]).toEqual([[], []]);
  });

  test("is shown without what is secret, and told apart", () => {
    for (const target of targets()) expect(shownTarget(target)).not.toMatch(/secret/);
    expect(new Set(targets().map(targetId)).size).toBe(4);
  });
});

test.each([
  ["redirect", 302],
  ["refusal", 400],
  ["missing page", 404],
])("a %s is final and nothing is followed", async (_, status) => {
  receiver.answers.push(status);
  await expect(tell({ type: "webhook", url: receiver.url }, event())).rejects.toBeInstanceOf(PermanentError);
  expect(receiver.received).toHaveLength(1);
});
