import { CulpritError, type RedactRule } from "@culprit/schemas";
import { RE2JS } from "re2js";

/** A rule of the settings, compiled. */
export interface CustomRule {
  name: string;
  contains: string | undefined;
  pattern: RE2JS;
}

/**
 * Compiles the rules of the settings for RE2's algorithm, whose time is linear in the text whatever the pattern.
 *
 * @throws CulpritError `config_invalid` for a pattern that is not RE2, that matches nothing at all, or a name given twice
 */
export function compileRules(rules: readonly RedactRule[]): CustomRule[] {
  return rules.map((rule, index) => {
    if (rules.findIndex(({ name }) => name === rule.name) !== index) throw wrong(rule, "its name is taken");
    let pattern: RE2JS;
    try {
      pattern = RE2JS.compile(rule.pattern);
    } catch (cause) {
      throw wrong(rule, cause instanceof Error ? cause.message : "it does not compile", cause);
    }
    if (pattern.matcher("").find()) throw wrong(rule, "its pattern matches the empty text");
    return { name: rule.name, contains: rule.contains, pattern };
  });
}

function wrong(rule: RedactRule, why: string, cause?: unknown): CulpritError {
  return new CulpritError("config_invalid", `The redaction rule ${rule.name} can't be used: ${why}.`, {
    mend: "Correct it in redact_rules; patterns are RE2, without look-around and back-references.",
    cause,
  });
}

/** A text without what the rule matches, and how often it matched. */
export function applyRule(rule: CustomRule, text: string): { text: string; count: number } {
  if (rule.contains !== undefined && !text.includes(rule.contains)) return { text, count: 0 };
  const matcher = rule.pattern.matcher(text);
  const pieces: string[] = [];
  let from = 0;
  let count = 0;
  while (matcher.find()) {
    if (matcher.end() === matcher.start()) continue;
    pieces.push(text.slice(from, matcher.start()), `[redacted:${rule.name}]`);
    from = matcher.end();
    count++;
  }
  return count === 0 ? { text, count } : { text: pieces.join("") + text.slice(from), count };
}
