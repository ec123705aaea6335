import { readFileSync } from "node:fs";
import { openApiDocument } from "@culprit/schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, startCollector } from "./collector-harness.ts";

let running: Running;
beforeAll(async () => {
  running = await startCollector({ api_key: "an-operators-own-key" });
});
afterAll(() => running.close());

const headers = { authorization: "Bearer an-operators-own-key" };

test("the document is served as it is generated", async () => {
  const response = await fetch(`${running.url}/api/v1/openapi.json`, { headers });
  const { version } = JSON.parse(readFileSync("collector/package.json", "utf8")) as { version: string };
  expect(await response.json()).toEqual(openApiDocument(version));
});

test("the reference page loads nothing from outside and has no script or style of its own in it", async () => {
  const response = await fetch(`${running.url}/reference`, { headers });
  expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
  const page = await response.text();
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:\/\//);
  const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  expect(loaded.length).toBeGreaterThanOrEqual(3);
  for (const path of loaded) {
    const file = await fetch(`${running.url}${path}`, { headers });
    expect([path, file.status]).toEqual([path, 200]);
    expect(await file.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org)[a-z]+\.[a-z]+\/.*\.(js|css)/);
  }
});

test("both are for those who may read", async () => {
  for (const path of ["/api/v1/openapi.json", "/reference"]) {
    expect((await fetch(`${running.url}${path}`)).status).toBe(401);
  }
  expect((await fetch(`${running.url}/reference`)).headers.get("www-authenticate")).toContain("Basic");
});
