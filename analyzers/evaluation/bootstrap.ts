import { seededRandom } from "../injection/random.ts";

/** What a mean is, and where 95 % of resampled ones lie. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/** One paired observation. */
export interface Pair {
  /** What is drawn together, such as the task: runs of one task are no independent evidence. */
  group: string;
  /** Second minus first, such as 1 where only the second is right. */
  difference: number;
}

/**
 * The mean of paired differences with its percentile interval from the cluster bootstrap (Efron 1979; whole groups are
 * drawn). Equal seeds, equal intervals. `low` and `high` are -1 and 1 where there are fewer than two groups: nothing can
 * be said then.
 */
export function bootstrapDifference(pairs: readonly Pair[], { resamples = 2000, seed = 1 } = {}): Interval {
  const groups = new Map<string, { sum: number; count: number }>();
  for (const { group, difference } of pairs) {
    const own = groups.get(group) ?? { sum: 0, count: 0 };
    groups.set(group, { sum: own.sum + difference, count: own.count + 1 });
  }
  const drawn = [...groups.values()];
  const mean = pairs.reduce((sum, { difference }) => sum + difference, 0) / Math.max(1, pairs.length);
  if (drawn.length < 2) return { mean, low: -1, high: 1 };
  const random = seededRandom("bootstrap", seed);
  const means = Array.from({ length: resamples }, () => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < drawn.length; i++) {
      const one = drawn[random.whole(drawn.length)];
      sum += one?.sum ?? 0;
      count += one?.count ?? 0;
    }
    return sum / count;
  }).sort((left, right) => left - right);
  const at = (share: number) => means[Math.min(resamples - 1, Math.floor(share * resamples))] ?? mean;
  return { mean, low: at(0.025), high: at(0.975) };
}
