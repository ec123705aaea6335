import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedEndpoint, scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/attribution.md"), "utf8");
const here = existsSync(join(root, "../shared/data/who-and-when"));
if (!here) console.error("skipped: ../shared/data is not here, so the commands of docs/attribution.md are not run");

/** Each `sh` block under the heading it stands beneath. */
const blocks = page.split(/^#+ /m).flatMap((section) => {
  const heading = section.split("\n")[0] ?? "";
  return [...section.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => [heading, match[1] ?? ""] as const);
});

describe.skipIf(!here)("the commands of docs/attribution.md", () => {
  let endpoint: ScriptedEndpoint;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "culprit-docs-"));
    // Scripted: it blames the first agent step of whatever it is shown.
    endpoint = await scriptedEndpoint(({ messages }) => {
      const text = messages.map(({ content }) => content).join("\n");
      const [, step, agent] = /\[(\d+)\] (\S+) \(agent\):/.exec(text) ?? [];
      return { content: JSON.stringify({ reason: "scripted", agent, step: Number(step) }) };
    });
  });
  afterAll(async () => {
    await endpoint.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("are there", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(5);
  });

  it.each(blocks)("%s", async (_, block) => {
    // The same program without npm in front, its files where they are swept up; two folds are enough to see it work.
    const script = block
      .replaceAll("npm run culprit --", "node cli/dist/main.js")
      .replaceAll("/tmp/", `${directory}/`)
      .replaceAll(/--folds \d+/g, "--folds 2");
    const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], {
      cwd: root,
      env: { PATH: process.env["PATH"], CULPRIT_LOG_LEVEL: "error", CULPRIT_TRACER_URL: endpoint.url },
      maxBuffer: 64 << 20,
    });
    if (stdout !== "") expect(stdout).toMatch(/\| (subset|who|.*n) +\|/);
    expect(stdout).not.toContain("NaN");
  });
});
