import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "@culprit/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bodyOf } from "./conformance-bodies.ts";
import { openRequest } from "./open-request.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "cli", "dist", "main.js");

let data: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "culprit-drain-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(data, { recursive: true, force: true });
});

interface Up {
  child: ChildProcess;
  url: string;
  port: number;
  log(): string;
}

/** `culprit up`, as a process of its own. */
async function up(drainSeconds: number): Promise<Up> {
  if (!existsSync(PROGRAM)) throw new Error("cli is not built: run npx tsc -b");
  const env = { ...process.env, CULPRIT_DRAIN_SECONDS: String(drainSeconds) };
  const child = spawn(process.execPath, [PROGRAM, "up", "--json", "--port", "0", "--data", data], { env });
  children.push(child);
  let log = "";
  child.stderr?.on("data", (part) => (log += part));
  const [first] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  const { url } = JSON.parse(first.toString()) as { url: string };
  return { child, url, port: Number(new URL(url).port), log: () => log };
}

async function ready(url: string): Promise<{ draining?: boolean }> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined);
  return response ? ((await response.json()) as { draining?: boolean }) : { draining: true };
}

test("SIGTERM: a request under way is answered 200 and kept, nothing new is taken, and the process ends by itself", async () => {
  const { child, url, port, log } = await up(20);
  const { bytes, traceId } = bodyOf("traces", "json");
  const request = openRequest(port, bytes.length);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  for (let tries = 0; tries < 100 && !(await ready(url)).draining; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await expect(fetch(`${url}/v1/traces`, { method: "POST", body: "{}" })).rejects.toThrow();
  const started = Date.now();
  request.socket.write(bytes.subarray(1));
  expect(await request.answered).toMatch(/^HTTP\/1\.1 200 /);
  expect(await ended).toEqual([0, null]);
  expect(Date.now() - started).toBeLessThan(10_000);
  expect(log()).not.toContain("cut off");
  const store = await openEmbedded(data);
  store.readWith(() => ({
    dialect: "",
    operation: "",
    agent: "",
    tool: "",
    model: "",
    input: [],
    output: [],
    input_tokens: 0,
    output_tokens: 0,
    conversation_id: "",
  }));
  expect(await store.readSpans("default", traceId)).toHaveLength(1);
  await store.close();
});

test("SIGTERM: a request that never ends is cut at the deadline", async () => {
  const { child, port, log } = await up(1);
  const request = openRequest(port, 100);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const started = Date.now();
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  expect(Date.now() - started).toBeGreaterThan(900);
  expect(Date.now() - started).toBeLessThan(10_000);
  expect(await request.answered).toBe("");
  expect(log()).toContain("requests were cut off requests=1");
});
