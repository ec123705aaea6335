import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TraceDetail } from "@culprit/schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, startCollector } from "./collector-harness.ts";

const HOST = fileURLToPath(new URL("./instrumentation-host.mjs", import.meta.url));

let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

async function detailOf(traceId: string): Promise<TraceDetail | undefined> {
  const response = await fetch(`${running.url}/api/v1/traces/${traceId}`);
  return response.ok ? ((await response.json()) as TraceDetail) : undefined;
}

async function until<Value>(read: () => Promise<Value | undefined>): Promise<Value> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not happen within 30 s.");
}

test("a process killed in a step leaves a run that shows every step up to that one, and is marked incomplete", async () => {
  const child = spawn(process.execPath, [HOST, "hangs"], {
    env: { PATH: process.env["PATH"], CULPRIT_URL: running.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let written = "";
  child.stdout.on("data", (piece: Buffer) => (written += piece.toString()));
  try {
    const traceId = await until(async () => {
      const line = written.split("\n")[1];
      return line ? (JSON.parse(line) as { traceId: string }).traceId : undefined;
    });
    await until(async () => ((await detailOf(traceId))?.steps.length === 2 ? true : undefined));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(child.signalCode).toBe("SIGKILL");

    const detail = await detailOf(traceId);
    expect(detail).toMatchObject({ task: "dig a hole", complete: false, outcome: "unknown", agents: ["Planner"] });
    expect(detail?.steps).toMatchObject([
      { role: "agent", agent: "Planner", content: "with a spade", error: "" },
      { role: "environment", agent: "dig", unfinished: true, error: "This step was started and never finished." },
    ]);
    expect(detail?.steps[0]).not.toHaveProperty("unfinished");
    expect(detail?.steps[1]?.input).toMatchObject([
      { parts: [{ type: "tool_call", name: "dig", arguments: { depth: 3 } }] },
    ]);
    const own = (await running.store.readSpans("default", traceId)).filter(
      ({ name }) => name !== "invoke_agent Planner",
    );
    expect(own.every(({ attributes }) => attributes["culprit.started"] === true)).toBe(true);
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
});
