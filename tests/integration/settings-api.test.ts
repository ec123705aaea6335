import { REDACTION_RULES } from "@culprit/schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientOf, type Running, startCollector } from "./collector-harness.ts";

const SECRETS = { tracer_url: "http://user:hunter2-secret@tracer.example/v1", pattern: "secret-pattern-[0-9]+" };
let running: Running;
beforeAll(async () => {
  running = await startCollector({
    retention_days: 90,
    redact_skip: ["email"],
    redact_rules: [{ name: "customer", pattern: SECRETS.pattern }],
    tracer_url: SECRETS.tracer_url,
    tracer_model: "AgenTracer-8B",
    tracer_api_key: "a-tracers-secret-key",
    projects: { payroll: { capture_content: false, retention_days: null } },
  });
});
afterAll(() => running.close());

test("settings are told as they hold for the project that asks", async () => {
  const settings = await clientOf(running).call("getSettings");
  expect(settings).toMatchObject({
    project: "default",
    retention: { days: 90, check_seconds: 3600, own: false },
    content: { captured: true, own: false },
    attribution: { strategy: "tracer", model: "AgenTracer-8B", settle_seconds: 3 },
    gateway: false,
  });
  expect(settings.redaction.filter(({ on }) => !on)).toEqual([{ rule: "email", on: false, built_in: true }]);
  expect(settings.redaction).toHaveLength(REDACTION_RULES.length + 1);
  expect(settings.redaction.at(-1)).toEqual({ rule: "customer", on: true, built_in: false });
  expect(await clientOf(running, "payroll").call("getSettings")).toMatchObject({
    project: "payroll",
    retention: { days: null, own: true },
    content: { captured: false, own: true },
  });
});

test("no secret is told: no address, no key, no pattern", async () => {
  const text = JSON.stringify(await clientOf(running).call("getSettings"));
  for (const secret of ["hunter2", "tracer.example", "a-tracers-secret-key", SECRETS.pattern, "payroll"]) {
    expect(text).not.toContain(secret);
  }
});
