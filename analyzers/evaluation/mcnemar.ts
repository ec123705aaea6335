/**
 * McNemar's exact test, two-sided: how likely runs that only one of two strategies gets right are split at least this
 * unevenly when both are equally good (binomial with p = 1/2; McNemar 1947). 1 when they never differ.
 *
 * @param onlyFirst runs that only the first got right
 * @param onlySecond runs that only the second got right
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  if (n === 0) return 1;
  let tail = 0;
  let logChoose = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    tail += Math.exp(logChoose - n * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
