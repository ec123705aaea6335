import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startCollector } from "./collector-harness.ts";
import { bodyOf } from "./conformance-bodies.ts";

const APP = "https://app.example.com";
const KEY = "a-key-of-sixteen-or-more";
let open: Running;
let closed: Running;
let keyed: Running;
beforeAll(async () => {
  const cors_origins = [APP, "https://*.preview.example.com", "http://localhost:5173"];
  [open, closed, keyed] = await Promise.all([
    startCollector({ cors_origins }),
    startCollector(),
    startCollector({ cors_origins: "*", api_key: KEY }),
  ]);
});
afterAll(() => Promise.all([open.close(), closed.close(), keyed.close()]));

function preflight(to: Running, origin: string, path = "/v1/traces", headers = "content-type,authorization,x-team") {
  return fetch(to.url + path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": headers },
  });
}

function send(to: Running, origin: string, path = "/v1/traces", more: Record<string, string> = {}) {
  const body = path === "/v1/traces" ? bodyOf("traces", "json").bytes : "{}";
  return fetch(to.url + path, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", origin, ...more },
  });
}

const allowed = (response: Response): string | null => response.headers.get("access-control-allow-origin");

describe("a page of an allowed origin", () => {
  test.each([APP, "https://APP.example.com", "https://pr-7.preview.example.com", "http://localhost:5173"])(
    "%s may ask, and may send telemetry",
    async (origin) => {
      for (const path of ["/v1/traces", "/v1/logs", "/v1/metrics"]) {
        const asked = await preflight(open, origin, path);
        expect([asked.status, allowed(asked), asked.headers.get("access-control-allow-methods")]).toEqual([
          204,
          origin,
          "POST",
        ]);
        expect(asked.headers.get("access-control-allow-headers")).toBe("content-type,authorization,x-team");
        expect(asked.headers.get("vary")).toContain("origin");
        const sent = await send(open, origin, path);
        expect([sent.status, allowed(sent), sent.headers.get("vary")]).toEqual([200, origin, "origin"]);
      }
    },
  );

  test("may read why it was refused", async () => {
    const response = await send(open, APP, "/v1/traces", { "content-type": "text/plain" });
    expect([response.status, allowed(response)]).toEqual([415, APP]);
    expect(response.headers.get("access-control-expose-headers")).toBe("retry-after");
  });

  test("headers that are no header names are not repeated", async () => {
    const asked = await preflight(open, APP, "/v1/traces", "x<script>, ok");
    expect(asked.headers.get("access-control-allow-headers")).toBe("content-type, content-encoding, authorization");
  });

  test("may do nothing but send telemetry", async () => {
    for (const path of ["/api/v1/replays", "/api/v1/traces", "/metrics", "/"]) {
      const asked = await preflight(open, APP, path);
      expect(allowed(asked), path).toBeNull();
    }
    expect((await send(open, APP, "/api/v1/replays")).status).toBe(403);
  });
});

describe("a page of any other origin", () => {
  test.each([
    "https://evil.example.com",
    "http://app.example.com",
    "https://app.example.com.evil.org",
    "https://evilpreview.example.com",
    "https://evil.org/.preview.example.com",
    "null",
  ])("%s is told nothing and stores nothing", async (origin) => {
    for (const to of [open, closed]) {
      expect(allowed(await preflight(to, origin))).toBeNull();
      const before = (await to.store.counts("default")).spans;
      const sent = await send(to, origin);
      expect([sent.status, allowed(sent)]).toEqual([403, null]);
      expect((await to.store.counts("default")).spans).toBe(before);
    }
  });
});

describe("with keys", () => {
  test("the preflight needs none, the request does, and its refusal can be read", async () => {
    expect((await preflight(keyed, APP)).status).toBe(204);
    const refused = await send(keyed, APP);
    expect([refused.status, allowed(refused)]).toEqual([401, APP]);
    expect((await send(keyed, APP, "/v1/traces", { authorization: `Bearer ${KEY}` })).status).toBe(200);
  });

  test("«*» is every origin but the one of a sandboxed or local page", async () => {
    expect(allowed(await preflight(keyed, "https://anything.example"))).toBe("https://anything.example");
    expect(allowed(await preflight(keyed, "null"))).toBeNull();
  });
});
