import { z } from "zod";
import type { AnswerMessage } from "../endpoint/client.ts";
import { splitThinking } from "./split-thinking.ts";

export type Read<Value> = { ok: true; value: Value; think: string } | { ok: false; reason: string };

/** A step as models write it: `3`, `"3"`, `"Step 3"`, `"[3]"`. */
export const stepNumber = z.union([
  z.number().int().nonnegative(),
  z
    .string()
    .regex(/^\s*\[?(?:step\s*)?\[?#?\d{1,9}\]?\s*$/i)
    .transform((text) => Number(/\d+/.exec(text)?.[0])),
]);
/** 0 to 100, also where a model writes a share of 1 or a text. */
export const score = z.coerce.number().min(0).max(100);

/**
 * The last JSON object of an answer that has the wanted shape; prose and code fences around it do not matter. Drafts
 * inside the thinking are no answer, unless a reasoning parser swallowed the answer too.
 */
export function readJson<Value>(message: AnswerMessage, schema: z.ZodType<Value>): Read<Value> {
  const { think, final } = splitThinking(message);
  const swallowed = final.trim() === "" && /\}(?:\s*```)?$/.test(think);
  const text = swallowed ? think : final;
  for (const candidate of objectsIn(text).reverse()) {
    const parsed = schema.safeParse(candidate);
    if (parsed.success) return { ok: true, value: parsed.data, think };
  }
  const quoted = final.trim() === "" ? "nothing after its reasoning" : `“${final.trim().slice(0, 120)}”`;
  return { ok: false, reason: `The model answered ${quoted}, which is not the JSON asked for.` };
}

/** Every top-level `{…}` of a text that is JSON, in order. Linear in the text. */
function objectsIn(text: string): unknown[] {
  const found: unknown[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"' || character === "\n") quoted = false;
    } else if (character === '"' && depth > 0) quoted = true;
    else if (character === "{") {
      if (depth++ === 0) start = at;
    } else if (character === "}" && depth > 0 && --depth === 0) {
      try {
        found.push(JSON.parse(text.slice(start, at + 1)));
      } catch {
        // Prose with braces in it.
      }
    }
  }
  return found;
}
