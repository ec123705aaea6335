import { CulpritError } from "@culprit/schemas";
import { RE2JS } from "re2js";
import { SCRUB_RULES, type ScrubRule, scrub } from "../canonical.ts";

const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";

/**
 * What commands print that differs from one execution to the next without meaning anything. Order matters: a rule
 * works on what those before it left.
 */
export const VOLATILE_OUTPUT: readonly ScrubRule[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escape sequences are what is looked for
  { pattern: /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g, replacement: "" },
  { pattern: /\r\n?/g, replacement: "\n" },
  ...SCRUB_RULES,
  // ls -l: links, owner, group, the size of folders and the time
  {
    pattern: new RegExp(`^(d[\\w-]{9})[+.@]? +\\d+ +\\S+ +\\S+ +\\d+ +${MONTH} +\\d+ +[\\d:]+`, "gm"),
    replacement: "$1 <entry>",
  },
  {
    pattern: new RegExp(`^([-lbcps][\\w-]{9})[+.@]? +\\d+ +\\S+ +\\S+ +(\\d+) +${MONTH} +\\d+ +[\\d:]+`, "gm"),
    replacement: "$1 $2 <entry>",
  },
  { pattern: /^total \d+$/gm, replacement: "total <blocks>" },
  {
    pattern: new RegExp(
      `(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:${MONTH} +\\d{1,2}|\\d{1,2} ${MONTH})(?: \\d{4})?,? \\d\\d:\\d\\d(?::\\d\\d)?(?: [AP]M)?(?: [A-Z]{3,4})?(?: \\d{4})?(?: [+-]\\d{4})?`,
      "g",
    ),
    replacement: "<time>",
  },
  { pattern: /\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, replacement: "<time>" },
  { pattern: /(duration_ms:? |time=|elapsed:? )[\d.]+/g, replacement: "$1<duration>" },
  {
    pattern: /\b\d+(?:\.\d+)?(?:e-\d+)? ?(?:ms|µs|us|ns|s|sec|secs|seconds?|minutes?|min)\b/g,
    replacement: "<duration>",
  },
  { pattern: /\b0x[0-9a-f]{6,16}\b/gi, replacement: "<address>" },
  { pattern: /\b(pid|process|PID)([ :=]+)\d+\b/g, replacement: "$1$2<pid>" },
  { pattern: /\b(localhost|127\.0\.0\.1|\[::1\]):\d{4,5}\b/g, replacement: "$1:<port>" },
];

/** Takes further volatile text out of an output. */
export type Steady = (output: string) => string;

/**
 * What is volatile in the outputs of one system, by patterns in RE2 syntax.
 *
 * @throws CulpritError `usage` for a pattern that RE2 does not read
 */
export function volatilePatterns(patterns: readonly string[]): Steady {
  const compiled = patterns.map((pattern) => {
    try {
      return RE2JS.compile(pattern, RE2JS.MULTILINE);
    } catch (cause) {
      throw new CulpritError("usage", `${pattern} is no RE2 pattern.`, { mend: "Correct --volatile.", cause });
    }
  });
  return (output) => compiled.reduce((text, pattern) => pattern.matcher(text).replaceAll("<volatile>"), output);
}

/** An output without what is volatile, as lines. */
export function steadyLines(output: string, more: Steady = (text) => text): string[] {
  const lines = more(scrub(output, VOLATILE_OUTPUT)).split("\n");
  const trimmed = lines.map((line) => line.trimEnd());
  while (trimmed.at(-1) === "") trimmed.pop();
  return trimmed.slice(
    Math.max(
      0,
      trimmed.findIndex((line) => line !== ""),
    ),
  );
}
