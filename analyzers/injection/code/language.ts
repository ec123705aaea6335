import type { SyntaxNode, Tree } from "@lezer/common";
import { parser as javascript } from "@lezer/javascript";
import { parser as python } from "@lezer/python";

/** What the code operators must know about a language: its parser and the names of its syntax nodes. */
export interface Language {
  name: "javascript" | "python";
  parse(code: string): Tree;
  /** Nodes whose condition decides what runs, and the tokens a condition follows; none: it is the first child. */
  branches: Record<string, readonly string[]>;
  /** Nodes that run on their own line and whose loss leaves a program. */
  statements: readonly string[];
  /** Nodes that hold statements. */
  bodies: readonly string[];
  /** Words before fenced code. */
  fences: readonly string[];
  truth: readonly [string, string];
  nothing: string;
  negate(condition: string): string;
  /** Text that leaves an empty place where a body has no other statement. */
  emptyStatement: string;
  opposites: Readonly<Record<string, string>>;
}

const COMPARISONS = { "<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "==" };

export const LANGUAGES: readonly Language[] = [
  {
    name: "javascript",
    parse: (code) => javascript.configure({ dialect: "ts jsx" }).parse(code),
    branches: {
      IfStatement: ["if"],
      WhileStatement: ["while"],
      DoStatement: ["while"],
      ConditionalExpression: [],
    },
    statements: [
      "ExpressionStatement",
      "IfStatement",
      "ForStatement",
      "BreakStatement",
      "ContinueStatement",
      "ThrowStatement",
    ],
    bodies: ["Block", "Script"],
    fences: ["js", "javascript", "ts", "typescript", "jsx", "tsx", "mjs", "node"],
    truth: ["true", "false"],
    nothing: "null",
    negate: (condition) => `!(${condition})`,
    emptyStatement: "",
    opposites: { ...COMPARISONS, "===": "!==", "!==": "===", "&&": "||", "||": "&&" },
  },
  {
    name: "python",
    parse: (code) => python.parse(code),
    branches: { IfStatement: ["if", "elif"], WhileStatement: ["while"], ConditionalExpression: ["if"] },
    statements: [
      "ExpressionStatement",
      "AssignStatement",
      "UpdateStatement",
      "IfStatement",
      "ForStatement",
      "BreakStatement",
      "ContinueStatement",
      "RaiseStatement",
    ],
    bodies: ["Body", "Script"],
    fences: ["py", "python", "python3"],
    truth: ["True", "False"],
    nothing: "None",
    negate: (condition) => `not (${condition})`,
    emptyStatement: "pass",
    opposites: { ...COMPARISONS, and: "or", or: "and" },
  },
];

/** Whether the parser understood all of it. */
export function parses(tree: Tree): boolean {
  let whole = true;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) whole = false;
      return whole;
    },
  });
  return whole;
}

/** Every node of a tree, parents first. */
export function nodesOf(tree: Tree): SyntaxNode[] {
  const nodes: SyntaxNode[] = [];
  tree.iterate({ enter: (node) => void nodes.push(node.node) });
  return nodes;
}

/** A node's children, tokens included, comments not. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (!/Comment$/.test(child.name)) children.push(child);
  }
  return children;
}
