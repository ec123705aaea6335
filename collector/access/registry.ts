import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "@culprit/schemas";
import type { KeyStore, StoredKey } from "@culprit/store";
import type { Log } from "../log.ts";

/** Keys of this age are used as they are; older ones are read anew in the background. */
const FRESH_MS = 2000;
/** Keys of this age are read anew before they are used. */
const STALE_MS = 5000;
/** How long a request waits for that; a store that does not answer leaves what was known. */
const WAIT_MS = 1000;
/** How often a key that is not known may have the keys read anew: it may have been made a moment ago elsewhere. */
const UNKNOWN_MS = 250;

/**
 * Every key that opens something, held in memory: an unknown key costs no query, and exports are taken while the store is
 * down. `createKey` keeps their number under {@link MAX_KEYS}, so this stays within a few megabytes.
 *
 * A key made or revoked here is known here at once; one made or revoked elsewhere within 5 seconds, as long as the store
 * answers.
 */
export class KeyRegistry {
  readonly #store: Pick<KeyStore, "active">;
  readonly #log: Log;
  readonly #now: () => number;
  #keys: ReadonlyMap<string, StoredKey> = new Map();
  #any = false;
  #readAt: number | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(store: Pick<KeyStore, "active">, options: { log: Log; now?: () => number }) {
    this.#store = store;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
  }

  /** Whether any key was ever made, revoked ones included. Throws what the store throws before the first reading. */
  async any(): Promise<boolean> {
    await this.#upToDate();
    return this.#any;
  }

  /** The key of an id, unless it is unknown or revoked. */
  async find(keyId: string): Promise<StoredKey | undefined> {
    await this.#upToDate();
    if (!this.#keys.has(keyId) && this.#now() - this.#triedAt > UNKNOWN_MS) await this.#waitFor(this.#read());
    return this.#keys.get(keyId);
  }

  get size(): number {
    return this.#keys.size;
  }

  /** Reads the keys now, after one was made or revoked here. */
  async refresh(): Promise<void> {
    await this.#reading?.catch(() => {});
    await this.#read();
  }

  async #upToDate(): Promise<void> {
    if (this.#readAt === undefined) return await this.#read();
    const age = this.#now() - this.#readAt;
    // A store that failed is asked again only after a pause, so that not every request waits for it.
    if (age < FRESH_MS || this.#now() - this.#triedAt < FRESH_MS) return;
    const reading = this.#read();
    reading.catch(() => {});
    if (age >= STALE_MS) await this.#waitFor(reading);
  }

  async #waitFor(reading: Promise<void>): Promise<void> {
    const cut = new AbortController();
    try {
      await Promise.race([reading.catch(() => {}), sleep(WAIT_MS, undefined, { signal: cut.signal }).catch(() => {})]);
    } finally {
      cut.abort();
    }
  }

  #read(): Promise<void> {
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #load(): Promise<void> {
    const began = this.#now();
    this.#triedAt = began;
    try {
      const { keys, any } = await this.#store.active();
      this.#keys = new Map(keys.map((key) => [key.key_id, key]));
      // Once closed, closed: a store that loses sight of its keys does not open.
      this.#any ||= any;
      this.#readAt = began;
    } catch (error) {
      if (this.#readAt !== undefined) this.#log("warn", "keys not read", { error: describeError(error) });
      throw error;
    }
  }
}

/** Most keys that are in force at once, over all projects. */
export const MAX_KEYS = 10_000;
