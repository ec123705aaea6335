import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const QUICKSTART = join(import.meta.dirname, "../../examples/dist/quickstart/main.js");

function quickstart(
  flag = "--json",
  more: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], TMPDIR: process.env["TMPDIR"], ...more };
    execFile(process.execPath, [QUICKSTART, flag], { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, stdout, stderr });
    });
  });
}

describe("npm run quickstart", () => {
  it("goes the whole loop, and replay finds the seeded step of every failed run", { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await quickstart();
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const results = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(results.runs).toBeGreaterThanOrEqual(20);
    expect(results.failed).toBeGreaterThanOrEqual(10);
    expect(results.runs - results.failed).toBeGreaterThanOrEqual(8);
    expect(results.attributed).toBe(results.failed);
    expect(results.replayed).toBe(results.failed);
    expect(results.replay_hits).toBe(results.failed);
    expect(results.alerts).toBeGreaterThanOrEqual(1);
    expect(results.exported.train + results.exported.test).toBe(results.failed);
    expect(stdout).toContain("no language model runs");
    expect(stdout).toMatch(/alert received: \w+ blamed for \d+ failed runs/);
    expect(stdout).toMatch(/Coder +\d +.*verified/);
  });

  it("with --keep gives the prompt back and leaves the server up", { timeout: 300_000 }, async () => {
    const { code, stdout } = await quickstart("--keep");
    expect(code).toBe(0);
    const url = /on a temporary store: (\S+)/.exec(stdout)?.[1] ?? "";
    const [, pid, directory] = /kill (\d+) && rm -r (\S+)/.exec(stdout) ?? [];
    try {
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    } finally {
      process.kill(Number(pid), "SIGTERM");
      await expect
        .poll(
          () =>
            fetch(url).then(
              () => "up",
              () => "down",
            ),
          { timeout: 20_000 },
        )
        .toBe("down");
      rmSync(directory ?? "", { recursive: true, force: true });
    }
  });

  it("says why when the server cannot start, and ends", { timeout: 120_000 }, async () => {
    const { code, stderr } = await quickstart("--json", { CULPRIT_PORTT: "1" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Did you mean CULPRIT_PORT\?/);
  });
});
