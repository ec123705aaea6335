import type { Trajectory } from "@culprit/schemas";
import type { AnswerMessage } from "../endpoint/client.ts";
import type { Read } from "../judge/read-json.ts";
import { type Agreement, bare, speakerOf } from "../judge/speaker.ts";
import { splitThinking } from "../judge/split-thinking.ts";

export type { AnswerMessage as TracerMessage } from "../endpoint/client.ts";
export type { Agreement } from "../judge/speaker.ts";

export type ParsedAnswer =
  | { status: "attributed"; agent: string; step: number; agreement: Agreement; think: string }
  | { status: "unparsable_answer" | "unknown_agent" | "unknown_step"; reason: string; think: string };

/**
 * Reads `<think>…</think><answer>agent|step</answer>` out of a response (AgenTracer, section 4.2) in any shape that
 * servers give it (see `splitThinking`), and checks the pair against the run (see `speakerOf`). Pure.
 */
export function parseAnswer(message: AnswerMessage, trajectory: Trajectory): ParsedAnswer {
  const read = readAnswer(message);
  if (read.ok) return { ...speakerOf(read.value, trajectory), think: read.think };
  return { status: "unparsable_answer", reason: read.reason, think: splitThinking(message).think };
}

/** The pair a response names, whatever the run. */
export function readAnswer(message: AnswerMessage): Read<{ agent: string; step: number }> {
  const { think, final } = splitThinking(message);
  const pair = readPair(final);
  if (pair !== undefined) return { ok: true, value: pair, think };
  const quoted = final.trim() === "" ? "nothing after its reasoning" : `“${final.trim().slice(0, 120)}”`;
  return { ok: false, reason: `The tracer answered ${quoted}, which is not <answer>agent|step</answer>.` };
}

/** The last answer given; the closing tag may be missing where it was the stop string. */
function readPair(final: string): { agent: string; step: number } | undefined {
  const open = final.toLowerCase().lastIndexOf("<answer>");
  const body = open < 0 ? final : (final.slice(open + "<answer>".length).split(/<\/answer>/i)[0] ?? "");
  const text = body.trim();
  const bar = text.lastIndexOf("|");
  if (bar < 0 || text.includes("\n")) return undefined;
  const step = /^(?:step(?:\s*(?:id|number))?\s*[:#]?\s*)?(\d{1,9})$/i.exec(bare(text.slice(bar + 1)));
  const agent = bare(text.slice(0, bar)).replace(/^agent(?:\s*(?:id|name))?\s*:\s*/i, "");
  return step?.[1] === undefined || agent === "" ? undefined : { agent, step: Number(step[1]) };
}
