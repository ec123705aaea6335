import { API_FAILURES, openApiDocument, type RouteName, routes, streams } from "@culprit/schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";

const document = openApiDocument("1.2.3");
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe("the OpenAPI document", () => {
  it("has every stream, with what its events are", () => {
    const event = document.components.schemas["LiveEvent"];
    expect(JSON.stringify(event)).toContain('"const":"replay_job"');
    for (const { path } of Object.values(streams)) {
      const content = document.paths[path]?.["get"]?.responses["200"]?.content;
      expect(content).toEqual({ "text/event-stream": { schema: event } });
    }
  });

  it("has every route of the contract once, with a sentence, parameters and errors", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(
      [...Object.keys(routes), ...Object.keys(streams)].sort(),
    );
    for (const { path, method, operation } of operations) {
      const route = { method: "GET", ...{ ...routes, ...streams }[operation.operationId] };
      expect(path.replace(/\{(\w+)\}/g, ":$1")).toBe(route.path);
      expect(method.toUpperCase()).toBe(route.method);
      expect(operation.summary, path).toMatch(/^[A-Z].*\.$/);
      const inPath = operation.parameters.filter((each) => each.in === "path").map(({ name }) => `{${name}}`);
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(inPath);
      for (const [code, status] of Object.entries(operation["x-culprit-errors"])) {
        expect(API_FAILURES[code as keyof typeof API_FAILURES][0], code).toBe(status);
        expect(operation.responses[status]?.description).toContain(`\`${code}\``);
      }
    }
  });

  it("is JSON Schema 2020-12 throughout, and every reference leads somewhere", () => {
    const ajv = new Ajv2020({ strict: false, formats: { "date-time": true, uri: true } });
    ajv.addSchema({ $id: "culprit", ...document });
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target ?? "");
    expect(references.length).toBeGreaterThan(20);
    for (const target of new Set(references)) {
      expect(target).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(ajv.getSchema(`culprit${target}`), target).toBeTypeOf("function");
    }
  });

  it("keeps what has a default, and what is optional, out of what is required", () => {
    const list = document.paths["/api/v1/traces"]?.["get"];
    const since = list?.parameters.find(({ name }) => name === "since");
    expect(since).toMatchObject({ required: false, schema: { default: "30d" } });
    expect(list?.parameters.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["format", "fields", "text", "group"]),
    );
    expect(list?.parameters.every(({ required }) => !required)).toBe(true);
  });

  it("says which scope each route needs", () => {
    const scopes = (name: RouteName) =>
      operations.find(({ operation }) => operation.operationId === name)?.operation["x-culprit-scopes"];
    expect(scopes("deleteProject")).toEqual(["admin"]);
    expect(scopes("listTraces")).toEqual(["read"]);
  });
});
