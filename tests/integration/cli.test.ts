import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { culprit, culpritUp, temporaryDirectory, type UpProcess } from "./cli-process.ts";
import { exportSpans, failedRun } from "./cli-run.ts";

const directory = temporaryDirectory();
const data = (name: string): string => join(directory, name);
const started: UpProcess[] = [];

async function up(args: string[], env: Record<string, string> = {}): Promise<UpProcess> {
  const process = await culpritUp(args, env);
  started.push(process);
  return process;
}

async function eventually<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error("it did not happen within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const attributed = async (url: string, traceId: string) =>
  await eventually(async () => {
    const { stdout } = await culprit(["traces", "--json", "--url", url]);
    return JSON.parse(stdout).traces.find(
      (run: { trace_id: string; blamed_agent: unknown }) => run.trace_id === traceId && run.blamed_agent,
    );
  });

afterAll(async () => {
  for (const { child, ended } of started) {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended;
  }
  rmSync(directory, { recursive: true, force: true });
});

describe("culprit up", () => {
  let server: UpProcess;
  const run = failedRun("up");
  beforeAll(async () => {
    server = await up(["--data", data("up")]);
    const response = await exportSpans(server.url, run.body);
    expect(response.status).toBe(200);
  });

  it("attributes a failed run by itself and lists it by blamed agent", async () => {
    const summary = await attributed(server.url, run.traceId);
    expect(summary).toMatchObject({ outcome: "failure", status: "predicted" });
    const { stdout } = await culprit(["traces", "--blamed-agent", summary.blamed_agent, "--json", "--url", server.url]);
    expect(JSON.parse(stdout).traces.map((one: { trace_id: string }) => one.trace_id)).toEqual([run.traceId]);
    const nobody = await culprit(["traces", "--blamed-agent", "Nobody", "--json", "--url", server.url]);
    expect(JSON.parse(nobody.stdout).traces).toEqual([]);
  });

  it("shows the steps with the keys acceptance reads", async () => {
    await attributed(server.url, run.traceId);
    const { stdout } = await culprit(["show", run.traceId, "--json", "--url", server.url]);
    const shown = JSON.parse(stdout);
    expect(shown).toMatchObject({ trace_id: run.traceId, task: "Add 2 and 2 (up)", outcome: "failure" });
    expect(
      shown.steps.map(({ index, agent, role, content }: Record<string, unknown>) => [index, agent, role, content]),
    ).toEqual([
      [0, "Planner", "agent", "Add the numbers."],
      [1, "Adder", "agent", "2 + 2 = 5."],
      [2, "Planner", "agent", "The answer is 5."],
    ]);
    expect(shown.steps[1].span_id).toBe(run.spanIds[2]);
    expect(shown.attributions).toHaveLength(1);
    const text = await culprit(["show", run.traceId, "--url", server.url]);
    expect(text.stdout).toContain("◀ predicted");
  });

  it("attributes on demand", async () => {
    const { stdout, code } = await culprit(["attribute", run.traceId, "--json", "--url", server.url]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).attributions[0]).toMatchObject({
      trace_id: run.traceId,
      strategy: "ranker",
      status: "attributed",
    });
  });

  it("refuses a second engine on its data directory in one sentence", async () => {
    const local = await culprit(["traces", "--data", data("up")]);
    expect(local.code).toBe(1);
    expect(local.stderr.trim().split("\n")).toHaveLength(1);
    expect(local.stderr).toMatch(/in use by another Culprit process/);
  });

  it("says in one sentence that a port is in use", async () => {
    const port = new URL(server.url).port;
    const second = await culprit(["up", "--port", port, "--data", data("other")]);
    expect(second.code).toBe(1);
    expect(second.stderr.trim()).toBe(
      `culprit: Something already listens on port ${port} of 127.0.0.1. Stop it, or choose another port with --port.`,
    );
  });

  it("keeps what it acknowledged when it is killed right after", async () => {
    const victim = await up(["--data", data("killed")]);
    const killed = failedRun("killed");
    const response = await exportSpans(victim.url, killed.body);
    expect(response.status).toBe(200);
    victim.child.kill("SIGKILL");
    expect(await victim.ended).toBe("SIGKILL");
    const again = await up(["--data", data("killed")]);
    const { spans } = (await (await fetch(`${again.url}/api/v1/traces/${killed.traceId}/spans`)).json()) as {
      spans: { span_id: string }[];
    };
    expect(spans.map((span) => span.span_id).sort()).toEqual([...killed.spanIds].sort());
    await attributed(again.url, killed.traceId);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("closes and exits with 0 on %s", async (signal) => {
    const stopped = await up(["--data", data(`stopped-${signal}`)]);
    stopped.child.kill(signal);
    expect(await stopped.ended).toBe(0);
    await expect(fetch(stopped.url)).rejects.toThrow();
  });
});

describe("without a collector", () => {
  const archive = join(directory, "archive");
  const file = join(archive, "run.json");
  beforeAll(() => {
    mkdirSync(archive, { recursive: true });
    const history = [
      { role: "human", content: "What is 2 + 2?" },
      { role: "Orchestrator (thought)", content: "Ask the Assistant." },
      { role: "Assistant", content: "2 + 2 = 5." },
    ];
    const label = { mistake_agent: "Assistant", mistake_step: "2", mistake_reason: "It is 4." };
    writeFileSync(
      file,
      JSON.stringify({
        is_corrected: false,
        question: "What is 2 + 2?",
        question_ID: "q1",
        ground_truth: "4",
        history,
        ...label,
      }),
    );
    writeFileSync(join(archive, "broken.json"), "{");
  });

  it("imports into the local store, once however often, and names what it skipped", async () => {
    for (const imported of [1, 0]) {
      const { stdout, code } = await culprit(["import", archive, "--data", data("local"), "--json"]);
      expect(code).toBe(0);
      const summary = JSON.parse(stdout);
      expect(summary).toMatchObject({ imported, already_stored: 1 - imported, spans: 4 * imported });
      expect(summary.skipped).toHaveLength(1);
    }
    const { stdout } = await culprit(["traces", "--data", data("local"), "--json"]);
    expect(JSON.parse(stdout).traces).toHaveLength(1);
    expect(JSON.parse(stdout).traces[0]).toMatchObject({ blamed_agent: "Assistant", blamed_step: 2, status: "human" });
  });

  it("exports the labelled run", async () => {
    const out = join(directory, "trl");
    const { stdout, code } = await culprit([
      "export",
      "--format",
      "trl",
      "--out",
      out,
      "--data",
      data("local"),
      "--json",
    ]);
    expect(code).toBe(0);
    const { train, test } = JSON.parse(stdout);
    expect(train + test).toBe(1);
    const lines = ["train", "test"].flatMap((split) =>
      readFileSync(join(out, `${split}.jsonl`), "utf8")
        .split("\n")
        .filter(Boolean),
    );
    expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({ agent: "Assistant", step: 2 });
    expect(existsSync(join(out, "reward.py"))).toBe(true);
  });

  it("attributes a file without a store", async () => {
    const { stdout, code } = await culprit(["attribute", file, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).attributions[0]).toMatchObject({ path: file, strategy: "ranker", status: "attributed" });
  });

  it("checks itself with doctor", async () => {
    const { stdout, code } = await culprit(["doctor", "--json", "--data", data("doctor")], {
      CULPRIT_URL: "http://127.0.0.1:9",
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
    const tracer = await culprit(["doctor", "--json", "--data", data("doctor")], {
      CULPRIT_URL: "http://127.0.0.1:9",
      CULPRIT_TRACER_URL: "http://127.0.0.1:9/v1",
    });
    expect(tracer.code).toBe(1);
    expect(JSON.parse(tracer.stdout).checks.find((one: { check: string }) => one.check === "tracer").ok).toBe(false);
  });
});

describe("what cannot be done exits with 1 and says why", () => {
  it("refuses an address beyond loopback without a key", async () => {
    const { code, stderr } = await culprit(["up", "--host", "0.0.0.0", "--port", "0", "--data", data("unsafe")]);
    expect(stderr).toMatch(/without a key.*CULPRIT_API_KEY/);
    expect(code).toBe(2);
  });

  it("names a collector that was asked for and is silent", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    await new Promise((resolve) => server.close(resolve));
    const { code, stderr } = await culprit(["traces", "--url", `http://127.0.0.1:${port}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Nothing answers at .* Start it with `culprit up`/);
  });
});
