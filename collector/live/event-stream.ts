import { CulpritError, type LiveEvent } from "@culprit/schemas";
import type { Access } from "../access/access.ts";
import type { Channel, Numbered } from "./channel.ts";
import type { Live } from "./live.ts";

/** Streams of one process, and of one key or address of them. */
const MOST_STREAMS = 500;
const MOST_OF_ONE = 50;
/** A proxy that hears nothing for longer may cut a connection; a reader of it is looked for as often. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;

export interface EventStreamOptions {
  live: Live;
  /** Whether a key still opens what it did. */
  opens(access: Access): Promise<boolean>;
  heartbeatMs?: number | undefined;
  mostStreams?: number | undefined;
  mostOfOne?: number | undefined;
}

/** Answers a request with what happens in its project, as server-sent events, until it is cut. */
export type EventStream = (access: Access, lastEventId: string | undefined) => Promise<Response>;

/**
 * Server-sent events (HTML Standard, section 9.2). A stream begins with `ready`, or with `refresh` where it goes on from
 * an id (`Last-Event-ID`) that is not known here: one of another collector, or too old.
 *
 * It holds a place in the project's channel and no queue, so a reader that does not read costs nothing. It ends when its
 * key is revoked, within a heartbeat, and when the collector stops.
 */
export function createEventStream({
  live,
  opens,
  heartbeatMs = HEARTBEAT_MS,
  mostStreams = MOST_STREAMS,
  mostOfOne = MOST_OF_ONE,
}: EventStreamOptions): EventStream {
  const open = new Map<string, number>();
  let total = 0;
  return async (access, lastEventId) => {
    const who = `${access.project}/${access.key_id}`;
    const own = open.get(who) ?? 0;
    if (total >= mostStreams || own >= mostOfOne) throw tooMany();
    total++;
    open.set(who, own + 1);
    const close = () => {
      total--;
      const left = (open.get(who) ?? 1) - 1;
      if (left > 0) open.set(who, left);
      else open.delete(who);
    };
    let channel: Channel;
    try {
      channel = await live.join(access.project);
    } catch (error) {
      close();
      throw error;
    }
    const body = streamOf({
      channel,
      lastEventId,
      heartbeatMs,
      ended: async () => live.stopped || !(await opens(access)),
      stopped: () => live.stopped,
      close: () => {
        live.leave(channel);
        close();
      },
    });
    return new Response(body, { headers: HEADERS });
  };
}

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Proxies that gather an answer before they send it are asked not to.
  "x-accel-buffering": "no",
};

interface Reader {
  channel: Channel;
  lastEventId: string | undefined;
  heartbeatMs: number;
  /** Asked at each heartbeat. */
  ended(): Promise<boolean>;
  stopped(): boolean;
  close(): void;
}

function streamOf({ channel, lastEventId, heartbeatMs, ended, stopped, close }: Reader): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const known = lastEventId === undefined ? undefined : channel.after(lastEventId);
  let position = known ?? channel.end;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const finish = () => {
    if (closed) return;
    closed = true;
    clearInterval(timer);
    channel.wake();
    close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const type = lastEventId === undefined || known !== undefined ? "ready" : "refresh";
        controller.enqueue(
          encoder.encode(`retry: ${RETRY_MS}\n${written({ id: channel.idAt(position), event: { type } })}`),
        );
        timer = setInterval(() => {
          void ended()
            .catch(() => false)
            .then((over) => {
              if (closed) return;
              if (over) {
                finish();
                controller.close();
              } else if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": still here\n\n"));
            });
        }, heartbeatMs);
        timer.unref();
      },
      async pull(controller) {
        while (!closed && !stopped()) {
          const { events, next } = channel.from(position);
          position = next;
          if (events.length > 0) return controller.enqueue(encoder.encode(events.map(written).join("")));
          await channel.more(position);
        }
        if (closed) return;
        finish();
        controller.close();
      },
      cancel: finish,
    },
    { highWaterMark: 1 },
  );
}

/** JSON holds no line break, so an event is one line of data. */
function written({ id, event }: Numbered | { id: string; event: LiveEvent }): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function tooMany(): CulpritError {
  return new CulpritError("too_many_streams", "As many streams of events are open as may be.", {
    mend: "Close one, or ask the lists again from time to time.",
  });
}
