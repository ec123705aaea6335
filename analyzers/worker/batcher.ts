/** Saves one item; resolves when it is saved. */
export type Save<Item> = (item: Item) => Promise<void>;

/**
 * Group commit: items that arrive while a save is under way are saved together in the next one. An error reaches
 * every item of its batch.
 *
 * @param lingerMs how long a batch waits for company: an insert costs the store the same for one row and for many
 */
export function createBatcher<Item>(saveAll: (items: readonly Item[]) => Promise<void>, lingerMs = 0): Save<Item> {
  let open: { items: Item[]; saved: Promise<void> } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return (item) => {
    if (open !== undefined) {
      open.items.push(item);
      return open.saved;
    }
    const items = [item];
    const company = lingerMs === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, lingerMs));
    const saved = last.then(async () => {
      await company;
      open = undefined;
      return saveAll(items);
    });
    open = { items, saved };
    last = saved.catch(() => {});
    return saved;
  };
}
