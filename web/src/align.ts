import type { Step } from "@culprit/schemas";

/** One row of two runs side by side; null where a run has no such step. */
export interface Pair {
  left: Step | null;
  right: Step | null;
  /** Both did the same. */
  same: boolean;
}

/** Pairs of steps that are tried at most; longer runs are laid side by side by place after what they share. */
const MOST_PAIRS = 4_000_000;

/**
 * Two runs side by side. What they share at the start and the end stays together; between, steps are paired so that most
 * are the same, then so that most are of the same actor (Needleman and Wunsch, 1970).
 *
 * @param pinned index of a step that is the same turn in both, whatever was said: where a replay stepped in
 */
export function align(left: readonly Step[], right: readonly Step[], pinned?: number): Pair[] {
  const [was, is] = pinned === undefined ? [] : [left[pinned], right[pinned]];
  if (pinned === undefined || was === undefined || is === undefined) return aligned(left, right);
  return [
    ...aligned(left.slice(0, pinned), right.slice(0, pinned)),
    { left: was, right: is, same: sameness(was) === sameness(is) },
    ...aligned(left.slice(pinned + 1), right.slice(pinned + 1)),
  ];
}

function aligned(left: readonly Step[], right: readonly Step[]): Pair[] {
  const [was, is] = [left.map(sameness), right.map(sameness)];
  let head = 0;
  while (head < left.length && head < right.length && was[head] === is[head]) head += 1;
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    was[left.length - 1 - tail] === is[right.length - 1 - tail]
  )
    tail += 1;
  const middle = between(
    left.slice(head, left.length - tail),
    right.slice(head, right.length - tail),
    was.slice(head, left.length - tail),
    is.slice(head, right.length - tail),
  );
  const shared = (from: number, to: number, shift: number): Pair[] =>
    left.slice(from, to).map((step, at) => ({ left: step, right: right[from + at + shift] ?? null, same: true }));
  return [...shared(0, head, 0), ...middle, ...shared(left.length - tail, left.length, right.length - left.length)];
}

function between(left: readonly Step[], right: readonly Step[], was: readonly string[], is: readonly string[]): Pair[] {
  const pair = (l: number | null, r: number | null): Pair => ({
    left: l === null ? null : (left[l] ?? null),
    right: r === null ? null : (right[r] ?? null),
    same: l !== null && r !== null && was[l] === is[r],
  });
  if (left.length * right.length > MOST_PAIRS) {
    const longer = Math.max(left.length, right.length);
    return Array.from({ length: longer }, (_, at) => pair(at < left.length ? at : null, at < right.length ? at : null));
  }
  const width = right.length + 1;
  const best = new Uint32Array((left.length + 1) * width);
  const at = (l: number, r: number): number => best[l * width + r] ?? 0;
  const worth = (l: number, r: number): number => {
    if (was[l] === is[r]) return 3;
    return left[l]?.agent === right[r]?.agent && left[l]?.role === right[r]?.role ? 1 : 0;
  };
  for (let l = left.length - 1; l >= 0; l--) {
    for (let r = right.length - 1; r >= 0; r--) {
      const together = worth(l, r);
      const taken = together === 0 ? 0 : together + at(l + 1, r + 1);
      best[l * width + r] = Math.max(taken, at(l + 1, r), at(l, r + 1));
    }
  }
  const pairs: Pair[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    const together = worth(l, r);
    if (together > 0 && at(l, r) === together + at(l + 1, r + 1)) pairs.push(pair(l++, r++));
    else if (at(l + 1, r) >= at(l, r + 1)) pairs.push(pair(l++, null));
    else pairs.push(pair(null, r++));
  }
  while (l < left.length) pairs.push(pair(l++, null));
  while (r < right.length) pairs.push(pair(null, r++));
  return pairs;
}

/** What a step did, letter for letter; ids of calls differ from run to run and do not count. */
function sameness({ role, agent, content, error, tool_calls }: Step): string {
  return JSON.stringify([role, agent, content, error, tool_calls.map((call) => [call.name, call.arguments])]);
}
