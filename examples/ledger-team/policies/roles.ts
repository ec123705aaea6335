import { type ChatMessage, digest, type PolicyAnswer } from "../../scripted-endpoint/policies/conversation.ts";
import { written } from "../arithmetic.ts";
import type { LedgerRole } from "../prompts.ts";
import { writeConditions } from "../table.ts";
import { phrase } from "./phrases.ts";
import { COMBINATION_WORDS, FOLD_WORDS, type ReadPlan, readFigures, readPlan, requestIn } from "./read.ts";

type Policy = (messages: readonly ChatMessage[]) => PolicyAnswer;

/** What each role answers when it makes no mistake. All they know is what they are told. */
export const LEDGER_POLICIES: Record<LedgerRole, Policy> = { lead, researcher, analyst, reviewer, writer };

/** The first user message: the request and what colleagues said. */
function brief(messages: readonly ChatMessage[]): string {
  return messages.find(({ role }) => role === "user")?.content ?? "";
}

/** Tool answers since the user last spoke. */
function answersIn(messages: readonly ChatMessage[]): string[] {
  const from = messages.findLastIndex(({ role }) => role === "user");
  return messages.slice(from + 1).flatMap(({ role, content }) => (role === "tool" ? [content] : []));
}

function about(messages: readonly ChatMessage[]): string {
  return /\bRequest (\d+)\./.exec(brief(messages))?.[1] ?? brief(messages).slice(0, 200);
}

function say(...lines: (string | null)[]): PolicyAnswer {
  return { content: lines.filter((line) => line !== null).join("\n"), tool_calls: [] };
}

function call(messages: readonly ChatMessage[], content: string, name: string, given: object): PolicyAnswer {
  const id = `call_${digest(JSON.stringify(messages)).slice(0, 12)}`;
  return { content, tool_calls: [{ id, name, arguments: JSON.stringify(given) }] };
}

function lead(messages: readonly ChatMessage[]): PolicyAnswer {
  const task = requestIn(brief(messages));
  if (task === null) return say("I do not know this kind of request, so I cannot plan it.");
  const { lookups, table, measure, fold, combination, unit, number } = task;
  const steps = [
    ...lookups.map((where) => `Look in \`${table.name}\` for the rows in which ${writeConditions(where)}.`),
    `Take \`${measure}\` of each row.`,
    combination === null
      ? `Then ${FOLD_WORDS[fold]}.`
      : `Then ${FOLD_WORDS[fold]} of each look-up, and ${COMBINATION_WORDS[combination]}.`,
    `Report the result in ${unit}.`,
  ];
  return say(
    phrase("plan", number),
    "",
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    "",
    phrase("planEnd", number),
  );
}

function researcher(messages: readonly ChatMessage[]): PolicyAnswer {
  const plan = readPlan(brief(messages));
  const found = answersIn(messages);
  const next = plan.lookups[found.length];
  if (plan.lookups.length === 0) return say("The plan names no rows that I could look for.");
  if (next !== undefined) {
    const opener = phrase("search", `${about(messages)} ${found.length}`);
    return call(messages, opener, "find_rows", { table: plan.table, where: writeConditions(next) });
  }
  const lines = found.map((answer, index) => {
    const rows = rowsIn(answer);
    const figures = rows.flatMap((row) =>
      row.cells[plan.column] === undefined ? [] : [`${row.cells[plan.column]} (${row.name})`],
    );
    return `- Look-up ${index + 1}, \`${plan.column}\` of ${rows.length} rows: ${figures.join(", ")}`;
  });
  return say(phrase("note", about(messages)), "", ...lines);
}

/** `Morvik | region: Harbour | amount: 12.5` */
function rowsIn(answer: string): { name: string; cells: Record<string, string> }[] {
  return answer
    .split("\n")
    .filter((line) => line.includes(" | "))
    .map((line) => {
      const [name = "", ...cells] = line.split(" | ");
      return { name, cells: Object.fromEntries(cells.map((cell) => cell.split(": ") as [string, string])) };
    });
}

function analyst(messages: readonly ChatMessage[]): PolicyAnswer {
  const [result] = answersIn(messages).slice(-1);
  if (result !== undefined) {
    const figure = /-?\d+(?:\.\d+)?/.exec(result)?.[0];
    if (figure === undefined) return say("I could not work this out: there is no result.");
    return say(phrase("result", about(messages)), "", `Result: ${figure}`);
  }
  const expression = expressionFor(readPlan(brief(messages)), readFigures(latestNote(messages)));
  if (expression === null) return say("I could not work this out: the note holds no figures for the plan.");
  return call(messages, phrase("work", about(messages)), "calculate", { expression });
}

/** The last thing the user told, in which the newest note stands. */
function latestNote(messages: readonly ChatMessage[]): string {
  return messages.findLast(({ role }) => role === "user")?.content ?? "";
}

function expressionFor({ fold, combination }: ReadPlan, figures: readonly number[][]): string | null {
  if (fold === null || figures.length === 0 || figures.some((list) => list.length === 0)) return null;
  const [first = "", second] = figures.map((list) => `${fold}(${list.join(", ")})`);
  if (combination === null || second === undefined) return first;
  if (combination === "share") return `${first} / ${second} * 100`;
  return `${first} ${combination === "difference" ? "-" : "+"} ${second}`;
}

function reviewer(messages: readonly ChatMessage[]): PolicyAnswer {
  const told = brief(messages);
  const [counted] = answersIn(messages).slice(-1);
  const { lookups, table } = readPlan(told);
  const where = lookups[0];
  if (counted === undefined) {
    if (where === undefined) return say("There is no look-up that I could check.", "", "Verdict: approve");
    return call(messages, phrase("count", about(messages)), "count_rows", { table, where: writeConditions(where) });
  }
  const rows = Number(/\d+/.exec(counted)?.[0]);
  const [first = []] = readFigures(told).slice(-Math.max(1, lookups.length));
  if (first.length === rows) return say(phrase("approve", about(messages)), "", "Verdict: approve");
  return say(
    `The first look-up has ${rows} rows, the note has ${first.length} figures for it. Please look again.`,
    "",
    "Verdict: redo",
  );
}

function writer(messages: readonly ChatMessage[]): PolicyAnswer {
  const told = brief(messages);
  const figure = /^Result: (-?\d+(?:\.\d+)?)$/m.exec(told)?.[1];
  const unit = /The answer should be in (\w+)/.exec(told)?.[1] ?? "";
  if (figure === undefined) return say("We could not find the answer to this request.", "", "Answer: unknown");
  return say(phrase("answer", about(messages)), "", `Answer: ${written(Number(figure))} ${unit}`);
}
