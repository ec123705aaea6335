import type { SyntaxNode } from "@lezer/common";
import { type CodeEdit, codeOperator, should } from "./edits.ts";
import { nodesOf } from "./language.ts";

const NEIGHBOURS: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };

/** A bound is missed by one. */
export const offByOne = codeOperator("code-off-by-one", "moves a bound or a whole number by one", ({ tree, code }) =>
  nodesOf(tree).flatMap((node) => editsOf(node, code)),
);

function editsOf(node: SyntaxNode, code: string): CodeEdit[] {
  const was = code.slice(node.from, node.to);
  const others = othersOf(node, was);
  // The whole expression is quoted, so that the sentence can be found in the code.
  const around = node.name === "CompareOp" || node.name === "Number" ? (node.parent ?? node) : node;
  return others.map((insert) => ({
    from: node.from,
    to: node.to,
    insert,
    reason: should(
      `${code.slice(around.from, node.from)}${insert}${code.slice(node.to, around.to)}`,
      code.slice(around.from, around.to),
    ),
  }));
}

function othersOf(node: SyntaxNode, was: string): string[] {
  if (node.name === "CompareOp") return NEIGHBOURS[was] === undefined ? [] : [NEIGHBOURS[was]];
  if (node.name === "Number")
    return /^\d{1,15}$/.test(was) ? [String(Number(was) + 1), String(Math.max(0, Number(was) - 1))] : [];
  const isLength = /^(?:MemberExpression|CallExpression)$/.test(node.name) && /(?:\.length|^len\([^()]*\))$/.test(was);
  return isLength ? [`${was} - 1`] : [];
}
