import { seededRandom } from "@culprit/analyzers";
import { requestIn } from "../ledger-team/policies/read.ts";
import { slip } from "../ledger-team/policies/slips.ts";
import type { Knowledge, Pitfall } from "./knowledge/knowledge.ts";
import { recall } from "./knowledge/library.ts";
import { statement } from "./language/statements.ts";
import { type ChatMessage, lastOf, type PolicyAnswer } from "./policies/conversation.ts";

/** The model that is asked for a mistake instead of an answer (π_attacker of AgenTracer). No language model either. */
export const SABOTEUR_MODEL = "scripted-saboteur";

/**
 * One action with a mistake that its agent could have made by itself: the very kinds of mistakes the scripted agents
 * make. The answer is the JSON that the fault operator `model` asks for; without a mistake in it where there is none to
 * make.
 *
 * @param seed of the request: another seed, another mistake
 */
export function sabotage(messages: readonly ChatMessage[], seed: number): PolicyAnswer {
  const asked = lastOf(messages, "user");
  const action = actionIn(asked);
  const random = seededRandom("saboteur", seed);
  const task = between(asked, "TASK");
  const known = recall(task);
  const wrong =
    requestIn(task) !== null
      ? slip(action, asked, random)
      : known === null
        ? null
        : misread(action, known, random.shuffled);
  const { content, tool_calls } = wrong ?? action;
  const answer = {
    action: content,
    arguments: tool_calls.map((call) => JSON.parse(call.arguments) as unknown),
    reason: wrong === null ? "Nothing is wrong in it." : "It is not what the messages before it say.",
  };
  return { content: JSON.stringify(answer), tool_calls: [] };
}

function between(text: string, marker: string): string {
  const from = text.indexOf(`<<<${marker}\n`);
  const to = text.indexOf(`\n${marker}>>>`, from);
  return from === -1 || to === -1 ? "" : text.slice(from + marker.length + 4, to);
}

function actionIn(asked: string): PolicyAnswer {
  const calls = between(asked, "TOOL CALLS")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { name: string; arguments: unknown });
  return {
    content: between(asked, "ACTION"),
    tool_calls: calls.map(({ name, arguments: given }) => ({ id: "", name, arguments: JSON.stringify(given) })),
  };
}

/** A sentence of a plan, or the statement it stands for in code, read as the tempting wrong one. */
function misread(
  { content, tool_calls }: PolicyAnswer,
  { quiet, loud, guard }: Knowledge,
  shuffled: <Item>(items: readonly Item[]) => Item[],
): PolicyAnswer | null {
  const pitfalls = [quiet, loud, ...(guard === null ? [] : [guard])];
  const edits = pitfalls.flatMap(({ right, wrong }: Pitfall) => {
    const [was, becomes] = [statement(right)?.source, statement(wrong)?.source];
    return [[right, wrong] as const, ...(was === undefined || becomes === undefined ? [] : [[was, becomes] as const])];
  });
  const [edit] = shuffled(edits.filter(([was]) => content.includes(was)));
  return edit === undefined || tool_calls.length > 0
    ? null
    : { content: content.replace(edit[0], () => edit[1]), tool_calls };
}
