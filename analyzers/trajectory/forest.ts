import type { Span } from "@culprit/schemas";
import { adoptOrphans } from "./adopt.ts";
import { compareText } from "./compare-text.ts";
import { compareNanos } from "./time.ts";

/** A span with its place among the others. */
export interface Node {
  span: Span;
  /**
   * The parent, or for spans whose parent never arrived the tightest span around them; null for roots, for orphans that
   * nothing encloses, and where a cycle was cut.
   */
  parent: Node | null;
  /** Edges above it, 0 at the top of its tree. */
  depth: number;
}

/**
 * Spans as a forest, every parent before its children. Each span id counts once, spans whose parent never
 * arrived are adopted (`adoptOrphans`), and a cycle of parents (only hostile or broken senders make one) is cut at its
 * smallest span id. The result does not depend on the order of `spans`; time and memory are linear but for one sort and
 * the orphans, whose share is bounded, and without recursion.
 */
export function buildForest(spans: readonly Span[]): Node[] {
  const byId = new Map<string, Node>();
  for (const span of spans) {
    const known = byId.get(span.span_id);
    if (known === undefined) byId.set(span.span_id, { span, parent: null, depth: 0 });
    else if (compareCopies(span, known.span) < 0) known.span = span;
  }
  const nodes = [...byId.values()].sort((left, right) => compareText(left.span.span_id, right.span.span_id));
  for (const node of nodes) node.parent = byId.get(node.span.parent_span_id) ?? null;
  cutCycles(nodes);
  adoptOrphans(nodes, byId);
  return parentsFirst(nodes);
}

/** Earlier start, then nearer the top, then the smaller id. */
export function compareNodes(left: Node, right: Node): number {
  return (
    compareNanos(left.span.start_time_unix_nano, right.span.start_time_unix_nano) ||
    left.depth - right.depth ||
    compareText(left.span.span_id, right.span.span_id)
  );
}

/** The copy that ended last says most; among equals any fixed choice will do. */
function compareCopies(left: Span, right: Span): number {
  return (
    compareNanos(right.end_time_unix_nano, left.end_time_unix_nano) ||
    compareText(fingerprint(left), fingerprint(right))
  );
}

function fingerprint(span: Span): string {
  try {
    return JSON.stringify(span);
  } catch {
    return span.name;
  }
}

/** Every node has one parent, so the cycles and their smallest members are the same whatever the order of walking. */
function cutCycles(nodes: readonly Node[]): void {
  const walkOf = new Map<Node, number>();
  for (const [walk, start] of nodes.entries()) {
    let node: Node | null = start;
    while (node !== null && !walkOf.has(node)) {
      walkOf.set(node, walk);
      node = node.parent;
    }
    if (node !== null && walkOf.get(node) === walk) smallestOfCycle(node).parent = null;
  }
}

function smallestOfCycle(member: Node): Node {
  let smallest = member;
  for (let node = member.parent; node !== null && node !== member; node = node.parent) {
    if (node.span.span_id < smallest.span.span_id) smallest = node;
  }
  return smallest;
}

function parentsFirst(nodes: readonly Node[]): Node[] {
  const children = new Map<Node, Node[]>();
  const ordered: Node[] = [];
  for (const node of nodes) {
    if (node.parent === null) ordered.push(node);
    else {
      const siblings = children.get(node.parent);
      if (siblings === undefined) children.set(node.parent, [node]);
      else siblings.push(node);
    }
  }
  for (let at = 0; at < ordered.length; at++) {
    const node = ordered[at] as Node;
    for (const child of children.get(node) ?? []) {
      child.depth = node.depth + 1;
      ordered.push(child);
    }
  }
  return ordered;
}
