import {
  CulpritError,
  hasBody,
  LIST_PARAMETERS,
  ROUTE_SCOPES,
  type RouteName,
  routes,
  streams,
} from "@culprit/schemas";
import { type Context, Hono } from "hono";
import type { z } from "zod";
import { accessOf, missingScope } from "../access/access.ts";
import type { EventStream } from "../live/event-stream.ts";
import type { Log } from "../log.ts";
import { readBody } from "../otlp/body.ts";
import { BodyError } from "../otlp/decompress.ts";
import { BusyError, type MemoryGate } from "../otlp/memory.ts";
import { answerFailure, failureResponse, invalid, notFound } from "./failures.ts";
import type { Checked, Handlers } from "./handlers.ts";
import { type ListFormat, listFormat, pickFields, STREAM_PAGE, STREAM_PAGE_WHOLE, streamList } from "./list-format.ts";

/** The REST API: every route of the contract, its input checked by the contract's own schemas. */
export function createApi(
  handlers: Handlers,
  options: { maxBodyBytes: number; gate: MemoryGate; log: Log; events: EventStream },
): Hono {
  const app = new Hono();
  const methods = new Map<string, string[]>();
  for (const name of Object.keys(routes) as RouteName[]) {
    const { method, path } = routes[name];
    methods.set(path, [...(methods.get(path) ?? []), method]);
    app.on(method, path, (context) => respond(context, name, handlers, options));
  }
  const { path, scopes, query } = streams.events;
  methods.set(path, ["GET"]);
  app.get(path, (context) => {
    const access = accessOf(context);
    const missing = missingScope(access, scopes);
    if (missing) throw missing;
    const given = check(query, knownQuery(context, query, false), "query") as { last_event_id?: string };
    return options.events(access, context.req.header("last-event-id") ?? given.last_event_id);
  });
  for (const [path, allowed] of methods) {
    app.all(path, (context) => {
      const allow = allowed.join(", ");
      const message = `${context.req.method} is not possible here.`;
      const response = failureResponse(new CulpritError("method_not_allowed", message, { mend: `Use ${allow}.` }));
      response.headers.set("allow", allow);
      return response;
    });
  }
  app.all("/api/*", (context) =>
    failureResponse(notFound(`There is no ${context.req.method} ${context.req.path.slice(0, 200)}.`)),
  );
  app.onError((error) => answerFailure(error, options.log));
  return app;
}

async function respond<Name extends RouteName>(
  context: Context,
  name: Name,
  handlers: Handlers,
  limits: { maxBodyBytes: number; gate: MemoryGate },
): Promise<Response> {
  const route = routes[name];
  const access = accessOf(context);
  const missing = missingScope(access, ROUTE_SCOPES[name]);
  if (missing) throw missing;
  const list = "list" in route ? route.list : undefined;
  const input = {
    params: check(route.params, context.req.param(), "path"),
    query: check(route.query, knownQuery(context, route.query, list !== undefined), "query"),
    body: hasBody(name) ? check(route.body, await readJson(context, limits), "body") : {},
  } as Checked<Name>;
  const handle = handlers[name];
  const { signal } = context.req.raw;
  const status = "status" in route ? route.status : 200;
  if (list === undefined) return json(await handle(input, access, signal), status);
  return await answerList(listFormat(context), { name, list }, input, (checked) => handle(checked, access, signal));
}

function json(answer: unknown, status = 200): Response {
  return Response.json(answer, { status, headers: { "cache-control": "no-store" } });
}

/** Any list: a page of it, or all of it a line an item; in all fields, or in those asked for. */
async function answerList<Name extends RouteName>(
  { ndjson, fields }: ListFormat,
  { name, list }: { name: Name; list: string },
  input: Checked<Name>,
  handle: (input: Checked<Name>) => Promise<unknown>,
): Promise<Response> {
  const known = itemFields(name, list);
  pickFields({}, fields, known);
  const pick = (answer: unknown) =>
    ((answer as Record<string, unknown[]>)[list] ?? []).map((item) => pickFields(item, fields, known));
  if (!ndjson) {
    const answer = (await handle(input)) as Record<string, unknown>;
    return json(fields === undefined ? answer : { ...answer, [list]: pick(answer) });
  }
  const paged = "cursor" in routes[name].query.shape;
  const whole = (input.query as { texts?: string }).texts === "full";
  const pageSize = whole ? STREAM_PAGE_WHOLE : STREAM_PAGE;
  return await streamList(async (cursor) => {
    const query = {
      ...input.query,
      ...(paged ? { limit: pageSize } : {}),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const answer = (await handle({ ...input, query } as Checked<Name>)) as { next_cursor?: string | null };
    return { items: pick(answer), next: answer.next_cursor ?? null };
  });
}

/** The fields an item of a route's list may have. */
function itemFields(name: RouteName, list: string): string[] {
  const items = (routes[name].response.shape as Record<string, z.ZodType>)[list] as z.ZodArray<z.ZodObject>;
  return Object.keys(items.element.shape);
}

/** The query, when the route knows all of it: a misspelt filter must not quietly select everything. */
function knownQuery(context: Context, schema: z.ZodObject, isList: boolean): Record<string, string> {
  const given = context.req.query();
  const known = [...Object.keys(schema.shape), ...(isList ? Object.keys(LIST_PARAMETERS) : [])];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const takes = known.length === 0 ? "It takes none." : `It takes ${known.join(", ")}.`;
    throw invalid(`The query is wrong: there is no parameter ${unknown.slice(0, 100)}.`, takes);
  }
  return given;
}

function check(schema: z.ZodType, value: unknown, where: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue?.path.join(".") || where;
  throw invalid(`The ${where} is wrong at ${at}: ${issue?.message ?? "unreadable"}.`);
}

/** JSON only, and said to be JSON: a form on another site can't send that without being asked first. */
async function readJson(
  context: Context,
  { maxBodyBytes, gate }: { maxBodyBytes: number; gate: MemoryGate },
): Promise<unknown> {
  const media = (context.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (media !== "application/json") {
    throw new CulpritError("unsupported_content", "The body has to be application/json.", {
      mend: "Set the header content-type: application/json.",
    });
  }
  const reservation = gate.open();
  try {
    const bytes = await readBody(context, { limit: maxBodyBytes, reservation });
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    if (error instanceof BodyError) {
      const code = { 400: "invalid", 413: "too_large", 415: "unsupported_content" }[error.status];
      throw new CulpritError(code, error.message);
    }
    if (error instanceof BusyError) throw new CulpritError("busy", error.message);
    throw invalid("The body is not JSON.");
  } finally {
    reservation.release();
  }
}
