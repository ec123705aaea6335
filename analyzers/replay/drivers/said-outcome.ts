import { z } from "zod";
import type { Ended, ExternalEnd } from "./external.ts";

const saidSchema = z.object({
  success: z.boolean().nullable().optional(),
  outcome: z.enum(["success", "failure", "unknown"]).optional(),
  score: z.number().nullable().optional(),
  feedback: z.string().optional(),
  answer: z.unknown().optional(),
});

/**
 * What a system says about its end: `{"success": true}` or `{"outcome": "failure"}`, with `score`, `feedback` and
 * `answer` if it likes. Null for a value of another shape.
 */
export function saidEnd(value: unknown): { outcome: Ended | null; answer: string | null } | null {
  const parsed = saidSchema.safeParse(value);
  if (!parsed.success) return null;
  const { success, outcome, score, feedback, answer } = parsed.data;
  if (success === undefined && outcome === undefined && answer === undefined) return null;
  const decided =
    success === undefined ? { success: true, failure: false, unknown: null }[outcome ?? "unknown"] : success;
  const says = success !== undefined || outcome !== undefined;
  return {
    outcome: says
      ? { success: decided, ...(score === undefined ? {} : { score }), ...(feedback === undefined ? {} : { feedback }) }
      : null,
    answer: answer === undefined ? null : typeof answer === "string" ? answer : JSON.stringify(answer),
  };
}

/** The last line of an output that is a JSON object saying how the run ended; without one, the output is the answer. */
export function endOfOutput(output: string): ExternalEnd {
  for (const line of output.split("\n").reverse()) {
    const text = line.trim();
    if (!text.startsWith("{")) continue;
    try {
      const said = saidEnd(JSON.parse(text));
      if (said !== null) return { outcome: said.outcome, answer: said.answer ?? output.trim() };
    } catch {
      // A line that only looks like JSON.
    }
  }
  return { outcome: null, answer: output.trim() };
}
