import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "@culprit/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { fencedBlocks, freePort, ROOT, runScript } from "../docs/shell.ts";
import { failureLog, writeLogs } from "../unit/analyzers/evaluation/failure-logs.ts";
import { type ScriptedEndpoint, scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-docs-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

describe("docs/feedback.md", () => {
  test("does what it says", async () => {
    const port = String(await freePort());
    const script = fencedBlocks("feedback.md", "sh")
      .join("\n")
      .replaceAll("/tmp/culprit-feedback", join(directory, "work"))
      .replace(/\b4318\b/g, port);
    const env = { CULPRIT_PORT: port, CULPRIT_SETTLE_SECONDS: "0.3", CULPRIT_POLL_SECONDS: "0.1" };
    const { code, written } = await runScript(script, { directory, cwd: ROOT, env });
    expect(code, written).toBe(0);
    expect(written).toMatch(/\[untrusted [0-9a-f]{12} begins\]\n {4}Blamed: Coder\n {4}Step: 0/);
  }, 240_000);
});

describe("docs/tracer.md", () => {
  const [settings = ""] = fencedBlocks("tracer.md", "yaml");
  const endpoints: ScriptedEndpoint[] = [];
  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
  });
  const AGENTS = ["Alpha", "Beta", "Gamma"];
  /** A scripted tracer under a model's name that is wrong about every so many runs. */
  const tracer = async (id: string, wrongEvery: number) => {
    const endpoint = await scriptedEndpoint(
      ({ messages }) => {
        const number = Number(/Question q(\d+)/.exec(messages.at(-1)?.content ?? "")?.[1]);
        const step = (number + (number % wrongEvery === 0 ? 1 : 0)) % 3;
        return { content: `<think>Hm.</think><answer>${AGENTS[step]}|${step}</answer>` };
      },
      { models: [{ id }] },
    );
    endpoints.push(endpoint);
    return endpoint.url.replace(/\/v1$/, "");
  };

  test("its settings are settings", () => {
    expect(parseConfig(parse(settings) as Record<string, unknown>)).toMatchObject({
      tracer_model: "in-use",
      shadow_tracer_model: "candidate",
      shadow_tracer_strategy: "tracer",
    });
  });

  test("does what it says", async () => {
    const logs = Array.from({ length: 12 }, (_, n) => [`${n}.json`, failureLog(`q${n}`, AGENTS, n % 3)] as const);
    writeLogs(join(directory, "labelled"), Object.fromEntries(logs));
    const port = String(await freePort());
    const [inUse, candidate] = [await tracer("in-use", 2), await tracer("candidate", 6)];
    const here = (text: string) =>
      text
        .replaceAll("http://localhost:8000", inUse)
        .replaceAll("http://localhost:8001", candidate)
        .replace(/\b4318\b/g, port);
    writeFileSync(
      join(directory, "culprit.yaml"),
      `port: ${port}\nurl: http://localhost:${port}\ndata: store\nsettle_seconds: 0.2\npoll_seconds: 0.1\n${here(settings)}`,
    );
    const script = here(fencedBlocks("tracer.md", "sh").join("\n"));
    const { code, written } = await runScript(script, { directory, cwd: directory });
    expect(code, written).toBe(0);
    expect(written).toMatch(/\| B +\| \*\*tracer:candidate@http.*\| 83\.3 \[/);
    expect(written).toContain("12 runs can only show large differences.");
    expect(written).toMatch(/^undecided$/m);
    expect(written).toMatch(/tracer:candidate +human +\d+/);
  }, 240_000);
});
