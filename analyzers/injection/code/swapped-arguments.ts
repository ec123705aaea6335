import type { SyntaxNode } from "@lezer/common";
import { type CodeEdit, codeOperator, should } from "./edits.ts";
import { childrenOf, nodesOf } from "./language.ts";

/** Two values trade places. */
export const swappedArguments = codeOperator(
  "code-swapped-arguments",
  "swaps two arguments of a call, or the two sides of a difference or quotient",
  ({ tree, code }) =>
    nodesOf(tree).flatMap((node) =>
      pairsOf(node, code).map(([left, right]) => swap(node.parent ?? node, left, right, code)),
    ),
);

function pairsOf(node: SyntaxNode, code: string): [SyntaxNode, SyntaxNode][] {
  const children = childrenOf(node);
  if (node.name === "ArgList") {
    const given = children.filter(({ name }) => !/^[(),]$/.test(name));
    // A keyword argument is several nodes in a row; such calls are left alone.
    if (children.some(({ name }) => name === "AssignOp")) return [];
    return given.slice(1).map((right, index) => [given[index] as SyntaxNode, right]);
  }
  const [left, operator, right] = children;
  const ordered = operator && /^(?:-|\/|%|\/\/|\*\*)$/.test(code.slice(operator.from, operator.to));
  return node.name === "BinaryExpression" && ordered && left && right ? [[left, right]] : [];
}

function swap(around: SyntaxNode, left: SyntaxNode, right: SyntaxNode, code: string): CodeEdit {
  const text = ({ from, to }: { from: number; to: number }) => code.slice(from, to);
  const insert = `${text(right)}${text({ from: left.to, to: right.from })}${text(left)}`;
  const place = around.to - around.from > 200 ? { from: left.from, to: right.to } : around;
  return {
    from: left.from,
    to: right.to,
    insert,
    reason: should(
      `${text({ from: place.from, to: left.from })}${insert}${text({ from: right.to, to: place.to })}`,
      text(place),
    ),
  };
}
