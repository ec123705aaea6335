import { z } from "zod";
import { apiKeySchema } from "../access.ts";
import { alertEventSchema } from "../alert.ts";
import { annotationSchema } from "../annotation.ts";
import { attributionSchema } from "../attribution.ts";
import { commentSchema, savedQuerySchema } from "../feedback.ts";
import { shareSchema } from "../figures.ts";
import { failureGroupSchema, groupChangeSchema } from "../group.ts";
import { attributeValueSchema } from "../json.ts";
import { liveEventSchema } from "../live.ts";
import { messageSchema } from "../message.ts";
import { outcomeSchema } from "../outcome.ts";
import { replaySchema } from "../replay.ts";
import { replayJobSchema } from "../replay-job.ts";
import { rewardPartsSchema } from "../reward.ts";
import { runSummarySchema } from "../run.ts";
import { spanSchema } from "../span.ts";
import { stepSchema } from "../trajectory.ts";
import {
  blamedAgentSchema,
  ROUTE_SCOPES,
  type RouteName,
  routes,
  type StreamName,
  streams,
  traceDetailSchema,
} from "./contract.ts";
import { API_FAILURES, type ApiFailureCode, apiErrorSchema } from "./failures.ts";

export type JsonSchema = { [key: string]: unknown };

/** One operation of the document. */
export interface OpenApiOperation {
  operationId: RouteName | StreamName;
  summary: string;
  tags: string[];
  parameters: { name: string; in: "path" | "query"; required: boolean; schema: JsonSchema; description?: string }[];
  requestBody?: { required: true; content: { "application/json": { schema: JsonSchema } } };
  responses: Record<string, { description: string; content: Record<string, { schema: JsonSchema }> }>;
  "x-culprit-scopes": readonly string[];
  /** Status and code of every error it may answer. */
  "x-culprit-errors": Record<string, number>;
}

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: JsonSchema };
}

/** Schemas that the document names once and refers to. */
const NAMED: Record<string, z.ZodType> = {
  AlertEvent: alertEventSchema,
  Annotation: annotationSchema,
  ApiKey: apiKeySchema,
  Attribution: attributionSchema,
  BlamedAgent: blamedAgentSchema,
  Comment: commentSchema,
  Error: apiErrorSchema,
  Group: failureGroupSchema,
  GroupChange: groupChangeSchema,
  LiveEvent: liveEventSchema,
  Message: messageSchema,
  Outcome: outcomeSchema,
  Replay: replaySchema,
  ReplayJob: replayJobSchema,
  Run: runSummarySchema,
  SavedQuery: savedQuerySchema,
  Share: shareSchema,
  Reward: rewardPartsSchema,
  RunDetail: traceDetailSchema,
  Span: spanSchema,
  Step: stepSchema,
  Value: attributeValueSchema,
};

/** What every list takes beside its own parameters; the router answers them. */
export const LIST_PARAMETERS = {
  format: {
    schema: { type: "string", enum: ["json", "ndjson"], default: "json" },
    description: "ndjson streams the whole list, all pages, one item a line; so does `accept: application/x-ndjson`.",
  },
  fields: {
    schema: { type: "string" },
    description: "Only these fields of each item, with commas between them.",
  },
} as const;

const DESCRIPTION =
  "Which agent broke which run, at which step, and how firmly that is known. Every list has a time window with a " +
  "default, pages by an opaque cursor, and streams as NDJSON. Errors are {error: {code, message, mend}}; codes are stable.";

/** The OpenAPI 3.1 document of the contract. Pure. */
export function openApiDocument(version: string): OpenApiDocument {
  const schemas = convertAll();
  const paths: OpenApiDocument["paths"] = {};
  for (const name of Object.keys(routes) as RouteName[]) {
    const { path, method } = routes[name];
    const templated = path.replace(/:(\w+)/g, "{$1}");
    paths[templated] ??= {};
    paths[templated][method.toLowerCase()] = operation(name, schemas);
  }
  for (const name of Object.keys(streams) as StreamName[]) paths[streams[name].path] = { get: streamed(name, schemas) };
  const components = Object.fromEntries(Object.keys(NAMED).map((name) => [name, schemas[name] ?? {}]));
  return {
    openapi: "3.1.0",
    info: {
      title: "Culprit",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }, {}],
    paths,
    components: {
      schemas: components,
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "An API key: `culprit keys create`." } },
    },
  };
}

/** Codes of what a route may answer, stated for all routes in one place. */
export function routeErrors(name: RouteName): ApiFailureCode[] {
  const {
    method,
    params,
    query,
    errors = [],
  } = routes[name] as (typeof routes)[RouteName] & {
    errors?: readonly ApiFailureCode[];
  };
  const takes = { ...params.shape, ...query.shape };
  return everyError({
    takesInput: Object.keys(takes).length > 0 || hasBody(name),
    writes: method !== "GET",
    errors,
    body: hasBody(name),
  });
}

function everyError(route: {
  takesInput: boolean;
  writes: boolean;
  errors: readonly ApiFailureCode[];
  body: boolean;
}): ApiFailureCode[] {
  return [
    ...(route.takesInput ? (["invalid"] as const) : []),
    "unauthorized",
    "forbidden_host",
    ...(route.writes ? (["forbidden_origin"] as const) : []),
    "forbidden_scope",
    ...route.errors,
    "method_not_allowed",
    ...(route.body ? (["too_large", "unsupported_content", "busy"] as const) : []),
    "rate_limited",
    "internal",
    "store_unavailable",
  ];
}

/** Whether a route takes a JSON body. */
export function hasBody(name: RouteName): boolean {
  const { method, body } = routes[name];
  return (method === "POST" || method === "PUT") && !("shape" in body && Object.keys(body.shape).length === 0);
}

function operation(name: RouteName, schemas: Record<string, JsonSchema>): OpenApiOperation {
  const route = routes[name];
  const list = "list" in route ? route.list : undefined;
  const response = schemas[`${name}.response`] ?? {};
  const errors = routeErrors(name);
  const responses: OpenApiOperation["responses"] = {
    ["status" in route ? route.status : 200]: {
      description: "As asked.",
      content: {
        "application/json": { schema: response },
        ...(list === undefined ? {} : { "application/x-ndjson": { schema: itemSchema(response, list) } }),
      },
    },
  };
  addErrors(responses, errors);
  return {
    operationId: name,
    summary: route.about,
    tags: [route.path.split("/")[3] ?? ""],
    parameters: [
      ...parameters(schemas[`${name}.params`], "path"),
      ...parameters(schemas[`${name}.query`], "query"),
      ...(list === undefined
        ? []
        : Object.entries(LIST_PARAMETERS).map(([key, more]) => ({
            name: key,
            in: "query" as const,
            required: false,
            ...more,
          }))),
    ],
    ...(hasBody(name)
      ? {
          requestBody: {
            required: true as const,
            content: { "application/json": { schema: schemas[`${name}.body`] ?? {} } },
          },
        }
      : {}),
    responses,
    "x-culprit-scopes": ROUTE_SCOPES[name],
    "x-culprit-errors": Object.fromEntries(errors.map((code) => [code, API_FAILURES[code][0]])),
  };
}

/** A stream, as an operation. */
function streamed(name: StreamName, schemas: Record<string, JsonSchema>): OpenApiOperation {
  const { path, about, scopes, errors: own } = streams[name];
  const errors = everyError({ takesInput: true, writes: false, errors: own, body: false });
  const responses: OpenApiOperation["responses"] = {
    "200": {
      description: "One server-sent event after the other; the data of each is as the schema says.",
      content: { "text/event-stream": { schema: schemas[`${name}.event`] ?? {} } },
    },
  };
  addErrors(responses, errors);
  return {
    operationId: name,
    summary: about,
    tags: [path.split("/")[3] ?? ""],
    parameters: parameters(schemas[`${name}.query`], "query"),
    responses,
    "x-culprit-scopes": scopes,
    "x-culprit-errors": Object.fromEntries(errors.map((code) => [code, API_FAILURES[code][0]])),
  };
}

function addErrors(responses: OpenApiOperation["responses"], errors: readonly ApiFailureCode[]): void {
  for (const code of errors) {
    const [status, when] = API_FAILURES[code];
    const known = responses[status]?.description;
    responses[status] = {
      description: `${known === undefined ? "" : `${known} `}\`${code}\`: ${when}`,
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    };
  }
}

function parameters(schema: JsonSchema | undefined, where: "path" | "query"): OpenApiOperation["parameters"] {
  const properties = (schema?.["properties"] ?? {}) as Record<string, JsonSchema>;
  const required = (schema?.["required"] ?? []) as string[];
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: each,
  }));
}

function itemSchema(response: JsonSchema, list: string): JsonSchema {
  const properties = (response["properties"] ?? {}) as Record<string, JsonSchema>;
  return (properties[list]?.["items"] ?? {}) as JsonSchema;
}

/** Every schema of the contract as JSON Schema 2020-12, OpenAPI 3.1's own dialect, referring to the named ones. */
function convertAll(): Record<string, JsonSchema> {
  const output: Record<string, z.ZodType> = { ...NAMED };
  const input: Record<string, z.ZodType> = { ...NAMED };
  for (const name of Object.keys(routes) as RouteName[]) {
    const { params, query, body, response } = routes[name];
    output[`${name}.response`] = response;
    Object.assign(input, { [`${name}.params`]: params, [`${name}.query`]: query, [`${name}.body`]: body });
  }
  for (const name of Object.keys(streams) as StreamName[]) {
    output[`${name}.event`] = streams[name].event;
    input[`${name}.query`] = streams[name].query;
  }
  return { ...convert(input, "input"), ...convert(output, "output") };
}

function convert(schemas: Record<string, z.ZodType>, io: "input" | "output"): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  const shared = new Map<z.ZodType, string>();
  for (const [id, schema] of Object.entries(schemas)) {
    // Some routes share a schema; it is converted once.
    if (shared.has(schema)) continue;
    shared.set(schema, id);
    registry.add(schema, { id });
  }
  const made = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` }).schemas as Record<
    string,
    JsonSchema
  >;
  const of = (id: string, schema: z.ZodType) => {
    const { $schema: _, $id: __, ...rest } = made[shared.get(schema) ?? id] ?? {};
    return rest;
  };
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, of(id, schema)]));
}
