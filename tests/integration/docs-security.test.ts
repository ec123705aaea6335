import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "@culprit/schemas";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { createPrivacy } from "../../collector/privacy/privacy.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/security.md"), "utf8");
/** The port the page names. */
const NAMED_PORT = /\b4318\b/g;

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

/** Runs a script in a directory whose PATH has `culprit`; its exit code and all it wrote. */
function run(script: string, directory: string): Promise<{ code: number | null; written: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CULPRIT_")));
  const path = `${directory}:${process.env["PATH"] ?? ""}`;
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], { cwd: directory, env: { ...env, PATH: path } });
  return new Promise((resolve) => {
    let written = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (written += data));
    child.on("close", (code) => resolve({ code, written }));
  });
}

test("the commands of docs/security.md do what the page says", async () => {
  const directory = mkdtempSync(join(tmpdir(), "culprit-docs-"));
  try {
    const port = await freePort();
    const culprit = join(directory, "culprit");
    writeFileSync(culprit, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "cli/dist/main.js")}" "$@"\n`);
    chmodSync(culprit, 0o755);
    writeFileSync(join(directory, "culprit.yaml"), `port: ${port}\nurl: http://localhost:${port}\ndata: store\n`);
    const commands = blocks("sh");
    expect(commands.length).toBeGreaterThan(4);
    // What the page starts in the background ends with the script, whichever line that ends at.
    const trap = `trap 'kill "\${UP:-}" 2>/dev/null || true; wait' EXIT\n`;
    const script = trap + commands.join("\n").replace(NAMED_PORT, String(port));
    const { code, written } = await run(script, directory);
    expect(written).toContain("redacted:email");
    expect(written).toContain("Revoked ck_i_");
    expect(written).toContain("Deleted 1 run");
    expect(code, written).toBe(0);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}, 240_000);

test("its settings are settings", () => {
  const settings = blocks("yaml").map((block) => parse(block) as Record<string, unknown>);
  expect(settings.length).toBeGreaterThan(0);
  for (const each of settings) expect(() => createPrivacy(parseConfig(each))).not.toThrow();
});
