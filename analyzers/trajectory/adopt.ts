import { compareText } from "./compare-text.ts";
import type { Node } from "./forest.ts";
import { compareNanos } from "./time.ts";

/** Steps that looking for lost parents may take: a trace of nothing but orphans must not be quadratic. */
const MOST_WORK = 2_000_000;

/** Operations with nothing but themselves inside. */
const LEAVES: ReadonlySet<string> = new Set(["chat", "generate_content", "text_completion", "embeddings"]);

/** Spans whose parent, one and the same, never arrived: their virtual parent lies around all of them. */
interface Orphans {
  parentId: string;
  nodes: Node[];
  start: string;
  end: string;
}

/**
 * Gives spans whose parent never arrived the tightest span around them in time. Spans that name the same lost parent
 * stay together. Where several spans that do not enclose one another lie around them (agents at work side by side), or
 * the agent around them was busy with work of its own meanwhile, it is the tightest that encloses all of that: a guess
 * between agents would blame one for another's work. Spans that nothing encloses stay at the top.
 *
 * Parents are set in place; the result is the same for any order of `nodes`.
 */
export function adoptOrphans(nodes: readonly Node[], arrived: ReadonlyMap<string, Node>): void {
  const groups = orphansOf(nodes, arrived);
  if (groups.length === 0) return;
  const budget = { left: MOST_WORK };
  const tops = topsOf(nodes);
  const waiting = new Set(groups.flatMap((group) => group.nodes));
  const children = childrenOf(nodes);
  for (const group of groups) {
    budget.left -= nodes.length;
    if (budget.left < 0) return;
    // What is settled never moves again and what waits adopts nobody, so adopting makes no cycle.
    const around = nodes.filter((node) => encloses(node, group) && !waiting.has(tops.get(node) ?? node));
    let parent = tightestCommon(around, budget);
    while (parent !== null && isBusy(parent, group, children, budget)) parent = parent.parent;
    for (const node of group.nodes) {
      waiting.delete(node);
      node.parent = parent;
    }
  }
}

/** Earliest and widest first, so that what was lost inside something lost finds it. */
function orphansOf(nodes: readonly Node[], arrived: ReadonlyMap<string, Node>): Orphans[] {
  const groups = new Map<string, Orphans>();
  for (const node of nodes) {
    const { parent_span_id: parentId, start_time_unix_nano: start, end_time_unix_nano: end } = node.span;
    if (node.parent !== null || parentId === "" || arrived.has(parentId)) continue;
    const group = groups.get(parentId);
    if (group === undefined) {
      groups.set(parentId, { parentId, nodes: [node], start, end });
      continue;
    }
    group.nodes.push(node);
    if (compareNanos(start, group.start) < 0) group.start = start;
    if (compareNanos(end, group.end) > 0) group.end = end;
  }
  return [...groups.values()].sort(
    (left, right) =>
      compareNanos(left.start, right.start) ||
      compareNanos(right.end, left.end) ||
      compareText(left.parentId, right.parentId),
  );
}

function encloses({ span }: Node, { start, end }: Orphans): boolean {
  return (
    !LEAVES.has(span.reading.operation) &&
    compareNanos(span.start_time_unix_nano, start) <= 0 &&
    compareNanos(span.end_time_unix_nano, end) >= 0
  );
}

/** The top of the tree each node is in. */
function topsOf(nodes: readonly Node[]): Map<Node, Node> {
  const tops = new Map<Node, Node>();
  for (const node of nodes) {
    const path: Node[] = [];
    let at = node;
    for (; at.parent !== null && !tops.has(at); at = at.parent) path.push(at);
    const top = tops.get(at) ?? at;
    for (const passed of path) tops.set(passed, top);
    tops.set(node, top);
  }
  return tops;
}

function childrenOf(nodes: readonly Node[]): Map<Node, Node[]> {
  const children = new Map<Node, Node[]>();
  for (const node of nodes) {
    if (node.parent === null) continue;
    const siblings = children.get(node.parent);
    if (siblings === undefined) children.set(node.parent, [node]);
    else siblings.push(node);
  }
  return children;
}

/** The lowest span at or above all of those that have none of the others inside. */
function tightestCommon(around: readonly Node[], budget: { left: number }): Node | null {
  const above = new Set<Node>();
  for (const { parent } of around) {
    for (let at = parent; at !== null && !above.has(at); at = at.parent) above.add(at);
  }
  const [first, ...others] = around.filter((node) => !above.has(node));
  let common: Node | null = first ?? null;
  for (const other of others) {
    const path = new Set<Node>();
    for (let at: Node | null = other; at !== null; at = at.parent) path.add(at);
    budget.left -= path.size;
    while (common !== null && !path.has(common)) common = common.parent;
    if (common === null || budget.left < 0) return null;
  }
  return common;
}

/** An agent does one thing at a time: one with work of its own while the orphans ran is not theirs. */
function isBusy(
  parent: Node,
  group: Orphans,
  children: ReadonlyMap<Node, readonly Node[]>,
  budget: { left: number },
): boolean {
  if (parent.span.reading.operation !== "invoke_agent") return false;
  const own = children.get(parent) ?? [];
  budget.left -= own.length;
  return own.some(
    ({ span }) =>
      span.reading.operation !== "" &&
      compareNanos(span.start_time_unix_nano, group.end) < 0 &&
      compareNanos(span.end_time_unix_nano, group.start) > 0 &&
      group.nodes.some((node) => overlap(node, span)),
  );
}

function overlap({ span }: Node, other: Node["span"]): boolean {
  return (
    compareNanos(span.start_time_unix_nano, other.end_time_unix_nano) < 0 &&
    compareNanos(other.start_time_unix_nano, span.end_time_unix_nano) < 0
  );
}
