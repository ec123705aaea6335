import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "@culprit/schemas";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { agentNaming } from "../../instrumentation/gateway/agent-rules.ts";
import {
  chunk,
  completion,
  scriptedEndpoint,
  sendEvents,
  sendJson,
} from "../unit/instrumentation/scripted-endpoint.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/gateway.md"), "utf8");

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block ?? "");
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

test("the commands of docs/gateway.md do what the page says", async () => {
  const endpoint = await scriptedEndpoint(({ body, path }, response) => {
    if (path.endsWith("/models")) sendJson(response, { object: "list", data: [{ id: "scripted-1", object: "model" }] });
    else if (body["stream"] === true)
      sendEvents(response, [chunk({ role: "assistant", content: "Written up." }), chunk({}, "stop")]);
    else sendJson(response, completion({ content: "Go by train." }));
  });
  const directory = mkdtempSync(join(tmpdir(), "culprit-docs-"));
  try {
    const [port, gatewayPort, mountedPort] = [await freePort(), await freePort(), await freePort()];
    const culprit = join(directory, "culprit");
    writeFileSync(culprit, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "cli/dist/main.js")}" "$@"\n`);
    chmodSync(culprit, 0o755);
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
    const settings = { port, gateway_port: gatewayPort, url: `http://localhost:${port}`, data: "store" };
    writeFileSync(join(directory, "culprit.yaml"), JSON.stringify(settings));
    const here = (text: string) =>
      text
        .replace(/\b4318\b/g, String(port))
        .replace(/\b4319\b/g, String(gatewayPort))
        .replace(/\b4320\b/g, String(mountedPort))
        .replaceAll("https://api.openai.com/v1", `${endpoint.url}/v1`);
    const [program = ""] = blocks("js");
    writeFileSync(join(directory, "agent.mjs"), here(program));
    const commands = blocks("sh");
    expect(commands.length).toBeGreaterThan(4);
    const trap = `trap 'kill "\${UP:-}" "\${GATEWAY:-}" "\${MOUNTED:-}" 2>/dev/null || true; wait' EXIT\n`;
    const { code, written } = await run(trap + here(commands.join("\n")), directory);
    expect(code, written).toBe(0);
    expect(written).toContain("Go by train.");
    expect(written).toContain("Written up.");
    expect(written).toMatch(/Planner/);
    expect(written).toMatch(/Writer/);
    expect(written).toContain("scripted-1");
  } finally {
    await endpoint.close();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}, 120_000);

test("its settings are settings", () => {
  for (const block of blocks("yaml")) {
    const { gateway_agent_rules: rules } = parseConfig(parse(block) as Record<string, unknown>);
    const naming = agentNaming(rules);
    const system = (content: string) => [{ role: "system", parts: [{ type: "text", content }] }];
    expect(naming(system("In this team your role is critic."))).toBe("critic");
    expect(naming(system("Please WRITE UNIT TESTS."))).toBe("Tester");
  }
});

test("its table of settings has their defaults", () => {
  const defaults = parseConfig() as Record<string, unknown>;
  for (const [, name = "", value = ""] of page.matchAll(/^\| `(gateway_\w+)` \| (\d+) \|/gm)) {
    expect(defaults[name], name).toBe(Number(value));
  }
  const named = [...page.matchAll(/\bgateway_[a-z_]+/g)].map(([name]) => name);
  for (const name of named) expect(Object.keys({ gateway_upstream: 0, ...defaults }), name).toContain(name);
});

/** Runs a script in a directory whose PATH has `culprit`; its exit code and all it wrote. */
function run(script: string, directory: string): Promise<{ code: number | null; written: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CULPRIT_")));
  const path = `${directory}:${process.env["PATH"] ?? ""}`;
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
    cwd: directory,
    env: { ...env, PATH: path, OPENAI_API_KEY: "sk-scripted-endpoint" },
  });
  return new Promise((resolve) => {
    let written = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (written += data));
    child.on("close", (code) => resolve({ code, written }));
  });
}
