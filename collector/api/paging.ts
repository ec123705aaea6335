import { CulpritError } from "@culprit/schemas";

/**
 * A page of a list that is small enough to be sorted here. The cursor names the last item of the page before by what it
 * was sorted by and its id, so it stays valid while items come and go.
 *
 * @param key what is sorted by, largest first; ids part those that are equal
 */
export function pageSorted<Item>(
  items: readonly Item[],
  {
    key,
    id,
    limit,
    cursor,
  }: { key: (item: Item) => number; id: (item: Item) => string; limit: number; cursor?: string | undefined },
): { items: Item[]; next_cursor: string | null } {
  const after = cursor === undefined ? undefined : decode(cursor);
  const sorted = [...items].sort((left, right) => key(right) - key(left) || (id(left) < id(right) ? -1 : 1));
  const rest =
    after === undefined
      ? sorted
      : sorted.filter((item) => key(item) < after.key || (key(item) === after.key && id(item) > after.id));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const more = rest.length > limit && last !== undefined;
  return { items: page, next_cursor: more ? encode(key(last), id(last)) : null };
}

function encode(key: number, id: string): string {
  return Buffer.from(JSON.stringify([key, id])).toString("base64url");
}

function decode(cursor: string): { key: number; id: string } {
  try {
    const [key, id] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as [unknown, unknown];
    if (typeof key === "number" && typeof id === "string") return { key, id };
  } catch {
    // Falls through to the one error there is.
  }
  throw new CulpritError("cursor_invalid", "The cursor is not one that this list gave out.", {
    mend: "Leave it out to start from the top.",
  });
}
