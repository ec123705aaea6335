/** Steps drawn or left out together. */
export const CHUNK = 25;
/** Runs with at most so many steps are drawn whole, so that the browser's own search finds every word. */
const DRAWN_WHOLE = 150;

/** Cuts a list into chunks; a short list is one. */
export function chunked<T>(items: readonly T[]): T[][] {
  if (items.length <= DRAWN_WHOLE) return [items.slice()];
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += CHUNK) chunks.push(items.slice(at, at + CHUNK));
  return chunks;
}

/** The buckets of an overview of `length` places, at most `most` of them: where each place goes. */
export function bucketOf(place: number, length: number, most: number): number {
  return length <= most ? place : Math.floor((place * most) / length);
}
