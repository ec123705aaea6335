import type { CallResult, Prompt } from "../../attribution/endpoint/client.ts";
import { splitThinking } from "../../attribution/judge/split-thinking.ts";
import { fenced } from "../../trajectory/fence.ts";
import { type Conversation, charsOf, slideWindow, splitForSummary } from "./conversation.ts";

/** How often which tier made room, and how often a summary failed. */
export interface Compactions {
  summaries: number;
  windows: number;
  failures: number;
}

export interface CompactOptions {
  instruction: string;
  ask: (prompt: Prompt) => Promise<CallResult>;
  counts: Compactions;
  /** Summaries that failed in a row; from three on none is tried in this diagnosis. */
  failedInARow: { count: number };
}

const GIVE_UP_AFTER = 3;
/** Exchanges that a summary is worth asking for. */
const FEWEST = 3;

/**
 * A shorter conversation: its older part summed up by the model, else the oldest pairs dropped. Null when nothing can
 * go any more. A summary that fails, says nothing or is no shorter counts as failed, and the window slides in its
 * place: every call of this makes the conversation shorter.
 */
export async function compact(conversation: Conversation, options: CompactOptions): Promise<Conversation | null> {
  const { old, kept } = splitForSummary(conversation);
  if (old.length >= FEWEST && options.failedInARow.count < GIVE_UP_AFTER) {
    const notes = old.map(({ call, result }) => `Call:\n${fenced(call)}\nAnswer:\n${result}`).join("\n");
    const before = conversation.summary === "" ? "" : `Found before:\n${fenced(conversation.summary)}\n`;
    const result = await options.ask({ system: options.instruction, user: `${before}${notes}` });
    const said = result.ok ? splitThinking(result.completion.message).final.trim() : "";
    // The model wrote it from what others wrote: it goes back as data.
    const summed: Conversation = { ...conversation, summary: fenced(said), exchanges: kept };
    if (said !== "" && charsOf(summed) < charsOf(conversation)) {
      options.failedInARow.count = 0;
      options.counts.summaries++;
      return summed;
    }
    options.failedInARow.count++;
    options.counts.failures++;
  }
  options.counts.windows++;
  return slideWindow(conversation);
}
