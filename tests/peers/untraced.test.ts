import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { buildTrajectory } from "@culprit/analyzers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, startCollector } from "../integration/collector-harness.ts";
import { startGateway } from "../integration/gateway-harness.ts";
import { pythonFor } from "./python.ts";
import { DELEGATION } from "./python-peers.ts";
import { requirementsOf } from "./python-play.ts";
import { journey, refusing, type Script, startScriptedModel } from "./scripted-model.ts";
import { judge, sketch, tableRow } from "./verdict.ts";

const PAGE = join(import.meta.dirname, "..", "..", "docs", "instrument", "untraced.md");
const PROGRAM = join(import.meta.dirname, "python", "untraced", "team.py");

const run = promisify(execFile);
let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

/** Runs the block of the page before a gateway of its own, with a trace id for the name of the run. */
async function play(python: string, traceId: string, script: Script) {
  const model = await startScriptedModel(script);
  const gateway = await startGateway(model.baseURL, running);
  try {
    const block = /^```sh\n(.*?)^```$/ms.exec(readFileSync(PAGE, "utf8"))?.[1] ?? "";
    const commands = block
      .replaceAll("http://localhost:4319", gateway.url)
      .replaceAll("order-42", traceId)
      .replace("team.py", PROGRAM);
    expect(commands).not.toBe("");
    const env = { PATH: `${dirname(python)}:${process.env["PATH"]}`, OPENAI_API_KEY: "scripted" };
    await run("bash", ["-euc", commands], { env, timeout: 120_000 });
    await gateway.finish();
    return buildTrajectory(await running.store.readSpans("default", traceId), undefined);
  } finally {
    await gateway.close();
    await model.close();
  }
}

test("two agents that nothing traces, through the gateway alone", { timeout: 300_000 }, async ({ skip }) => {
  const python = await pythonFor("pydantic-ai", requirementsOf("pydantic-ai"));
  if (python === undefined) return skip("offline");
  const right = await play(python, "1".repeat(32), journey);
  const wrong = await play(python, "2".repeat(32), refusing);
  const client = { name: "openai (Python) 3.52.0", through: "`culprit gateway` alone" };
  const row = await tableRow(client, judge(right, wrong, DELEGATION));
  expect(row.committed, `${sketch(right)}\n${sketch(wrong)}`).toBe(row.measured);
});
