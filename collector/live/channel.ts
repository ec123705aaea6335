import { randomBytes } from "node:crypto";
import type { LiveEvent } from "@culprit/schemas";

/** Events kept for readers that are behind. */
const KEPT = 2_000;
/** More than this at once is not told one by one. */
const MOST_AT_ONCE = 500;

/** An event with the id it is sent under. */
export interface Numbered {
  id: string;
  event: LiveEvent;
}

/**
 * What happened in one project since somebody began to watch it. Readers hold a position in it and no queue of their own,
 * so a slow one costs nothing: once what it has not read is no longer kept, it is told to refresh.
 */
export class Channel {
  /** Ids of another channel, such as one of another process, mean nothing here. */
  readonly #epoch = randomBytes(6).toString("hex");
  readonly #events: LiveEvent[] = [];
  /** Events that are no longer kept. */
  #dropped = 0;
  readonly #waiting = new Set<() => void>();
  readers = 0;
  /** When the last reader left. */
  idleSince = 0;

  /** The position past everything so far. */
  get end(): number {
    return this.#dropped + this.#events.length;
  }

  add(events: readonly LiveEvent[]): void {
    if (events.length === 0) return;
    if (events.length > MOST_AT_ONCE) this.#events.push({ type: "refresh" });
    else this.#events.push(...events);
    const over = this.#events.length - KEPT;
    if (over > 0) {
      this.#events.splice(0, over);
      this.#dropped += over;
    }
    this.wake();
  }

  /** The position after the event of an id; undefined when what followed it is not known here. */
  after(id: string): number | undefined {
    const [epoch, number, ...rest] = id.split("-");
    if (epoch !== this.#epoch || number === undefined || rest.length > 0 || !/^\d{1,15}$/.test(number))
      return undefined;
    const position = Number(number);
    return position >= this.#dropped && position <= this.end ? position : undefined;
  }

  idAt(position: number): string {
    return `${this.#epoch}-${position}`;
  }

  /** What follows a position, with the position after it; a `refresh` where it is no longer kept. */
  from(position: number): { events: Numbered[]; next: number } {
    const next = this.end;
    if (position < this.#dropped) return { events: [{ id: this.idAt(next), event: { type: "refresh" } }], next };
    const events = this.#events.slice(position - this.#dropped);
    return { events: events.map((event, index) => ({ id: this.idAt(position + index + 1), event })), next };
  }

  /** Resolves when there may be something past `position`, or somebody calls {@link wake}. */
  async more(position: number): Promise<void> {
    if (position < this.end) return;
    await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
