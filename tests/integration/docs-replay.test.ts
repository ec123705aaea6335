import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWorkspace } from "@culprit/analyzers";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/replay.md"), "utf8");

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Whether this machine can keep the commands of a workspace to themselves. */
async function confines(): Promise<boolean> {
  try {
    await (await openWorkspace({ base: import.meta.dirname })).close();
    return true;
  } catch {
    return false;
  }
}

/** Runs a script from the root of the repository, with `culprit` on its PATH; its exit code and all it wrote. */
function run(
  script: string,
  path: string,
  environment: Record<string, string>,
): Promise<{ code: number | null; written: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:CULPRIT|OPENAI)_/.test(name)));
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
    cwd: root,
    env: { ...env, ...environment, PATH: `${path}:${process.env["PATH"] ?? ""}` },
  });
  return new Promise((resolve) => {
    let written = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (written += data));
    child.on("close", (code) => resolve({ code, written }));
  });
}

test("the commands of docs/replay.md do what the page says", { timeout: 600_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "culprit-docs-"));
  try {
    const [port, model, shellModel] = [await freePort(), await freePort(), await freePort()];
    const culprit = join(directory, "culprit");
    writeFileSync(culprit, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "cli/dist/main.js")}" "$@"\n`);
    chmodSync(culprit, 0o755);
    const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block ?? "");
    expect(commands.length).toBeGreaterThan(5);
    // What the page starts in the background ends with the script, whichever line that ends at.
    const trap = `trap 'kill "\${UP:-}" "\${MODEL:-}" "\${SHELL_MODEL:-}" 2>/dev/null || true; wait' EXIT\n`;
    const script = commands
      .join("\n")
      .replaceAll("/tmp/culprit-replay", join(directory, "work"))
      .replace(/\b4318\b/g, String(port))
      .replace(/\b4321\b/g, String(model))
      .replace(/\b4322\b/g, String(shellModel))
      // The commands are the example's own: where nothing can confine them they run all the same.
      .replace(/(main\.js text-columns|--workspace) /g, (await confines()) ? "$1 " : "$1 --isolation none ");
    const settings = {
      CULPRIT_PORT: String(port),
      CULPRIT_URL: `http://localhost:${port}`,
      CULPRIT_SETTLE_SECONDS: "1",
    };
    const { code, written } = await run(trap + script, directory, settings);
    expect(written).toContain("Planner at step 0 is decisive (earliest: proven).");
    expect(written).toContain("Coder at step 1 is decisive (earliest: proven).");
    expect(written).toMatch(/Coder at step ([2-9]|1\d) is decisive \(earliest: proven\)\./);
    expect(written).toMatch(/◀ correction\n\s+was .*\n\s+is /);
    expect(written).toMatch(/made the run fail: [0-9a-f]{32}/);
    expect(code, written).toBe(0);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
});
