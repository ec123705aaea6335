import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { completion, sendJson } from "../unit/instrumentation/scripted-endpoint.ts";
import { CULPRIT } from "./cli-process.ts";

const directory = mkdtempSync(join(tmpdir(), "culprit-tls-"));
const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
let server: Server | undefined;
const ends: (() => Promise<unknown>)[] = [];

/** Whether there is an openssl to make a certificate with. */
function certified(): boolean {
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  try {
    execFileSync("openssl", [...args, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("skipped: there is no openssl to make a certificate with");
    return false;
  }
}
const ready = certified();

beforeAll(async () => {
  if (!ready) return;
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, response) => {
    incoming.resume().once("end", () => sendJson(response, completion({ content: incoming.headers.host ?? "" })));
  });
  await new Promise<void>((resolve) => server?.listen(0, "localhost", resolve));
});
afterAll(async () => {
  for (const end of ends) await end();
  server?.closeAllConnections();
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** `culprit gateway` before the server; its address. */
async function startGateway(upstream: string, env: Record<string, string>): Promise<string> {
  const args = [CULPRIT, "gateway", "--json", "--upstream", upstream, "--port", "0", "--url", "http://127.0.0.1:9"];
  const clean = { PATH: process.env["PATH"], CULPRIT_LOG_LEVEL: "error", CULPRIT_DRAIN_SECONDS: "0.2", ...env };
  const child = spawn(process.execPath, args, { env: clean, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  ends.push(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  return (JSON.parse(line) as { url: string }).url;
}

it.skipIf(!ready)("an endpoint behind TLS is reached when its certificate holds, and only then", async () => {
  if (server === undefined) throw new Error("The endpoint did not start.");
  const { port } = server.address() as AddressInfo;
  // Without a path, /v1 is meant.
  const upstream = `https://localhost:${port}`;
  const body = JSON.stringify({ model: "scripted-1", messages: [] });
  const call = async (gateway: string) => await fetch(`${gateway}/v1/chat/completions`, { method: "POST", body });

  const trusting = await call(await startGateway(upstream, { NODE_EXTRA_CA_CERTS: cert }));
  expect(trusting.status).toBe(200);
  expect(await trusting.json()).toMatchObject({ choices: [{ message: { content: `localhost:${port}` } }] });

  const strict = await call(await startGateway(upstream, {}));
  expect(strict.status).toBe(502);
  expect(await strict.json()).toMatchObject({
    error: { code: "upstream_unreachable", message: expect.stringMatching(/SELF_SIGNED/) },
  });
});
