import {
  type Attributes,
  type AttributeValue,
  type Config,
  CULPRIT,
  type RawLog,
  type RawSpan,
  REDACTION_RULES,
} from "@culprit/schemas";
import { putAttribute } from "../otlp/values.ts";
import { applyRule, compileRules } from "./custom-rules.ts";
import { findSecrets } from "./scan.ts";
import { SECRET_KEY } from "./token-rules.ts";

/** How often each rule struck. */
export type RuleCounts = Map<string, number>;

/** Takes secrets out of what is about to be stored. */
export interface Redactor {
  /** A text without its secrets; strikes are added to `counts`. */
  text(value: string, counts: RuleCounts): string;
  /** A span, changed in place; its strikes are its attribute `culprit.redacted`. */
  span(span: RawSpan): void;
  /** A log record, changed in place like a span. */
  log(log: RawLog): void;
  /** Strikes by rule since the start. */
  counts(): ReadonlyMap<string, number>;
}

/** Attribute keys whose sense is remembered: senders use few, strangers may use many. */
const KNOWN_KEYS = 10_000;
/** Names of agents, models and the like come again with every span; those known to be clean are not looked at again. */
const SHORT_TEXT = 40;
const KNOWN_TEXTS = 5000;

/**
 * A redactor of the built-in rules that are not skipped and of the custom ones, in that order.
 *
 * @throws CulpritError `config_invalid` for a custom rule that can't be used
 */
export function createRedactor(config: Pick<Config, "redact_skip" | "redact_rules">): Redactor {
  const rules = new Set<string>(REDACTION_RULES.filter((rule) => !config.redact_skip.includes(rule)));
  const custom = compileRules(config.redact_rules);
  const total: RuleCounts = new Map();
  const byKey = rules.has("secret_assignment");
  const secretKeys = new Map<string, boolean>();
  const clean = new Set<string>();

  const text = (value: string, counts: RuleCounts): string => {
    const short = value.length <= SHORT_TEXT;
    if (short && clean.has(value)) return value;
    const cleaned = redacted(value, counts);
    if (short && cleaned === value) {
      if (clean.size >= KNOWN_TEXTS) clean.clear();
      clean.add(value);
    }
    return cleaned;
  };

  const redacted = (value: string, counts: RuleCounts): string => {
    const hits = findSecrets(value, rules);
    let cleaned = value;
    if (hits.length > 0) {
      const pieces: string[] = [];
      let from = 0;
      for (const { rule, start, end } of hits) {
        pieces.push(value.slice(from, start), `[redacted:${rule}]`);
        from = end;
        add(counts, rule, 1);
      }
      cleaned = pieces.join("") + value.slice(from);
    }
    for (const rule of custom) {
      const applied = applyRule(rule, cleaned);
      if (applied.count > 0) add(counts, rule.name, applied.count);
      cleaned = applied.text;
    }
    return cleaned;
  };

  const isSecretKey = (key: string): boolean => {
    if (!byKey || key.length > 200) return false;
    const known = secretKeys.get(key);
    if (known !== undefined) return known;
    if (secretKeys.size >= KNOWN_KEYS) secretKeys.clear();
    const secret = SECRET_KEY.test(key);
    secretKeys.set(key, secret);
    return secret;
  };

  const value = (given: AttributeValue, secret: boolean, counts: RuleCounts): AttributeValue => {
    if (typeof given === "string") {
      if (!secret || given === "" || given.startsWith("[redacted:")) return text(given, counts);
      add(counts, "secret_assignment", 1);
      return "[redacted:secret_assignment]";
    }
    if (typeof given !== "object" || given === null) return given;
    if (Array.isArray(given)) {
      for (let index = 0; index < given.length; index++) {
        given[index] = value(given[index] as AttributeValue, secret, counts);
      }
    } else attributes(given, counts, secret);
    return given;
  };

  const attributes = (given: Attributes, counts: RuleCounts, secret = false): void => {
    for (const key of Object.keys(given)) {
      const before = given[key] as AttributeValue;
      if (typeof before !== "string" && typeof before !== "object") continue;
      const after = value(before, secret || isSecretKey(key), counts);
      if (after !== before) putAttribute(given, key, after);
    }
  };

  /** Says in the attributes how often each rule struck; what a sender says of it is not believed. */
  const note = (target: Attributes, counts: RuleCounts): void => {
    if (Object.hasOwn(target, CULPRIT.redacted)) delete target[CULPRIT.redacted];
    if (counts.size === 0) return;
    target[CULPRIT.redacted] = Object.fromEntries(counts);
    for (const [rule, count] of counts) add(total, rule, count);
  };

  // The spans of a resource share its attributes.
  const seen = new WeakSet<Attributes>();
  const resource = (given: Attributes): void => {
    if (seen.has(given)) return;
    seen.add(given);
    const counts: RuleCounts = new Map();
    attributes(given, counts);
    note(given, counts);
  };

  return {
    text: (given, counts) => {
      const own: RuleCounts = new Map();
      const cleaned = text(given, own);
      for (const [rule, count] of own) {
        add(counts, rule, count);
        add(total, rule, count);
      }
      return cleaned;
    },
    span(span) {
      const counts: RuleCounts = new Map();
      resource(span.resource_attributes);
      attributes(span.attributes, counts);
      span.name = text(span.name, counts);
      span.status_message = text(span.status_message, counts);
      for (const event of span.events) {
        event.name = text(event.name, counts);
        attributes(event.attributes, counts);
      }
      for (const link of span.links) attributes(link.attributes, counts);
      note(span.attributes, counts);
    },
    log(log) {
      const counts: RuleCounts = new Map();
      resource(log.resource_attributes);
      attributes(log.attributes, counts);
      log.body = value(log.body, false, counts);
      note(log.attributes, counts);
    },
    counts: () => total,
  };
}

function add(counts: RuleCounts, rule: string, count: number): void {
  counts.set(rule, (counts.get(rule) ?? 0) + count);
}
