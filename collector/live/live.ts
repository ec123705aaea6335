import { setTimeout as sleep } from "node:timers/promises";
import { describeError, type LiveEvent } from "@culprit/schemas";
import type { Change, Store } from "@culprit/store";
import type { Log } from "../log.ts";
import { Channel } from "./channel.ts";

/** Rows are stamped when their insert begins and seen when it ends: an insert that takes longer is missed. */
const OVERLAP_MS = 10_000;
/** How long a project is still looked at after its last reader left, so that one who comes back misses nothing. */
const LINGER_MS = 60_000;

export interface LiveOptions {
  store: Pick<Store, "changes" | "now" | "groups">;
  log: Log;
  /** Between two looks at the store. */
  pollMs?: number | undefined;
  lingerMs?: number | undefined;
}

/**
 * What changes in the projects that somebody watches: one look at the store a time, however many watch, and none while
 * nobody does. What another process saved is seen like what this one did.
 */
export class Live {
  readonly #options: Required<Omit<LiveOptions, "pollMs" | "lingerMs">> & { pollMs: number; lingerMs: number };
  readonly #channels = new Map<string, Channel>();
  readonly #opening = new Map<string, Promise<Channel>>();
  /** When each thing of the last seconds was saved last. */
  readonly #seen = new Map<string, string>();
  readonly #stop = new AbortController();
  #polling = false;
  /** The moment up to which the store was read. */
  #readTo = 0;

  constructor({ store, log, pollMs = 1000, lingerMs = LINGER_MS }: LiveOptions) {
    this.#options = { store, log, pollMs, lingerMs };
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** What happens in a project from now on. The reader gives it back with {@link leave}. */
  async join(project: string): Promise<Channel> {
    const known = this.#channels.get(project);
    if (known !== undefined) {
      known.readers++;
      return known;
    }
    let opening = this.#opening.get(project);
    if (opening === undefined) {
      opening = this.#open(project).finally(() => this.#opening.delete(project));
      this.#opening.set(project, opening);
    }
    const channel = await opening;
    channel.readers++;
    return channel;
  }

  leave(channel: Channel): void {
    channel.readers--;
    channel.idleSince = Date.now();
  }

  /** Ends polling and wakes every reader, so that it sees it. */
  stop(): void {
    this.#stop.abort();
    for (const channel of this.#channels.values()) channel.wake();
  }

  /** What was saved before the first reader came is not news. */
  async #open(project: string): Promise<Channel> {
    const { store } = this.#options;
    const now = await store.now();
    const begin = this.#channels.size === 0 ? now : Math.min(now, this.#readTo);
    for (const change of await store.changes({ projects: [project], since: isoAt(begin - OVERLAP_MS) })) {
      this.#seen.set(keyOf(change), change.at);
    }
    const channel = new Channel();
    channel.idleSince = Date.now();
    if (this.#channels.size === 0) this.#readTo = begin;
    this.#channels.set(project, channel);
    if (!this.#polling) void this.#poll();
    return channel;
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    const { pollMs, log } = this.#options;
    let failing = false;
    while (this.#channels.size > 0 && !this.stopped) {
      await sleep(pollMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {});
      if (this.stopped) break;
      try {
        await this.#look();
        failing = false;
      } catch (error) {
        // Nothing is lost: the next look begins where the last one that succeeded ended.
        if (!failing) log("warn", "changes could not be read", { error: describeError(error) });
        failing = true;
      }
      this.#forget();
    }
    this.#polling = false;
  }

  async #look(): Promise<void> {
    const { store } = this.#options;
    const projects = [...this.#channels.keys()];
    const now = await store.now();
    const since = isoAt(this.#readTo - OVERLAP_MS);
    let fresh = this.#fresh(await store.changes({ projects, since }));
    // Whoever reads groups brings them up to the runs; here nobody may have.
    if (fresh.some(({ event }) => event.type === "run" && event.blamed_agent !== null)) {
      await store.groups.catchUp();
      fresh = this.#fresh(await store.changes({ projects, since }));
    }
    // Nothing fails from here on, so what is marked as seen is told.
    for (const change of fresh) this.#seen.set(keyOf(change), change.at);
    this.#readTo = now;
    for (const [project, channel] of this.#channels) {
      const events = fresh.filter((change) => change.project === project).map(({ event }) => event);
      channel.add(withoutRepeats(events));
    }
    const horizon = isoAt(now - OVERLAP_MS - 1000);
    for (const [key, at] of this.#seen) if (at < horizon) this.#seen.delete(key);
  }

  /** What was not seen yet, each thing as it was saved last. */
  #fresh(changes: readonly Change[]): Change[] {
    const fresh = new Map<string, Change>();
    for (const change of changes) {
      const key = keyOf(change);
      if ((this.#seen.get(key) ?? "") < change.at) fresh.set(key, change);
    }
    return [...fresh.values()];
  }

  #forget(): void {
    const before = Date.now() - this.#options.lingerMs;
    for (const [project, { readers, idleSince }] of this.#channels) {
      if (readers === 0 && idleSince <= before) this.#channels.delete(project);
    }
  }
}

/** Of events that say the same, the last: a hundred runs that join one group are one change of it. */
function withoutRepeats(events: readonly LiveEvent[]): LiveEvent[] {
  const last = new Map<string, LiveEvent>();
  for (const event of events) {
    const key = JSON.stringify(event);
    last.delete(key);
    last.set(key, event);
  }
  return [...last.values()];
}

function isoAt(ms: number): string {
  return new Date(ms).toISOString();
}

function keyOf({ project, key }: Change): string {
  return JSON.stringify([project, key]);
}
