import type { SyntaxNode } from "@lezer/common";
import { type CodeEdit, codeOperator, should } from "./edits.ts";
import { childrenOf, type Language, nodesOf } from "./language.ts";

/** A branch is taken when it must not be. */
export const invertedCondition = codeOperator(
  "code-inverted-condition",
  "turns a condition into its opposite",
  ({ tree, code, language }) =>
    nodesOf(tree)
      .flatMap((node) => conditionsOf(node, language))
      .map((node) => inverted(node, code, language)),
);

function conditionsOf(node: SyntaxNode, language: Language): SyntaxNode[] {
  const after = language.branches[node.name];
  if (after === undefined) return [];
  const children = childrenOf(node);
  const found =
    after.length === 0
      ? children.slice(0, 1)
      : children.filter((_, at) => after.includes(children[at - 1]?.name ?? ""));
  return found.map((condition) => {
    const inner = childrenOf(condition).filter(({ name }) => name !== "(" && name !== ")");
    const [only] = inner;
    return condition.name === "ParenthesizedExpression" && inner.length === 1 && only ? only : condition;
  });
}

function inverted(condition: SyntaxNode, code: string, language: Language): CodeEdit {
  const was = code.slice(condition.from, condition.to);
  const insert = opposite(condition, code, language);
  return { from: condition.from, to: condition.to, insert, reason: should(insert, was) };
}

/** `a < b` becomes `a >= b`, `!a` becomes `a`; what has no opposite of its own is negated as a whole. */
function opposite(condition: SyntaxNode, code: string, language: Language): string {
  const was = code.slice(condition.from, condition.to);
  const [first, middle, last] = childrenOf(condition);
  if (condition.name === "BinaryExpression" && middle?.name === "CompareOp" && last !== undefined) {
    const other = language.opposites[code.slice(middle.from, middle.to)];
    if (other !== undefined)
      return `${code.slice(condition.from, middle.from)}${other}${code.slice(middle.to, condition.to)}`;
  }
  if (condition.name === "UnaryExpression" && first && middle && /^(?:!|not)$/.test(code.slice(first.from, first.to))) {
    return code.slice(middle.from, middle.to);
  }
  return language.negate(was);
}
