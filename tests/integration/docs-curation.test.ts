import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fencedBlocks, freePort, ROOT, runScript } from "../docs/shell.ts";

test("the commands of docs/curation.md do what the page says", { timeout: 300_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "culprit-docs-"));
  try {
    const port = String(await freePort());
    // The suite has built what the page builds.
    const script = fencedBlocks("curation.md", "sh")
      .join("\n")
      .replace("npm run build\n", "")
      .replaceAll("/tmp/culprit-curate", directory)
      .replace(/\b4318\b/g, port);
    const env = { CULPRIT_PORT: port, CULPRIT_URL: `http://localhost:${port}`, CULPRIT_SETTLE_SECONDS: "1" };
    const { code, written } = await runScript(script, { directory, cwd: ROOT, env });
    expect(code, written).toBe(0);
    expect(written).toMatch(/ledger 1: \d+ records in \S+ \(\d+ to train on, \d+ held out\)/);
    expect(written).toMatch(/[1-9]\d* counterfactual, [1-9]\d* injected, 0 human/);
    expect(written).toMatch(/14 of 14 runs \(10 done before\)/);
    expect(written).toMatch(/"version":2,.*"diff":\{"version":1/);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
});
