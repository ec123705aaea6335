import { type Config, REDACTION_RULES } from "@culprit/schemas";
import type { Handlers } from "./handlers.ts";

export type SettingsConfig = Pick<
  Config,
  | "retention_days"
  | "retention_check_seconds"
  | "capture_content"
  | "redact_skip"
  | "redact_rules"
  | "projects"
  | "strategy"
  | "tracer_url"
  | "tracer_model"
  | "settle_seconds"
  | "gateway_upstream"
>;

/** What is kept, left out and attributed, as it is set for the project that asks. */
export function settingsHandler(config: SettingsConfig): Pick<Handlers, "getSettings"> {
  const skipped = new Set<string>(config.redact_skip);
  const redaction = [
    ...REDACTION_RULES.map((rule) => ({ rule, on: !skipped.has(rule), built_in: true })),
    ...config.redact_rules.map(({ name }) => ({ rule: name, on: true, built_in: false })),
  ];
  const tracer = config.tracer_url !== undefined;
  return {
    getSettings: async (_input, { project }) => {
      const own = Object.hasOwn(config.projects, project) ? config.projects[project] : undefined;
      const days = own?.retention_days === undefined ? config.retention_days : own.retention_days;
      return {
        project,
        retention: {
          days: days ?? null,
          check_seconds: config.retention_check_seconds,
          own: own?.retention_days !== undefined,
        },
        content: {
          captured: own?.capture_content ?? config.capture_content,
          own: own?.capture_content !== undefined,
        },
        redaction,
        attribution: {
          strategy: config.strategy ?? (tracer ? "tracer" : "ranker"),
          model: tracer ? config.tracer_model : "",
          settle_seconds: config.settle_seconds,
        },
        gateway: config.gateway_upstream !== undefined,
      };
    },
  };
}
