import { randomUUID } from "node:crypto";
import { type Config, describeError, type KeyLimits } from "@culprit/schemas";
import type { KeyStore, KeyUsage, StoredKey } from "@culprit/store";
import type { Log } from "../log.ts";
import { LimitError } from "./access.ts";
import { type Bucket, fullBucket, refill, secondsUntil, take } from "./token-bucket.ts";

const SAVE_MS = 5000;
const DAY_MS = 86_400_000;
/** How often the counts of the other collectors are read. */
const OTHERS_MS = 10_000;

export type LimitSettings = Pick<Config, "key_requests_per_second" | "key_spans_per_second" | "key_spans_per_day">;

export interface AllowanceOptions {
  keys: Pick<KeyStore, "saveUsage" | "totals">;
  settings: LimitSettings;
  log: Log;
  now?: (() => number) | undefined;
}

interface Account {
  requests: Bucket | undefined;
  spans: Bucket | undefined;
  usage: KeyUsage;
  dirty: boolean;
}

/**
 * What each key has sent and may still send.
 *
 * Rates are kept in memory, so each of n collectors allows a key its whole rate. The day's spans are counted by each
 * collector, saved every {@link SAVE_MS} and summed from the store every {@link OTHERS_MS}: with several collectors a key
 * may pass its quota by what it sends in about 15 seconds, and by one batch in any case.
 */
export class Allowances {
  readonly #options: AllowanceOptions;
  readonly #collector = randomUUID();
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();
  #others = new Map<string, number>();
  #othersDay = "";
  #othersAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AllowanceOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Counts a request of a key.
   *
   * @param ingests whether it brings spans, so that the limits of spans count
   * @returns the refusal, when the key has sent too much
   */
  async admit(key: StoredKey, ingests: boolean): Promise<LimitError | undefined> {
    const limits = this.#limitsOf(key);
    if (ingests && limits.spans_per_day !== null) await this.#readOthers();
    const account = this.#accountOf(key);
    const refused = this.#refusal(account, limits, ingests);
    if (refused) return refused;
    account.usage.requests++;
    account.usage.last_used_at = new Date(this.#now()).toISOString();
    this.#changed(account);
    return undefined;
  }

  /** Takes spans off what a key may send. */
  spend(key: StoredKey, spans: number): void {
    if (spans === 0) return;
    const account = this.#accountOf(key);
    const rate = this.#limitsOf(key).spans_per_second;
    if (rate !== null) account.spans = take(this.#filled(account.spans, rate), spans);
    account.usage.spans += spans;
    this.#changed(account);
  }

  /** Saves what was counted; what can't be saved now is saved later. Never rejects. */
  async save(): Promise<void> {
    const today = dayOf(this.#now());
    for (const [id, { dirty, usage }] of this.#accounts) {
      // A key that was not seen today has full buckets by now.
      if (!dirty && usage.day !== today) this.#accounts.delete(id);
    }
    const dirty = [...this.#accounts.values()].filter((account) => account.dirty);
    if (dirty.length === 0) return;
    for (const account of dirty) account.dirty = false;
    try {
      await this.#options.keys.saveUsage(dirty.map(({ usage }) => ({ ...usage })));
    } catch (error) {
      for (const account of dirty) account.dirty = true;
      this.#options.log("warn", "use of keys not saved", { error: describeError(error) });
    }
  }

  /** Saves and stops. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.save();
  }

  #refusal(account: Account, limits: KeyLimits, ingests: boolean): LimitError | undefined {
    if (limits.requests_per_second !== null) {
      const rate = limits.requests_per_second;
      account.requests = this.#filled(account.requests, rate);
      const wait = secondsUntil(account.requests, 1, rate);
      if (wait > 0) return tooFast(`${rate} requests a second`, wait);
      account.requests = take(account.requests, 1);
    }
    if (!ingests) return undefined;
    if (limits.spans_per_second !== null) {
      const rate = limits.spans_per_second;
      account.spans = this.#filled(account.spans, rate);
      // Refused before the body is read; a batch that passes may go into debt, because its size is not known yet.
      const wait = secondsUntil(account.spans, 1, rate);
      if (wait > 0) return tooFast(`${rate} spans a second`, wait);
    }
    const quota = limits.spans_per_day;
    const sent = account.usage.spans + (this.#others.get(account.usage.key_id) ?? 0);
    if (quota === null || sent < quota) return undefined;
    const now = this.#now();
    return new LimitError(
      "quota_exceeded",
      `This key has sent its ${quota} spans of the day.`,
      "Wait for the next UTC day, or raise its spans_per_day.",
      (DAY_MS - (now % DAY_MS)) / 1000,
    );
  }

  #filled(bucket: Bucket | undefined, rate: number): Bucket {
    const now = this.#now();
    return bucket === undefined ? fullBucket(rate, now) : refill(bucket, rate, now);
  }

  #limitsOf(key: StoredKey): KeyLimits {
    const { settings } = this.#options;
    return {
      requests_per_second: key.limits.requests_per_second ?? settings.key_requests_per_second ?? null,
      spans_per_second: key.limits.spans_per_second ?? settings.key_spans_per_second ?? null,
      spans_per_day: key.limits.spans_per_day ?? settings.key_spans_per_day ?? null,
    };
  }

  #accountOf(key: StoredKey): Account {
    const day = dayOf(this.#now());
    const known = this.#accounts.get(key.key_id);
    if (known?.usage.day === day) return known;
    // The day before may not be saved yet; that row is its own, so it can go on its way.
    if (known?.dirty) void this.#saveOne({ ...known.usage });
    const usage: KeyUsage = {
      project: key.project,
      key_id: key.key_id,
      day,
      collector: this.#collector,
      requests: 0,
      spans: 0,
      last_used_at: new Date(this.#now()).toISOString(),
    };
    const account: Account = { requests: known?.requests, spans: known?.spans, usage, dirty: false };
    this.#accounts.set(key.key_id, account);
    return account;
  }

  async #saveOne(usage: KeyUsage): Promise<void> {
    await this.#options.keys.saveUsage([usage]).catch((error: unknown) => {
      this.#options.log("warn", "use of a key not saved", { error: describeError(error) });
    });
  }

  async #readOthers(): Promise<void> {
    const now = this.#now();
    const day = dayOf(now);
    if (day === this.#othersDay && now - this.#othersAt < OTHERS_MS) return;
    const first = this.#othersAt === Number.NEGATIVE_INFINITY;
    this.#othersAt = now;
    this.#reading ??= this.#loadOthers(day).finally(() => {
      this.#reading = undefined;
    });
    // A restarted collector has to know what was sent before; later the last counts will do meanwhile.
    if (first) await this.#reading;
  }

  async #loadOthers(day: string): Promise<void> {
    try {
      const totals = await this.#options.keys.totals(day, this.#collector);
      this.#others = new Map(totals.filter(({ spans }) => spans > 0).map(({ key_id, spans }) => [key_id, spans]));
      this.#othersDay = day;
    } catch (error) {
      if (day !== this.#othersDay) this.#others = new Map();
      this.#options.log("warn", "use of keys not read", { error: describeError(error) });
    }
  }

  #changed(account: Account): void {
    account.dirty = true;
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.save(), SAVE_MS);
    this.#timer.unref();
  }
}

function tooFast(limit: string, wait: number): LimitError {
  return new LimitError(
    "rate_limited",
    `This key may send ${limit}.`,
    "Send it again later, or raise the limit.",
    wait,
  );
}

/** `2026-11-20`, in UTC. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
