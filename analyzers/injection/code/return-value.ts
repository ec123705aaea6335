import { codeOperator, should } from "./edits.ts";
import { childrenOf, nodesOf } from "./language.ts";

const LOGICAL = /^(?:BinaryExpression|UnaryExpression)$/;

/** A function gives back something else. */
export const returnValue = codeOperator(
  "code-return-value",
  "returns another value from a function",
  ({ tree, code, language }) =>
    nodesOf(tree)
      .filter(({ name }) => name === "ReturnStatement")
      .flatMap((statement) => {
        const value = childrenOf(statement).find(({ name }) => name !== "return" && name !== ";");
        if (value === undefined) return [];
        const was = code.slice(value.from, value.to);
        const [yes, no] = language.truth;
        const others = [language.nothing];
        if (was === yes || was === no) others.unshift(was === yes ? no : yes);
        else if (value.name === "Number") others.unshift(`${was} + 1`);
        else if (value.name === "ArrayExpression") others.unshift("[]");
        else if (LOGICAL.test(value.name) && /[<>=!&|]|\b(?:and|or|not|in)\b/.test(was))
          others.unshift(language.negate(was));
        else if (value.name === "BinaryExpression") others.unshift(`(${was}) + 1`);
        return others.map((insert) => ({
          from: value.from,
          to: value.to,
          insert,
          reason: should(`return ${insert}`, `return ${was}`),
        }));
      }),
);
