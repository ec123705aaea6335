import { quoted } from "../places.ts";
import { codeOperator } from "./edits.ts";
import { childrenOf, nodesOf } from "./language.ts";

/** Something is not done. */
export const droppedStatement = codeOperator(
  "code-dropped-statement",
  "leaves a statement out",
  ({ tree, code, language }) =>
    nodesOf(tree)
      .filter(({ name, parent }) => language.statements.includes(name) && language.bodies.includes(parent?.name ?? ""))
      .map((statement) => {
        const siblings =
          statement.parent === null ? [] : childrenOf(statement.parent).filter(({ name }) => !/^[{}:]$/.test(name));
        const alone = siblings.length === 1 && language.emptyStatement !== "";
        const { from, to } = alone ? statement : wholeLines(code, statement.from, statement.to);
        return {
          from,
          to,
          insert: alone ? language.emptyStatement : "",
          reason: `The code leaves out ${quoted(code.slice(statement.from, statement.to))}.`,
        };
      }),
);

/** The lines of a statement that shares them with no other. */
function wholeLines(code: string, from: number, to: number): { from: number; to: number } {
  const start = code.lastIndexOf("\n", from - 1) + 1;
  const newline = code.indexOf("\n", to);
  const end = newline === -1 ? code.length : newline + 1;
  const alone = code.slice(start, from).trim() === "" && code.slice(to, end).trim() === "";
  return alone ? { from: start, to: end } : { from, to };
}
