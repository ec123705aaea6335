import type { Connection } from "../connection.ts";
import { countSpans } from "./spans.ts";

/** A count that takes longer than this is not made anew each time. */
const DEAR_MS = 100;
/** A dear count is made at most once in so many times what it takes. */
const REST = 20;
/** Nobody is given an older one. */
const OLDEST_MS = 60_000;
const MOST_PROJECTS = 1_000;

interface Counted {
  spans: number;
  /** Rows there were, each copy of a span counted. */
  rows: number;
  at: number;
  tookMs: number;
  /** The count that will take its place. */
  next: Promise<Counted> | undefined;
}

/**
 * Numbers of spans, each span once: exact while that is cheap (some 500,000 spans), else exact as of some seconds ago,
 * and exact again once nothing arrives: as long as a project's rows are the same, so is its count.
 */
export class SpanCounts {
  readonly #connection: Connection;
  readonly #known = new Map<string, Counted>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async of(project: string): Promise<number> {
    const known = this.#known.get(project);
    if (known === undefined || known.tookMs < DEAR_MS) return (await this.#count(project)).spans;
    if (known.rows === (await this.#rows(project))) return known.spans;
    const age = performance.now() - known.at;
    if (known.next === undefined && age > known.tookMs * REST) {
      known.next = this.#count(project);
      // The next one to ask finds the failure or a newer count.
      known.next.catch(() => {
        known.next = undefined;
      });
    }
    return age > OLDEST_MS && known.next !== undefined ? (await known.next).spans : known.spans;
  }

  async #count(project: string): Promise<Counted> {
    const at = performance.now();
    const rows = await this.#rows(project);
    const spans = await countSpans(this.#connection, project);
    const counted: Counted = { spans, rows, at, tookMs: performance.now() - at, next: undefined };
    this.#known.delete(project);
    this.#known.set(project, counted);
    if (this.#known.size > MOST_PROJECTS) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    return counted;
  }

  /** Cheap at any size: whole granules are counted from the index. */
  async #rows(project: string): Promise<number> {
    const rows = await this.#connection.select<{ rows: string }>(
      "SELECT count() AS rows FROM spans WHERE project = {project:String}",
      { project },
    );
    return Number(rows[0]?.rows ?? 0);
  }
}
