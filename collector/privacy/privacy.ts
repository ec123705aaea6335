import type { Config, RawLog, RawSpan } from "@culprit/schemas";
import { createRedactor } from "./redactor.ts";
import { dropLogContent, dropSpanContent } from "./without-content.ts";

/** What is done to everything on its way into the store: nothing is stored that did not pass here. */
export interface Privacy {
  /** Takes secrets, and content where it is not captured, out of spans, in place. */
  spans(project: string, spans: readonly RawSpan[]): void;
  /** The same for log records. */
  logs(project: string, logs: readonly RawLog[]): void;
  /** A text that came another way (feedback, a reason), without secrets. */
  text(value: string): string;
  /** A text that repeats what was said in a run, without secrets; a marker where content is not captured. */
  content(project: string, value: string): string;
  /** How often each rule struck since the start. */
  counts(): ReadonlyMap<string, number>;
}

export type PrivacySettings = Pick<Config, "redact_skip" | "redact_rules" | "capture_content" | "projects">;

/** @throws CulpritError `config_invalid` for a redaction rule that can't be used */
export function createPrivacy(config: PrivacySettings): Privacy {
  const redactor = createRedactor(config);
  const captures = (project: string): boolean => {
    const own = Object.hasOwn(config.projects, project) ? config.projects[project]?.capture_content : undefined;
    return own ?? config.capture_content;
  };
  const text = (value: string): string => redactor.text(value, new Map());
  return {
    spans(project, spans) {
      const keep = captures(project);
      for (const span of spans) {
        if (!keep) dropSpanContent(span);
        redactor.span(span);
      }
    },
    logs(project, logs) {
      const keep = captures(project);
      for (const log of logs) {
        if (!keep) dropLogContent(log);
        redactor.log(log);
      }
    },
    text,
    content: (project, value) =>
      captures(project) || value === "" ? text(value) : `[not kept: ${value.length} characters]`,
    counts: () => redactor.counts(),
  };
}
