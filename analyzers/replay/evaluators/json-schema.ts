import { CulpritError } from "@culprit/schemas";
import { z } from "zod";
import type { Evaluator } from "./evaluator.ts";

/**
 * The answer is JSON that a JSON schema accepts.
 *
 * @throws CulpritError `usage` for a schema that can't be read
 */
export function jsonSchema(schema: object): Evaluator {
  let reader: z.ZodType;
  try {
    reader = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    throw new CulpritError("usage", "This is no JSON schema that can be read.", { mend: "Correct it.", cause });
  }
  return ({ answer }) => {
    let value: unknown;
    try {
      value = JSON.parse(answer);
    } catch {
      return { success: false, feedback: "The answer is no JSON." };
    }
    const checked = reader.safeParse(value);
    if (checked.success) return { success: true };
    const [issue] = checked.error.issues;
    return {
      success: false,
      feedback: `${issue?.path.join(".") || "The answer"}: ${issue?.message ?? "does not fit"}`,
    };
  };
}
