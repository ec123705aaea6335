import type { IncomingSpan } from "@culprit/schemas";
import { encodeBlock } from "../native/block.ts";
import { hexColumn, type NativeColumn, textColumn } from "../native/columns.ts";
import type { ContentSink } from "../rows/span.ts";
import { NO_NODE, nodeId, writeReference } from "./nodes.ts";
import type { NodeKey, SeenNodes } from "./seen.ts";
import { split } from "./split.ts";

/** Shorter texts stay in their rows: a reference and a node would take as much. */
export const CONTENT_CHARACTERS = 1024;

interface ContentRow {
  project: string;
  trace_id: string;
  node: string;
  parent: string;
  text: string;
}

const columns: readonly NativeColumn<ContentRow>[] = [
  textColumn("project", (row) => row.project),
  textColumn("trace_id", (row) => row.trace_id),
  hexColumn("node", 16, (row) => row.node),
  hexColumn("parent", 16, (row) => row.parent),
  textColumn("text", (row) => row.text),
];

export const CONTENT_COLUMNS = columns.map(({ name }) => name);

/** Takes the large texts out of one block of spans, each piece of them once. */
export class ContentCollector implements ContentSink {
  readonly #seen: SeenNodes;
  readonly #rows: ContentRow[] = [];
  readonly #fresh = new Map<string, NodeKey>();

  constructor(seen: SeenNodes) {
    this.#seen = seen;
  }

  /** The nodes of {@link encode}, to be remembered once they are durable. */
  get fresh(): NodeKey[] {
    return [...this.#fresh.values()];
  }

  put(span: IncomingSpan, text: string): string | undefined {
    if (text.length < CONTENT_CHARACTERS) return undefined;
    const { chains, tail } = split(text);
    const ids = chains.map((chain) => {
      let parent = NO_NODE;
      for (const piece of chain) parent = this.#node(span, parent, piece);
      return parent;
    });
    return writeReference(ids, tail);
  }

  /** A Native block of `contents`; no bytes when everything was there already. */
  encode(): Buffer {
    return this.#rows.length === 0 ? Buffer.alloc(0) : encodeBlock(columns, this.#rows);
  }

  #node({ project, trace_id }: IncomingSpan, parent: string, text: string): string {
    const id = nodeId(parent, text);
    const key: NodeKey = { trace: `${project}/${trace_id}`, id };
    const name = key.trace + id;
    if (this.#fresh.has(name) || this.#seen.has(key)) return id;
    this.#fresh.set(name, key);
    this.#rows.push({ project, trace_id, node: id, parent, text });
    return id;
  }
}
