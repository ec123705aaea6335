import type { Trajectory } from "@culprit/schemas";
import { z } from "zod";
import { FOLDER_FORMATS, IMPORT_FORMATS } from "../../importers/formats.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { type Finding, RULES, type RuleName } from "../rules/finding.ts";
import { STEP_CLASSES } from "../words.ts";

/** Families of errors; what a run printed is never kept, only which of these it was. */
export const ERROR_FAMILIES = [
  "none",
  "syntax",
  "import",
  "missing_file",
  "missing_command",
  "permission",
  "type",
  "name",
  "value",
  "assertion",
  "timeout",
  "build",
  "edit_refused",
  "other",
] as const;
export type ErrorFamily = (typeof ERROR_FAMILIES)[number];

export const POSITIONS = ["early", "middle", "late"] as const;
const RULE_NAMES = Object.keys(RULES) as [RuleName, ...RuleName[]];

/** What a failure looked like, in words of ours alone: nothing of a run's text fits into it. */
export const patternSchema = z.strictObject({
  rule: z.enum(RULE_NAMES),
  class: z.enum(STEP_CLASSES),
  error: z.enum(ERROR_FAMILIES),
  position: z.enum(POSITIONS),
});
export type Pattern = z.infer<typeof patternSchema>;

/** A pattern as it is remembered. */
export const rememberedSchema = patternSchema.extend({
  /** Runs that it was seen in. */
  seen: z.number().int().nonnegative(),
  /** Verified runs in which it pointed at the decisive step, and in which it pointed elsewhere. */
  helped: z.number().int().nonnegative(),
  hurt: z.number().int().nonnegative(),
  last: z.iso.datetime(),
});
export type Remembered = z.infer<typeof rememberedSchema>;

const FAMILIES: readonly (readonly [RegExp, ErrorFamily])[] = [
  [/syntaxerror|indentationerror|unexpected token|parse error|unterminated/, "syntax"],
  [/modulenotfound|importerror|cannot find module/, "import"],
  [/no replacement|proposed edit|no match found|string to replace/, "edit_refused"],
  [/command not found/, "missing_command"],
  [/no such file|filenotfound|cannot access|does not exist/, "missing_file"],
  [/permission denied|permissionerror/, "permission"],
  [/typeerror|attributeerror/, "type"],
  [/nameerror|referenceerror|undefined/, "name"],
  [/valueerror|keyerror|indexerror/, "value"],
  [/assert/, "assertion"],
  [/time[d ]?out|timeout/, "timeout"],
  [/make|error ts|^error\[|npm err|undefined reference/, "build"],
];

export function familyOf(signature: string | undefined): ErrorFamily {
  if (signature === undefined) return "none";
  return FAMILIES.find(([form]) => form.test(signature))?.[1] ?? "other";
}

export function keyOf({ rule, class: own, error, position }: Pattern): string {
  return [rule, own, error, position].join("|");
}

/** The pattern of a finding; undefined for a step that is none. */
export function patternOf({ rule, step }: Finding, { steps }: Pick<Diagnosis, "steps">): Pattern | undefined {
  const own = steps.find((known) => known.step === step);
  if (own === undefined) return undefined;
  const share = steps.length <= 1 ? 1 : own.ordinal / (steps.length - 1);
  return {
    rule,
    class: own.class,
    error: familyOf(own.errors[0]?.signature),
    position: share < 1 / 3 ? "early" : share < 2 / 3 ? "middle" : "late",
  };
}

/**
 * Which kind of agent ran: the name of a format that we know, never what a run calls itself. A run of no known format
 * is `other`.
 */
export function agentKind({ source }: Pick<Trajectory, "source">): string {
  return [...IMPORT_FORMATS, ...FOLDER_FORMATS].some(({ name }) => name === source) ? source : "other";
}
