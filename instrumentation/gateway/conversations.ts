import { createHash } from "node:crypto";
import type { Message } from "@culprit/schemas";

const MOST_REMEMBERED = 10_000;
const REMEMBERED_MS = 3_600_000;

/**
 * Which run a call belongs to that names none: the one whose conversation it goes on with. A conversation is known by
 * its opening, which an agent sends with every turn: the system prompt and the first message after it.
 */
export class Conversations {
  readonly #newTraceId: () => string;
  readonly #now: () => number;
  readonly #byOpening = new Map<string, { traceId: string; at: number }>();

  constructor(newTraceId: () => string, now: () => number = Date.now) {
    this.#newTraceId = newTraceId;
    this.#now = now;
  }

  traceIdOf(messages: readonly Message[]): string {
    const opening = messages.findIndex(({ role }) => role !== "system" && role !== "developer");
    if (opening === -1) return this.#newTraceId();
    const key = createHash("sha256")
      .update(JSON.stringify(messages.slice(0, opening + 1)))
      .digest("base64");
    const known = this.#byOpening.get(key);
    const goesOn = opening < messages.length - 1 && known !== undefined && this.#now() - known.at < REMEMBERED_MS;
    const traceId = goesOn ? known.traceId : this.#newTraceId();
    this.#byOpening.delete(key);
    this.#byOpening.set(key, { traceId, at: this.#now() });
    if (this.#byOpening.size > MOST_REMEMBERED) this.#byOpening.delete(this.#byOpening.keys().next().value ?? "");
    return traceId;
  }
}
