import { readFile } from "node:fs/promises";
import { CulpritError, toolCallSchema } from "@culprit/schemas";
import { z } from "zod";
import type { Oracle } from "../oracle.ts";

const correctionSchema = z.strictObject({
  /** 0-based. */
  step: z.number().int().nonnegative(),
  /** The corrected text. */
  action: z.string(),
  tool_calls: z.array(toolCallSchema).default([]),
});
const fileSchema = z.union([z.array(correctionSchema), z.strictObject({ corrections: z.array(correctionSchema) })]);

/**
 * Corrections somebody wrote down: `[{"step": 3, "action": "…"}]`. Steps that are not in it are taken as right.
 *
 * @throws CulpritError `usage` for a file that can't be read or holds something else
 */
export async function correctionsFile(path: string): Promise<Oracle> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new CulpritError("usage", `${path} can't be read as JSON.`, { mend: "Correct --corrections.", cause });
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    throw new CulpritError("usage", `${path} holds no corrections.`, {
      mend: 'Write [{"step": 3, "action": "the corrected text"}].',
    });
  }
  const corrections = Array.isArray(parsed.data) ? parsed.data : parsed.data.corrections;
  return corrected(corrections.map(({ step, action, tool_calls }) => ({ step, content: action, tool_calls })));
}

/** Corrections as an oracle. */
export function corrected(
  corrections: readonly ({ step: number } & Exclude<Awaited<ReturnType<Oracle>>, string | null>)[],
): Oracle {
  return ({ step }) => corrections.find((correction) => correction.step === step.index) ?? null;
}
