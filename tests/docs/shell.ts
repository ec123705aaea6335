import { spawn } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** The fenced blocks of one language of a page under docs/, in order. */
export function fencedBlocks(page: string, language: string): string[] {
  const text = readFileSync(join(ROOT, "docs", page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block ?? "");
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/**
 * Runs a script with `culprit` on its PATH and no settings but the given ones; what it starts in the background as `UP`
 * ends with it.
 *
 * @param directory holds the `culprit` that is put on the PATH
 */
export function runScript(
  script: string,
  { directory, cwd, env = {} }: { directory: string; cwd: string; env?: Record<string, string> },
): Promise<{ code: number | null; written: string }> {
  const culprit = join(directory, "culprit");
  writeFileSync(culprit, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "cli/dist/main.js")}" "$@"\n`);
  chmodSync(culprit, 0o755);
  const trap = `trap 'kill "\${UP:-}" 2>/dev/null || true; wait' EXIT\n`;
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:CULPRIT|OPENAI)_/.test(name)));
  const child = spawn("bash", ["-euo", "pipefail", "-c", trap + script], {
    cwd,
    env: { ...clean, ...env, PATH: `${directory}:${process.env["PATH"] ?? ""}` },
  });
  const limit = setTimeout(() => child.kill("SIGTERM"), 200_000);
  return new Promise((resolve) => {
    let written = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (written += data));
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve({ code, written });
    });
  });
}
