const collator = new Intl.Collator("en", { numeric: true });

/** `2.json` before `10.json`, the same on every machine. */
export function naturalOrder(left: string, right: string): number {
  return collator.compare(left, right) || (left < right ? -1 : left > right ? 1 : 0);
}
