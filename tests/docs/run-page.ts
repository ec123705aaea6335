import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The fenced blocks of one language on a page. */
export function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(root, "docs", page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block ?? "");
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Runs a page's commands in a directory of their own whose PATH has `culprit`. */
export async function runPage(page: string, settings: string): Promise<{ code: number | null; written: string }> {
  const directory = mkdtempSync(join(tmpdir(), "culprit-docs-"));
  try {
    const port = await freePort();
    const culprit = join(directory, "culprit");
    writeFileSync(culprit, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "cli/dist/main.js")}" "$@"\n`);
    chmodSync(culprit, 0o755);
    writeFileSync(
      join(directory, "culprit.yaml"),
      `port: ${port}\nurl: http://localhost:${port}\ndata: store\nsettle_seconds: 0.2\n${settings}`,
    );
    const trap = `trap 'kill "\${UP:-}" 2>/dev/null || true; wait' EXIT\n`;
    const script =
      trap +
      blocks(page, "sh")
        .join("\n")
        .replace(/\b4318\b/g, String(port));
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CULPRIT_")));
    const path = `${directory}:${process.env["PATH"] ?? ""}`;
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], { cwd: directory, env: { ...env, PATH: path } });
    const limit = setTimeout(() => child.kill("SIGTERM"), 200_000);
    return await new Promise((resolve) => {
      let written = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (written += data));
      child.on("close", (code) => {
        clearTimeout(limit);
        resolve({ code, written });
      });
    });
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
