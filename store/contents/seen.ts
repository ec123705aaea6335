/** Nodes remembered, over all traces. */
const MOST_NODES = 200_000;
/** A node is written again after this long: by then its first copy may have been deleted with what else it belonged to. */
const TRUST_MS = 10 * 60_000;

/** A node of a trace, by the name {@link SeenNodes} knows the trace by. */
export interface NodeKey {
  trace: string;
  id: string;
}

interface Trace {
  ids: Map<string, number>;
}

/** The nodes that are in the store already, as far as this process knows: least recently used traces are forgotten first. */
export class SeenNodes {
  readonly #traces = new Map<string, Trace>();
  readonly #now: () => number;
  #size = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  has({ trace, id }: NodeKey): boolean {
    const at = this.#traces.get(trace)?.ids.get(id);
    return at !== undefined && this.#now() - at < TRUST_MS;
  }

  /** To be called once the nodes are durable, never before. */
  add(keys: readonly NodeKey[]): void {
    const now = this.#now();
    for (const { trace, id } of keys) {
      const known = this.#traces.get(trace) ?? { ids: new Map<string, number>() };
      this.#traces.delete(trace);
      this.#traces.set(trace, known);
      if (!known.ids.has(id)) this.#size++;
      known.ids.set(id, now);
    }
    for (const [trace, { ids }] of this.#traces) {
      if (this.#size <= MOST_NODES) break;
      this.#size -= ids.size;
      this.#traces.delete(trace);
    }
  }

  /** Forgets everything: what follows is written again. */
  clear(): void {
    this.#traces.clear();
    this.#size = 0;
  }
}
