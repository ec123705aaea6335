import { type LiveEvent, liveEventSchema } from "@culprit/schemas";
import { createParser } from "eventsource-parser";

/** One stream of events, read by a parser of the format that others wrote. */
export interface EventReader {
  /** Everything that came, each as the contract says. */
  readonly events: (LiveEvent & { id: string })[];
  /** Comments that came: heartbeats. */
  comments(): number;
  /** The first event that fits, also one that came before. */
  next(fits: (event: LiveEvent) => boolean, withinMs?: number): Promise<LiveEvent & { id: string }>;
  /** Resolves when the other side has ended the stream. */
  ended: Promise<void>;
  close(): Promise<void>;
}

export async function readEvents(
  url: string,
  { key, lastEventId }: { key?: string; lastEventId?: string } = {},
): Promise<EventReader> {
  const cut = new AbortController();
  const response = await fetch(`${url}/api/v1/events`, {
    signal: cut.signal,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    },
  });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const events: EventReader["events"] = [];
  let comments = 0;
  const waiting = new Set<() => void>();
  const parser = createParser({
    onEvent: ({ id = "", event, data }) => {
      const parsed = liveEventSchema.parse(JSON.parse(data));
      if (event !== parsed.type) throw new Error(`an event named ${event} is a ${parsed.type}`);
      events.push({ ...parsed, id });
      for (const look of waiting) look();
    },
    onComment: () => comments++,
  });
  const ended = (async () => {
    try {
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) parser.feed(piece);
    } catch (error) {
      if (!cut.signal.aborted) throw error;
    }
  })();
  ended.catch(() => {});
  return {
    events,
    comments: () => comments,
    ended,
    next: (fits, withinMs = 8_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no such event in ${withinMs} ms; there were ${JSON.stringify(events)}`));
        }, withinMs);
        const look = () => {
          const found = events.find(fits);
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      cut.abort();
      await ended.catch(() => {});
    },
  };
}
