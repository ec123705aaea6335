import { type AlertDelivery, type AlertRule, type AlertTarget, describeError } from "@culprit/schemas";
import type { AlertStore, StoredDelivery } from "@culprit/store";
import type { Log } from "../log.ts";
import { PermanentError } from "./targets/sending.ts";
import { send, shownTarget, targetId, targetsOf } from "./targets/target.ts";

export interface DeliveryOptions {
  /** Tries after the first, over about eight hours by default, after which a delivery is dead. */
  retries?: number | undefined;
  /** Longest one try may take; 10 seconds by default. */
  timeoutMs?: number | undefined;
  /** Wait before the second try; doubles each time, up to half an hour. 1 second by default. */
  backoffMs?: number | undefined;
}

export interface OutboxOptions extends DeliveryOptions {
  alerts: AlertStore;
  rules: readonly AlertRule[];
  allowPrivate: boolean;
  log: Log;
  now: () => Date;
}

const RETRIES = 24;
const LONGEST_WAIT_MS = 30 * 60_000;
/** Deliveries under way at a time. */
const AT_ONCE = 16;
/** Deliveries taken up again after a restart. */
const MOST_PENDING = 10_000;

const REFRESH_MS = 10_000;

interface Pending {
  delivery: StoredDelivery;
  /** Deliveries of one alert to one target go out in order: nobody hears of the end before the beginning. */
  line: string;
}

/**
 * What is still to be told to whom. A delivery is written down before it is tried, tried until it arrives or is given
 * up, and taken up again after a restart.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #pending: Pending[] = [];
  readonly #underWay = new Map<Pending, Promise<void>>();
  readonly #abort = new AbortController();
  #refreshed: number | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier process left, and what somebody wants to be tried again. Looks at most every ten seconds. */
  async refresh(): Promise<void> {
    const now = this.#options.now().getTime();
    if (this.#refreshed !== undefined && now - this.#refreshed < REFRESH_MS) return;
    const left = await this.#options.alerts.deliveries({ status: "pending", limit: MOST_PENDING });
    this.#refreshed = now;
    const known = new Set(this.#pending.map(({ delivery }) => keyOf(delivery)));
    for (const delivery of left.reverse()) if (!known.has(keyOf(delivery))) await this.#push(delivery);
  }

  /** Writes down whom an event is for; who knows already is not told again. */
  async add(rule: AlertRule, project: string, event: { event_id: string; line: string }): Promise<void> {
    const { alerts, now } = this.#options;
    const known = await alerts.deliveries({ project, event_id: event.event_id, limit: 1000 });
    const at = now().toISOString();
    const fresh: AlertDelivery[] = targetsOf(rule)
      .filter((target) => !known.some(({ target_id }) => target_id === targetId(target)))
      .map((target) => ({
        event_id: event.event_id,
        target_id: targetId(target),
        rule: rule.name,
        target: shownTarget(target),
        status: "pending",
        attempts: 0,
        next_at: at,
        error: "",
        created_at: at,
      }));
    if (fresh.length === 0) return;
    await alerts.saveDeliveries(project, fresh);
    for (const delivery of fresh)
      this.#pending.push({ delivery: { ...delivery, project }, line: lineOf(delivery, event.line) });
  }

  /** Starts what is due; does not wait for it. */
  dispatch(): void {
    const now = this.#options.now().getTime();
    const taken = new Set([...this.#underWay.keys()].map(({ line }) => line));
    for (const pending of this.#pending) {
      if (this.#underWay.size >= AT_ONCE) return;
      // Only the first of a line may go, and whoever waits for its turn holds up those behind it.
      if (taken.has(pending.line)) continue;
      taken.add(pending.line);
      if (Date.parse(pending.delivery.next_at) > now) continue;
      const tried = this.#try(pending)
        .catch((error: unknown) =>
          this.#options.log("error", "a delivery could not be kept", { error: describeError(error) }),
        )
        .finally(() => this.#underWay.delete(pending));
      this.#underWay.set(pending, tried);
    }
  }

  /** Resolves when no try is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  /** How many wait, under way or not. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** Breaks off what is under way; it stays pending. */
  stop(): void {
    this.#abort.abort(new Error("the collector stops"));
  }

  async #push(delivery: StoredDelivery): Promise<void> {
    const event = await this.#options.alerts.event(delivery.project, delivery.event_id);
    const line = event === null ? delivery.event_id : JSON.stringify([event.project, event.rule, event.subject]);
    this.#pending.push({ delivery, line: lineOf(delivery, line) });
  }

  async #try(pending: Pending): Promise<void> {
    const { alerts, rules, log, allowPrivate, timeoutMs = 10_000 } = this.#options;
    const { delivery } = pending;
    const fields = { rule: delivery.rule, target: delivery.target, attempt: delivery.attempts + 1 };
    const target = findTarget(rules, delivery);
    // Read anew at every try: a run that was deleted meanwhile is in it no more.
    const event = await alerts.event(delivery.project, delivery.event_id);
    let failure: unknown;
    try {
      if (target === undefined) throw new PermanentError("its rule has no such target any more");
      if (event === null) throw new PermanentError("its event is gone");
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]);
      const idempotencyKey = `${event.event_id}-${delivery.target_id}`;
      await send(target, event, { allowPrivate, signal, idempotencyKey });
    } catch (error) {
      failure = error;
    }
    if (failure !== undefined && this.#abort.signal.aborted) return;
    const next = this.#after(delivery, failure);
    Object.assign(delivery, next);
    if (next.status === "delivered") log("info", "alert sent", fields);
    else if (next.status === "dead") log("error", "alert not sent", { ...fields, error: next.error });
    else log("warn", "an alert will be sent again", { ...fields, error: next.error });
    // Written down before it is forgotten here, or a refresh would take it up again.
    await alerts.saveDeliveries(delivery.project, [delivery]);
    if (next.status !== "pending") this.#pending.splice(this.#pending.indexOf(pending), 1);
  }

  #after(
    delivery: StoredDelivery,
    failure: unknown,
  ): Pick<StoredDelivery, "status" | "attempts" | "error" | "next_at"> {
    const { now, retries = RETRIES, backoffMs = 1000 } = this.#options;
    const attempts = delivery.attempts + 1;
    if (failure === undefined) return { status: "delivered", attempts, error: "", next_at: delivery.next_at };
    const error = describeError(failure).slice(0, 500);
    const final = failure instanceof PermanentError || attempts > retries;
    const wait = Math.min(backoffMs * 2 ** Math.min(attempts - 1, 30), LONGEST_WAIT_MS) * (0.75 + Math.random() / 2);
    const next_at = new Date(now().getTime() + wait).toISOString();
    return { status: final ? "dead" : "pending", attempts, error, next_at };
  }
}

function keyOf({ project, event_id, target_id }: StoredDelivery): string {
  return `${project}/${event_id}/${target_id}`;
}

function lineOf({ target_id }: Pick<AlertDelivery, "target_id">, line: string): string {
  return `${target_id} ${line}`;
}

function findTarget(rules: readonly AlertRule[], delivery: AlertDelivery): AlertTarget | undefined {
  const rule = rules.find(({ name }) => name === delivery.rule);
  return rule === undefined ? undefined : targetsOf(rule).find((target) => targetId(target) === delivery.target_id);
}
