import type { Prompt } from "../../attribution/endpoint/client.ts";
import { cutMiddle } from "../../trajectory/fence.ts";

/** A call of the model and what it was answered: never one without the other. */
export interface Exchange {
  call: string;
  result: string;
}

/** What the diagnosing model is shown. */
export interface Conversation {
  system: string;
  /** The task, what the run is, what is known of such runs. */
  opening: string;
  /** What exchanges that were dropped had found; empty when none were, or nobody wrote it down. */
  summary: string;
  exchanges: readonly Exchange[];
}

/** The conversation as a prompt. */
export function promptOf({ system, opening, summary, exchanges }: Conversation): Prompt {
  const noted = summary === "" ? "" : `\n\nWhat you found before, in your own words:\n${summary}`;
  return {
    system,
    user: `${opening}${noted}`,
    turns: exchanges.flatMap(({ call, result }) => [
      { role: "assistant" as const, content: call },
      { role: "user" as const, content: result },
    ]),
  };
}

/** Characters that a conversation takes in a request. */
export function charsOf(conversation: Conversation): number {
  const { system, user, turns = [] } = promptOf(conversation);
  return system.length + user.length + turns.reduce((sum, { content }) => sum + content.length, 0);
}

const SHARE = 0.4;
const SHORTEST = 400;

/**
 * A shorter conversation without asking anybody: the oldest exchanges go, in pairs; when one is left, its texts are
 * halved, then the summary and the opening. Null when nothing can go any more. What it returns is always shorter, so
 * that shrinking ends. Pure.
 */
export function slideWindow(conversation: Conversation): Conversation | null {
  const { exchanges } = conversation;
  if (exchanges.length > 1) {
    const dropped = Math.max(1, Math.floor(exchanges.length * SHARE));
    return { ...conversation, exchanges: exchanges.slice(dropped) };
  }
  const [last] = exchanges;
  for (const shorter of [
    () =>
      last === undefined
        ? null
        : halved(last.result, (result) => ({ ...conversation, exchanges: [{ ...last, result }] })),
    () => halved(conversation.summary, (summary) => ({ ...conversation, summary })),
    () =>
      last === undefined ? null : halved(last.call, (call) => ({ ...conversation, exchanges: [{ ...last, call }] })),
    () => halved(conversation.opening, (opening) => ({ ...conversation, opening })),
  ]) {
    const made = shorter();
    if (made !== null) return made;
  }
  return null;
}

function halved(text: string, put: (text: string) => Conversation): Conversation | null {
  if (text.length <= SHORTEST) return null;
  const cut = cutMiddle(text, Math.floor(text.length / 2), "\n");
  return cut.length < text.length ? put(cut) : null;
}

/** The exchanges that a summary would replace, and those that stay. */
export function splitForSummary(
  { exchanges }: Conversation,
  keep = 2,
): { old: readonly Exchange[]; kept: readonly Exchange[] } {
  const at = Math.max(0, exchanges.length - keep);
  return { old: exchanges.slice(0, at), kept: exchanges.slice(at) };
}
