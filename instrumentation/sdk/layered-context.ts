import type { Context } from "@opentelemetry/api";

/** Deeper chains are copied into one context, so that looking something up stays cheap in agents that call each other. */
const DEEPEST = 24;

/**
 * A context that is another one and one value more. The API's own contexts copy everything they hold for each value;
 * a step sets two or three.
 */
export class LayeredContext implements Context {
  readonly #below: Context;
  readonly #key: symbol;
  readonly #value: unknown;
  readonly #depth: number;

  constructor(below: Context, key: symbol, value: unknown) {
    const depth = below instanceof LayeredContext ? below.#depth + 1 : 0;
    this.#below = depth < DEEPEST ? below : (below as LayeredContext).#copy();
    this.#key = key;
    this.#value = value;
    this.#depth = depth < DEEPEST ? depth : 0;
  }

  getValue(key: symbol): unknown {
    let context: Context = this;
    while (context instanceof LayeredContext) {
      if (context.#key === key) return context.#value;
      context = context.#below;
    }
    return context.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new LayeredContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new LayeredContext(this, key, undefined);
  }

  /** The same values in a context of the API's own. */
  #copy(): Context {
    const values = new Map<symbol, unknown>();
    let context: Context = this;
    while (context instanceof LayeredContext) {
      if (!values.has(context.#key)) values.set(context.#key, context.#value);
      context = context.#below;
    }
    for (const [key, value] of values) context = context.setValue(key, value);
    return context;
  }
}
