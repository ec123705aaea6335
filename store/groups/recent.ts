import type { Connection } from "../connection.ts";

/** A project with more failures is told of as it was some seconds ago: adding all of them up takes that long. */
const MANY_FAILURES = 200_000;
const STALE_MS = 10_000;
/** A list of a window that goes on moves a little without anything being saved. */
const MOVED_MS = 10_000;
const MOST_LISTS = 64;

interface Kept<Rows> {
  stamp: string;
  /** When it was there; undefined while it is made. */
  at: number | undefined;
  rows: Promise<Rows>;
}

/**
 * Lists that were made a moment ago. Everybody who has the inbox open asks for the same one every few seconds; it is made
 * again when something was saved since. With a million failures, where runs are saved all the time, it is at most
 * {@link STALE_MS} old.
 */
export class RecentLists<Rows> {
  readonly #connection: Connection;
  readonly #now: () => number;
  readonly #many: number;
  readonly #lists = new Map<string, Kept<Rows>>();

  constructor(connection: Connection, { now = Date.now, many = MANY_FAILURES } = {}) {
    this.#connection = connection;
    this.#now = now;
    this.#many = many;
  }

  /** What `make` makes, or made a moment ago for the same key. */
  async get(project: string, key: string, make: () => Promise<Rows>): Promise<Rows> {
    const { stamp, failures } = await this.#stamp(project);
    const kept = this.#lists.get(key);
    const now = this.#now();
    const age = now - (kept?.at ?? now);
    if (kept && age < MOVED_MS && kept.stamp === stamp) return await kept.rows;
    if (kept && age < STALE_MS && failures > this.#many) return await kept.rows;
    const rows = make();
    const making: Kept<Rows> = { stamp, at: undefined, rows };
    this.#lists.delete(key);
    this.#lists.set(key, making);
    rows.then(
      () => {
        making.at = this.#now();
      },
      () => {
        if (this.#lists.get(key) === making) this.#lists.delete(key);
      },
    );
    for (const oldest of this.#lists.keys()) {
      if (this.#lists.size <= MOST_LISTS) break;
      this.#lists.delete(oldest);
    }
    return await rows;
  }

  forget(): void {
    this.#lists.clear();
  }

  async #stamp(project: string): Promise<{ stamp: string; failures: number }> {
    const rows = await this.#connection.select<{ kind: string; rows: string; last: string }>(
      `SELECT 'failures' AS kind, toString(count()) AS rows, toString(max(saved_at)) AS last
       FROM run_groups WHERE project = {project:String}
       UNION ALL SELECT 'runs', toString(count()), toString(max(saved_at)) FROM run_times WHERE project = {project:String}`,
      { project },
    );
    const stamp = rows
      .map(({ kind, rows: count, last }) => `${kind} ${count} ${last}`)
      .sort()
      .join(", ");
    return { stamp, failures: Number(rows.find(({ kind }) => kind === "failures")?.rows ?? 0) };
  }
}
