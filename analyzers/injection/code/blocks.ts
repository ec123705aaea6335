import type { Tree } from "@lezer/common";
import type { Action } from "../../replay/action.ts";
import { textPlaces } from "../places.ts";
import { LANGUAGES, type Language, nodesOf, parses } from "./language.ts";

/** A piece of code in an action that its language's parser understands as a whole. */
export interface CodeBlock {
  language: Language;
  code: string;
  tree: Tree;
  put(code: string): Action;
}

const FENCE = /^([ \t]*)(```|~~~)[ \t]*([\w+-]*)[^\n]*\n([\s\S]*?)^\1\2[ \t]*$/gm;
/** Longer texts are left alone; a parser takes its time over prose. */
const LONGEST = 200_000;
const LONGEST_BARE = 50_000;
/** What any program has, to spare the parser most prose. */
const HINT = /[;={}]|\b(?:def|return|import)\b/;
/** What prose that happens to parse does not have. */
const PROGRAM =
  /^(?:FunctionDeclaration|FunctionDefinition|ClassDe\w+|ReturnStatement|VariableDeclaration|AssignStatement|ImportStatement|ForStatement|WhileStatement|ArrowFunction)$/;

/** The code of an action: fenced blocks of its texts, and texts that are code as a whole, such as a tool's argument. */
export function codeBlocks(action: Action): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (const { text, put } of textPlaces(action)) {
    if (text.length > LONGEST) continue;
    const fenced = [...text.matchAll(FENCE)];
    for (const match of fenced) {
      const [, , , word = "", code = ""] = match;
      const from = match.index + match[0].indexOf("\n") + 1;
      const block = read(code, word.toLowerCase(), (changed) =>
        put(`${text.slice(0, from)}${changed}${text.slice(from + code.length)}`),
      );
      if (block !== null) blocks.push(block);
    }
    if (fenced.length > 0 || text.length > LONGEST_BARE || !HINT.test(text)) continue;
    const whole = read(text, "", put);
    if (whole !== null) blocks.push(whole);
  }
  return blocks;
}

function read(code: string, word: string, put: CodeBlock["put"]): CodeBlock | null {
  const named = LANGUAGES.filter(({ fences }) => fences.includes(word));
  if (named.length === 0 && word !== "") return null;
  for (const language of named.length > 0 ? named : LANGUAGES) {
    const tree = language.parse(code);
    if (!parses(tree)) continue;
    if (word === "" && !nodesOf(tree).some(({ name }) => PROGRAM.test(name))) continue;
    return { language, code, tree, put };
  }
  return null;
}
