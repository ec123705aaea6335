import { CulpritError } from "@culprit/schemas";
import { RE2JS } from "re2js";
import type { Evaluator } from "./evaluator.ts";

/**
 * The answer holds a match. RE2 syntax, matched in linear time, so that no answer can stall it.
 *
 * @throws CulpritError `usage` for a pattern that RE2 does not read
 */
export function regularExpression(pattern: string): Evaluator {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw new CulpritError("usage", `${pattern} is no RE2 pattern.`, {
      mend: "Leave look-arounds and back references out.",
      cause,
    });
  }
  return ({ answer }) => {
    const success = compiled.matcher(answer).find();
    return { success, feedback: success ? "" : `The answer does not match ${pattern}.` };
  };
}
