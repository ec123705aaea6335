import type { Span } from "@culprit/schemas";
import { processOf } from "./clocks.ts";
import { compareText } from "./compare-text.ts";
import type { Node } from "./forest.ts";

/** When a span was, for putting steps in order: a time, and for equal times whose turn it was. */
export interface Place {
  /** When it began. */
  before: { at: bigint; turn: number };
  /** When it was over, and all it did. */
  after: { at: bigint; turn: number };
}

/**
 * How much times of one process disagree: SDKs cut the start of a span down to the millisecond and measure its length
 * exactly, so that what came after a call can seem to begin up to a millisecond before the call ended.
 */
const GRAIN = 1_000_000n;

/**
 * Where each span of a run belongs in time, by span id. Under one parent, spans that follow each other (to within
 * {@link GRAIN}) stay behind each other with all that is inside of them; spans that overlap are interleaved by time. Equal
 * times: earlier start, earlier end, smaller span id of those under one parent. Linear but for sorting.
 *
 * @param forest parents before children
 * @param offsets of processes whose clocks are off (`clockOffsets`)
 */
export function placesOf(forest: readonly Node[], offsets: ReadonlyMap<string, bigint>): Map<string, Place> {
  const children = new Map<Node | null, Timed[]>();
  for (const node of forest) {
    const timed = timedNode(node, offsets);
    const siblings = children.get(node.parent);
    if (siblings === undefined) children.set(node.parent, [timed]);
    else siblings.push(timed);
  }
  const places = new Map<string, Place>();
  let turn = 0;
  const stack: Visit[] = [visit(children.get(null) ?? [], undefined, 0n)];
  while (stack.length > 0) {
    const top = stack.at(-1) as Visit;
    const child = top.queue[top.next];
    if (child !== undefined) {
      top.next++;
      if (child.start >= top.clusterEnd - GRAIN) startCluster(top);
      if (child.end > top.clusterEnd) top.clusterEnd = child.end;
      const at = child.start > top.floor ? child.start : top.floor;
      if (at > top.latest) top.latest = at;
      const place = { before: { at, turn: turn++ }, after: { at, turn: 0 } };
      places.set(child.node.span.span_id, place);
      stack.push(visit(children.get(child.node) ?? [], { timed: child, place }, at));
      continue;
    }
    stack.pop();
    if (top.of === undefined) continue;
    const { timed, place } = top.of;
    // What goes on inside after the end was left to itself, and is not waited for.
    const inside = top.latest <= timed.end + GRAIN ? top.latest : 0n;
    const ended = timed.end > place.before.at ? timed.end : place.before.at;
    place.after = { at: timed.end > timed.start && inside > ended ? inside : ended, turn: turn++ };
    const around = stack.at(-1);
    if (around !== undefined && place.after.at > around.latest) around.latest = place.after.at;
  }
  return places;
}

interface Timed {
  node: Node;
  start: bigint;
  /** Not before the start. */
  end: bigint;
}

/** The children of a span, on their way. */
interface Visit {
  of: { timed: Timed; place: Place } | undefined;
  queue: readonly Timed[];
  next: number;
  /** Nothing of the children that come now was before this. */
  floor: bigint;
  /** When the last of the children that overlap ended, by its own times. */
  clusterEnd: bigint;
  /** The latest moment of anything inside so far. */
  latest: bigint;
}

function visit(queue: Timed[], of: Visit["of"], floor: bigint): Visit {
  return { of, queue: queue.sort(compareTimed), next: 0, floor, clusterEnd: -1n, latest: floor };
}

/** What comes now follows on all that came before: it was not earlier, whatever the last millisecond says. */
function startCluster(top: Visit): void {
  if (top.clusterEnd < 0n) return;
  const over = top.latest <= top.clusterEnd + GRAIN ? top.latest : top.clusterEnd;
  if (over > top.floor) top.floor = over;
}

function compareTimed(left: Timed, right: Timed): number {
  if (left.start !== right.start) return left.start < right.start ? -1 : 1;
  if (left.end !== right.end) return left.end < right.end ? -1 : 1;
  return compareText(left.node.span.span_id, right.node.span.span_id);
}

function timedNode(node: Node, offsets: ReadonlyMap<string, bigint>): Timed {
  const { span } = node;
  const offset = offsets.size === 0 ? 0n : (offsets.get(processOf(span)) ?? 0n);
  const start = nanos(span.start_time_unix_nano) + offset;
  const end = nanos(span.end_time_unix_nano) + offset;
  return { node, start, end: end < start ? start : end };
}

function nanos(time: Span["start_time_unix_nano"]): bigint {
  return /^\d{1,20}$/.test(time) ? BigInt(time) : 0n;
}
