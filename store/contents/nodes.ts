import { hash } from "node:crypto";

/** 16 bytes as hex digits. */
export const ID_DIGITS = 32;
/** The parent of the first node of a chain. */
export const NO_NODE = "0".repeat(ID_DIGITS);

/** One piece of content; what it stands for is its parent's text followed by its own. */
export interface ContentNode {
  id: string;
  parent: string;
  text: string;
}

/** What a node is called: the same after the same, wherever and however often it is written. */
export function nodeId(parent: string, text: string): string {
  return hash("sha256", parent + text, "hex").slice(0, ID_DIGITS);
}

/** `id.id:tail`: the last nodes of a value's chains, and what follows them. */
export function writeReference(ids: readonly string[], tail: string): string {
  return `${ids.join(".")}:${tail}`;
}

/** The texts nodes stand for, each put together once; they share what they have in common. */
export class ContentReader {
  readonly #nodes = new Map<string, ContentNode>();
  readonly #texts = new Map<string, string>([[NO_NODE, ""]]);

  constructor(nodes: readonly ContentNode[]) {
    for (const node of nodes) this.#nodes.set(node.id, node);
  }

  /** What a reference stands for, or undefined when a node of it is not there (any more). */
  read(reference: string): string | undefined {
    const colon = reference.indexOf(":");
    let text = "";
    for (const id of reference.slice(0, colon).split(".")) {
      const part = this.#textOf(id);
      if (part === undefined) return undefined;
      text += part;
    }
    return text + reference.slice(colon + 1);
  }

  #textOf(id: string): string | undefined {
    const path: ContentNode[] = [];
    let at = id;
    let text = this.#texts.get(at);
    while (text === undefined) {
      const node = this.#nodes.get(at);
      // A chain is no longer than there are nodes, whatever is stored.
      if (node === undefined || path.length > this.#nodes.size) return undefined;
      path.push(node);
      at = node.parent;
      text = this.#texts.get(at);
    }
    for (const node of path.reverse()) {
      text += node.text;
      this.#texts.set(node.id, text);
    }
    return text;
  }
}
