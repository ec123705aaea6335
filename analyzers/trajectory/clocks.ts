import type { Span } from "@culprit/schemas";
import type { Node } from "./forest.ts";

/**
 * How far the clock of each process of a run is off against the one its root ran in, in nanoseconds to add; empty where
 * none is (the rule).
 *
 * A clock is off when a span begins before the span that called it, or, unless it was queued, ends after that one
 * though it took less time.
 * Then the process is moved as a whole, so that order within it stays: to the middle of what its calls allow, or, where
 * they allow nothing in common, as far as it takes for no span to begin before its caller.
 *
 * @param forest parents before children
 */
export function clockOffsets(forest: readonly Node[]): ReadonlyMap<string, bigint> {
  const offsets = new Map<string, bigint>();
  const processes = new Map<Node, string>();
  const calls = new Map<string, Call[]>();
  for (const node of forest) {
    const process = processOf(node.span);
    processes.set(node, process);
    const caller = node.parent === null ? undefined : processes.get(node.parent);
    if (node.parent === null || caller === undefined || caller === process) continue;
    const known = calls.get(process);
    const call = { caller, above: node.parent.span, below: node.span };
    if (known === undefined) calls.set(process, [call]);
    else known.push(call);
  }
  if (calls.size === 0) return offsets;
  const settled = new Set<string>();
  for (const process of processes.values()) {
    if (settled.has(process)) continue;
    settled.add(process);
    // A process that is called first from one whose clock is known goes by those calls alone: no cycles.
    const known = (calls.get(process) ?? []).filter(({ caller }) => caller !== process && settled.has(caller));
    const offset = offsetOf(known, offsets);
    if (offset !== 0n) offsets.set(process, offset);
  }
  return offsets;
}

/** What tells one clock from another: the process, as far as its resource says. */
export function processOf({ resource_attributes: resource }: Span): string {
  return IDENTITY.map((key) => {
    const value = resource[key];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  }).join("\u0000");
}

const IDENTITY = ["service.namespace", "service.name", "service.instance.id", "host.id", "host.name", "process.pid"];

interface Call {
  caller: string;
  above: Span;
  below: Span;
}

function offsetOf(calls: readonly Call[], offsets: ReadonlyMap<string, bigint>): bigint {
  let off = false;
  let least: bigint | undefined;
  let most: bigint | undefined;
  for (const { caller, above, below } of calls) {
    const shift = offsets.get(caller) ?? 0n;
    const [start, end] = [nanos(above.start_time_unix_nano) + shift, nanos(above.end_time_unix_nano) + shift];
    const [begun, ended] = [nanos(below.start_time_unix_nano), nanos(below.end_time_unix_nano)];
    const queued = above.kind === "producer" || below.kind === "consumer";
    // Work that outlasts its caller was left to itself; any other was waited for and ended before it.
    const room = end - start >= ended - begun ? end - ended : end - begun;
    const waited = !queued && end >= start;
    off ||= begun < start || (waited && room < 0n);
    if (least === undefined || start - begun > least) least = start - begun;
    if (waited && (most === undefined || room < most)) most = room;
  }
  if (!off || least === undefined) return 0n;
  return most === undefined || most < least ? least : (least + most) / 2n;
}

function nanos(time: string): bigint {
  return /^\d{1,20}$/.test(time) ? BigInt(time) : 0n;
}
