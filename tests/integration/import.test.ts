import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runPage } from "../docs/run-page.ts";
import { scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";
import { culprit, temporaryDirectory } from "./cli-process.ts";

const directory = temporaryDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
const write = (path: string, content: unknown) => {
  const at = join(directory, path);
  mkdirSync(join(at, ".."), { recursive: true });
  writeFileSync(at, typeof content === "string" ? content : JSON.stringify(content));
  return at;
};

const mini = {
  trajectory_format: "mini-swe-agent-1",
  info: { exit_status: "LimitsExceeded", model_stats: { instance_cost: 0.25 } },
  messages: [
    { role: "user", content: "Fix it." },
    { role: "assistant", content: "I run it.\n\n```bash\npytest\n```" },
    { role: "user", content: "<returncode>1</returncode>\n<output>\n\u001b[31m1 failed\u001b[0m\n</output>" },
  ],
};

describe("culprit import", () => {
  it("says what is in an archive without storing it, as one document", async () => {
    const archive = join(write("dry/a/mini.json", mini), "../..");
    write("dry/notes.md", "Notes.");
    const { code, stdout } = await culprit([
      "import",
      archive,
      "--dry-run",
      "--json",
      "--data",
      join(directory, "dry-store"),
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      dry_run: true,
      found: [
        { format: "mini-swe-agent", agents: ["mini-swe-agent"], steps: 2, outcome: "failure", unparsed_bytes: 0 },
      ],
      formats: [{ format: "mini-swe-agent", runs: 1, steps: 2 }],
      skipped: [{ code: "no_trajectory" }],
      parsers: [],
    });
    expect(existsSync(join(directory, "dry-store"))).toBe(false);
    const shown = await culprit(["import", archive, "--dry-run"]);
    expect(shown.stdout).toContain("skipped, no_trajectory: 1");
  });

  it("keeps tool calls, exit codes, cost and how it ended in the store", async () => {
    const path = write("kept/mini.json", mini);
    const imported = JSON.parse((await culprit(["import", path, "--data", join(directory, "store"), "--json"])).stdout);
    expect(imported).toMatchObject({ imported: 1, already_stored: 0, spans: 3 });
    const { stdout } = await culprit([
      "show",
      imported.found[0].trace_id,
      "--data",
      join(directory, "store"),
      "--json",
    ]);
    const shown = JSON.parse(stdout);
    expect(shown).toMatchObject({ task: "Fix it.", outcome: "failure", exit_status: "LimitsExceeded", cost_usd: 0.25 });
    expect(shown.steps[0].tool_calls[0]).toMatchObject({ name: "bash", arguments: { command: "pytest" } });
    expect(shown.steps[1]).toMatchObject({
      exit_code: 1,
      call_id: shown.steps[0].tool_calls[0].id,
      content: "\u001b[31m1 failed\u001b[0m",
    });
    const again = JSON.parse((await culprit(["import", path, "--data", join(directory, "store"), "--json"])).stdout);
    expect(again).toMatchObject({ imported: 0, already_stored: 1 });
    const text = await culprit(["show", imported.found[0].trace_id, "--data", join(directory, "store")]);
    expect(text.stdout).not.toContain("\u001b[31m1 failed");
  });

  it("asks the configured model where things are, shows the mapping, and needs it once", async () => {
    const mapping = {
      version: 1,
      kind: "json",
      turns: "zz",
      role: { path: "q1", values: { P: "agent", Q: "environment" } },
      content: ["q2"],
    };
    const model = await scriptedEndpoint(() => ({ content: JSON.stringify(mapping) }));
    try {
      const path = write("odd/run.json", {
        zz: [1, 2, 3, 4].map((n) => ({ q1: n % 2 === 1 ? "P" : "Q", q2: `word ${n}`, q3: "." })),
      });
      const store = join(directory, "odd-store");
      const env = { CULPRIT_TRACER_URL: model.url, CULPRIT_TRACER_MODEL: "scripted" };
      const without = await culprit(["import", path, "--dry-run", "--no-model", "--data", store], env);
      expect([without.code, without.stderr]).toEqual([1, expect.stringContaining("No trajectory was recognised")]);
      const first = await culprit(["import", path, "--dry-run", "--data", store], env);
      expect(first.stdout).toContain("by the model");
      expect(first.stdout).toContain('"turns":"zz"');
      const second = await culprit(["import", path, "--dry-run", "--data", store, "--json"], env);
      expect(JSON.parse(second.stdout)).toMatchObject({ found: [{ steps: 4 }], parsers: [{ by: "cache", mapping }] });
      expect(model.requests).toHaveLength(1);
      const kept = readdirSync(join(store, "parsers"));
      expect(JSON.parse(readFileSync(join(store, "parsers", kept[0] ?? ""), "utf8"))).toMatchObject({
        version: 1,
        by: "model",
      });
    } finally {
      await model.close();
    }
  });

  it("names what it cannot use, and exits with 2 for a format that there is not", async () => {
    const nothing = await culprit(["import", write("none/x.txt", "hello"), "--dry-run"]);
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("No trajectory was recognised")]);
    const wrong = await culprit(["import", directory, "--dry-run", "--format", "word"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("mini-swe-agent")]);
  });
});

it("docs/import.md runs as it stands", async () => {
  const { code, written } = await runPage("import.md", "");
  expect(code, written).toBe(0);
  expect(written).toContain("derived-text-");
  expect(written).toContain("OpenHands");
  expect(written).toContain("Fix the failing test.");
}, 120_000);
