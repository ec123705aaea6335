import type { Fault, FaultSite, PureOperator } from "../operator.ts";
import { quoted } from "../places.ts";
import { type CodeBlock, codeBlocks } from "./blocks.ts";
import { parses } from "./language.ts";

/** One way to spoil a program: the text between two places becomes another. */
export interface CodeEdit {
  from: number;
  to: number;
  insert: string;
  /** What is wrong then; a sentence. */
  reason: string;
}

/** An operator on the syntax tree. Of all its edits after which the program still parses, the seed chooses one. */
export function codeOperator(name: string, does: string, edits: (block: CodeBlock) => CodeEdit[]): PureOperator {
  return { name, family: "code", does, apply: (site) => spoil(site, edits) };
}

function spoil({ action, random }: FaultSite, edits: (block: CodeBlock) => CodeEdit[]): Fault | null {
  const choices = codeBlocks(action).flatMap((block) => edits(block).map((edit) => ({ block, edit })));
  for (const { block, edit } of random.shuffled(choices)) {
    const code = `${block.code.slice(0, edit.from)}${edit.insert}${block.code.slice(edit.to)}`;
    if (code === block.code || !parses(block.language.parse(code))) continue;
    return { action: block.put(code), reason: edit.reason };
  }
  return null;
}

/** `"a < b" should be "a <= b"`, about code. */
export function should(is: string, be: string): string {
  return `The code has ${quoted(is)} where ${quoted(be)} is right.`;
}
