import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detailedSchema, rlFeedbackSchema, tracebenchSchema } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runPage } from "../docs/run-page.ts";
import { type ScriptedReply, type ScriptedRequest, scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";
import { culprit } from "./cli-process.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-diagnose-"));
  for (const [at, name] of ["alpha", "beta", "gamma"].entries()) {
    mkdirSync(join(directory, "runs", name, "agent-logs"), { recursive: true });
    writeFileSync(join(directory, "runs", name, "agent-logs/mini.traj.json"), JSON.stringify(miniSwe(at)));
  }
  writeFileSync(join(directory, "runs/broken.traj.json"), '{"messages": [{"role": "sys');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A trajectory as mini-SWE-agent v1 writes it: a look, a wrong change, a failing check, handed in. */
function miniSwe(at: number) {
  const turn = (command: string, code: number, output: string) => [
    { role: "assistant", content: `THOUGHT: next.\n\n\`\`\`bash\n${command}\n\`\`\`` },
    { role: "user", content: `<returncode>${code}</returncode>\n<output>\n${output}\n</output>` },
  ];
  return {
    info: { exit_status: "Submitted", submission: "" },
    messages: [
      { role: "system", content: "You are a helpful assistant." },
      { role: "user", content: `Let f in a.py return ${at + 3}.` },
      ...turn("cat a.py", 0, "def f(): return 1"),
      ...turn("sed -i 's/return 1/return 2/' a.py", 0, ""),
      ...turn("pytest", 1, `FAILED tests/test_a.py::test_f - assert f() == ${at + 3}\n===== 1 failed in 0.01s =====`),
      ...turn("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT", 0, ""),
    ],
  };
}

const run = async (args: string[], env: Record<string, string> = {}) => {
  const ended = await culprit(["diagnose", ...args, "--data", join(directory, "store"), "--json"], env);
  return { ...ended, document: ended.stdout === "" ? undefined : JSON.parse(ended.stdout) };
};
const written = (output: string, id: string, file: string) => JSON.parse(readFileSync(join(output, id, file), "utf8"));

describe("culprit diagnose", () => {
  it("writes CodeTracer's files, and says the decisive step in our numbers", async () => {
    const output = join(directory, "one");
    const target = join(directory, "runs/alpha");
    for (const [profile, file, schema] of [
      ["tracebench", "codetracer_labels.json", tracebenchSchema],
      ["detailed", "codetracer_analysis.json", detailedSchema],
      ["rl_feedback", "codetracer_rl_feedback.json", rlFeedbackSchema],
    ] as const) {
      const { code, document } = await run([target, "--profile", profile, "--outcome", "failure", "--output", output]);
      expect(code).toBe(0);
      const [own] = document.diagnoses;
      expect(own.file).toBe(join(output, "alpha", file));
      expect(schema.parse(written(output, "alpha", file))).toEqual(own.document);
      expect(own.attribution).toMatchObject({ strategy: "rules", status: "attributed", step: 2 });
    }
    const [label] = tracebenchSchema.parse(written(output, "alpha", "codetracer_labels.json"));
    expect(label?.incorrect_step_ids).toEqual([2]);
  });

  it("only normalises and builds the tree on a dry run", async () => {
    const output = join(directory, "dry");
    const { code, document } = await run([join(directory, "runs/alpha"), "--dry-run", "--output", output]);
    expect(code).toBe(0);
    expect(document.runs[0].steps.map((step: { class: string }) => step.class)).toEqual([
      "explore",
      "change",
      "verify",
      "communicate",
    ]);
    expect(document.runs[0].tree.nodes[1]).toMatchObject({ step: 2, parent: 0, level: 1 });
    expect(readdirSync(directory)).not.toContain("dry");
  });

  it("goes through a batch, names what failed, and goes on where it was cut off", async () => {
    const output = join(directory, "batch");
    const manifest = join(directory, "manifest.jsonl");
    const rows = [
      { traj_id: "alpha" },
      { traj_id: "second", path: "beta/agent-logs/mini.traj.json" },
      { traj_id: "nowhere" },
    ];
    writeFileSync(manifest, rows.map((row) => JSON.stringify(row)).join("\n"));
    const flags = [
      join(directory, "runs"),
      "--manifest",
      manifest,
      "--parallel",
      "2",
      "--output",
      output,
      "--profile",
      "tracebench",
    ];
    const first = await run(flags);
    expect(first.code).toBe(0);
    expect(first.document).toMatchObject({
      diagnosed: 2,
      kept: 0,
      failed: [],
      missing: [{ id: "nowhere", code: "not_found" }],
      cost: 0,
    });
    expect(first.document.skipped.map(({ path }: { path: string }) => path)).toEqual([
      join(directory, "runs/broken.traj.json"),
    ]);
    expect(readdirSync(output).sort()).toEqual(["alpha", "diagnoses.jsonl", "second"]);
    rmSync(join(output, "second"), { recursive: true });
    expect((await run(flags)).document).toMatchObject({ diagnosed: 1, kept: 1 });
  });

  it("refuses wrong usage by name", async () => {
    const usage = await run([join(directory, "nothing")]);
    expect([usage.code, usage.stderr]).toEqual([2, expect.stringContaining("is neither a trace id nor a file")]);
    const model = await run([join(directory, "runs/alpha"), "--model", "m"]);
    expect([model.code, model.stderr]).toEqual([2, expect.stringContaining("Set CULPRIT_TRACER_URL")]);
    const manifest = await run([join(directory, "runs"), "--manifest", join(directory, "runs/broken.traj.json")]);
    expect([manifest.code, manifest.stderr]).toEqual([
      1,
      expect.stringContaining("neither JSON lines nor a JSON array"),
    ]);
  });
});

describe("culprit diagnose --model", () => {
  /** Reads step 2, then blames it; on the run whose task speaks of 4 it is overloaded. */
  const scripted = ({ messages }: ScriptedRequest): ScriptedReply => {
    if (messages[1]?.content.includes("return 4.")) return { status: 503, body: { error: { message: "overloaded" } } };
    const say = (value: object) => ({
      content: JSON.stringify(value),
      usage: { prompt_tokens: 1_000, completion_tokens: 50 },
    });
    if (messages.length === 2) return say({ tool: "read", from: 2 });
    return say({
      tool: "finish",
      labels: [{ step: 2, label: "incorrect", reason: "It writes 2.", confidence: 90 }],
      decisive: 2,
      confidence: 75,
      summary: "s",
    });
  };

  it("diagnoses a batch with costs, keeps each transcript as a run, and one that fails stops nobody", async () => {
    const endpoint = await scriptedEndpoint(scripted);
    const env = {
      CULPRIT_TRACER_URL: endpoint.url,
      CULPRIT_TRACER_PRICE_INPUT_PER_MILLION: "1",
      CULPRIT_TRACER_PRICE_OUTPUT_PER_MILLION: "10",
    };
    const output = join(directory, "model");
    const { code, document } = await run(
      [join(directory, "runs"), "--model", "scripted", "--outcome", "failure", "--parallel", "2", "--output", output],
      env,
    );
    await endpoint.close();
    expect(code).toBe(0);
    expect(document).toMatchObject({
      diagnosed: 2,
      failed: [],
      degraded: [{ id: "beta", code: "tracer_unavailable" }],
    });
    // Two runs, two calls each: 1000 in and 50 out at 1 and 10 a million.
    expect(document.cost).toBeCloseTo((2 * 2 * (1_000 * 1 + 50 * 10)) / 1e6);
    const byId = new Map(document.diagnoses.map((own: { id: string }) => [own.id, own]));
    expect(byId.get("alpha")).toMatchObject({
      attribution: { strategy: "diagnosis", status: "attributed", step: 2, confidence: 0.75, model: "scripted" },
    });
    expect(byId.get("beta")).toMatchObject({
      attribution: { status: "degraded", cause: "tracer_unavailable", answered_by: "rules", step: 2 },
    });
    const { diagnosis_trace_id: trace } = byId.get("alpha") as { diagnosis_trace_id: string };
    const shown = JSON.parse((await culprit(["show", trace, "--json", "--data", join(directory, "store")])).stdout);
    expect(shown).toMatchObject({ source: "culprit-diagnosis", outcome: "unknown" });
    expect(shown.steps.map(({ role }: { role: string }) => role)).toEqual([
      "agent",
      "environment",
      "agent",
      "environment",
    ]);
    expect(shown.steps[1].content).toContain("sed -i 's/return 1/return 2/' a.py");
  });

  it("stops paying when all runs together have cost enough", async () => {
    const endpoint = await scriptedEndpoint((request) =>
      scripted({
        ...request,
        messages: request.messages.map((message) => ({
          ...message,
          content: message.content.replace("return 4.", ""),
        })),
      }),
    );
    const env = {
      CULPRIT_TRACER_URL: endpoint.url,
      CULPRIT_TRACER_PRICE_INPUT_PER_MILLION: "1",
      CULPRIT_TRACER_PRICE_OUTPUT_PER_MILLION: "10",
    };
    const output = join(directory, "limited");
    const flags = [
      join(directory, "runs"),
      "--model",
      "--no-keep",
      "--outcome",
      "failure",
      "--cost-limit",
      "0.003",
      "--output",
      output,
    ];
    const { document } = await run(flags, env);
    await endpoint.close();
    expect(document.diagnosed).toBe(1);
    expect(document.degraded.map(({ code }: { code: string }) => code)).toEqual(["cost_limit", "cost_limit"]);
    expect(document.cost).toBeLessThan(0.006);
  });
});

it("docs/diagnose.md runs as it stands", async () => {
  const { code, written } = await runPage("diagnose.md", "");
  expect(code, written).toBe(0);
  expect(written).toContain('"stage_id": 2');
  expect(written).toContain("not found: lost");
  expect(written).toContain("2 done before");
  expect(written).toMatch(/\*\*rules\*\* +\| 1 /);
  expect(written).toMatch(/\*\*outputs\*\* +\| 1 /);
});
