import { CulpritError, describeError } from "@culprit/schemas";
import type { Context } from "hono";
import { invalid } from "./failures.ts";

/** How a list was asked for, beside its route's own query. */
export interface ListFormat {
  ndjson: boolean;
  /** Fields of each item that were asked for; all when undefined. */
  fields: string[] | undefined;
}

export const NDJSON_TYPE = "application/x-ndjson";
/** Items of a page while a list streams: a page costs the store much the same, few or many; whole texts weigh. */
export const STREAM_PAGE = 2900;
export const STREAM_PAGE_WHOLE = 200;

/** `format` and `fields` of a request. Throws `invalid`. */
export function listFormat(context: Context): ListFormat {
  const { format, fields } = context.req.query();
  if (format !== undefined && format !== "json" && format !== "ndjson") {
    throw invalid("The query is wrong at format: it is json or ndjson.");
  }
  const accepts = (context.req.header("accept") ?? "").includes(NDJSON_TYPE);
  const names = fields?.split(",").flatMap((name) => name.trim() || []);
  if (names?.length === 0) throw invalid("The query is wrong at fields: it names none.");
  return { ndjson: format === "ndjson" || (format === undefined && accepts), fields: names };
}

/** An item with the fields that were asked for. Throws `invalid` for a field that items never have. */
export function pickFields(item: unknown, fields: readonly string[] | undefined, known: readonly string[]): unknown {
  if (fields === undefined) return item;
  const unknown = fields.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalid(
      `The query is wrong at fields: there is no ${unknown.slice(0, 100)}.`,
      `There are ${known.join(", ")}.`,
    );
  }
  const from = item as Record<string, unknown>;
  return Object.fromEntries(fields.flatMap((name) => (Object.hasOwn(from, name) ? [[name, from[name]]] : [])));
}

/** One page of a list: its items, and where the next begins. */
export type NextPage = (cursor: string | undefined) => Promise<{ items: unknown[]; next: string | null }>;

/**
 * A whole list, one item a line. Pages are read as the reader takes them, so the list is never held as a whole. A
 * failure after the first page ends it with a line `{"error": {code, message}}`.
 */
export async function streamList(read: NextPage): Promise<Response> {
  // The first page is read before the status is sent, so that what is wrong is answered as ever.
  let page: { items: unknown[]; next: string | null } | undefined = await read(undefined);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (page === undefined) return controller.close();
      const { items, next } = page;
      if (items.length > 0)
        controller.enqueue(encoder.encode(items.map((item) => `${JSON.stringify(item)}\n`).join("")));
      if (next === null) {
        page = undefined;
        return controller.close();
      }
      try {
        page = await read(next);
      } catch (error) {
        const code = error instanceof CulpritError ? error.code : "internal";
        const message = error instanceof CulpritError ? describeError(error) : "Something went wrong here.";
        controller.enqueue(encoder.encode(`${JSON.stringify({ error: { code, message } })}\n`));
        page = undefined;
        controller.close();
      }
    },
  });
  return new Response(body, { headers: { "content-type": NDJSON_TYPE, "cache-control": "no-store" } });
}
