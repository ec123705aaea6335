import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Served, serve } from "@culprit/collector";
import { createClient, parseConfig, type TraceDetail } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openParts, type Parts } from "../../cli/parts.ts";
import { blocksOf, type Ended, type Programs, programsOf } from "../docs/page.ts";
import {
  completion,
  type ScriptedEndpoint,
  scriptedEndpoint,
  sendJson,
} from "../unit/instrumentation/scripted-endpoint.ts";

let directory: string;
let parts: Parts;
let served: Served;
let model: ScriptedEndpoint;
let programs: Programs;
const blocks = blocksOf("docs/instrument.md");
const ran = new Set<string>();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "culprit-docs-instrument-"));
  const config = parseConfig({}, {}, { data: directory, settle_seconds: 0.3, poll_seconds: 0.1 });
  parts = await openParts(config, () => undefined);
  served = await serve(parts.collector, { host: "127.0.0.1", port: 0 });
  parts.analyzer.start();
  model = await scriptedEndpoint((_, response) =>
    sendJson(response, completion({ content: "Daniel Burnham, in blue." })),
  );
  programs = programsOf(blocks);
});
afterAll(async () => {
  programs?.remove();
  await model?.close();
  await served?.close();
  await parts?.close();
  rmSync(directory, { recursive: true, force: true });
});

async function run(file: string, args: string[] = []): Promise<Ended> {
  ran.add(file);
  const env = { CULPRIT_URL: served.url, OPENAI_BASE_URL: `${model.url}/v1`, OPENAI_API_KEY: "scripted" };
  const ended = await programs.run(file, { env, args });
  expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: "" });
  return ended;
}

/** The newest stored run whose task is this one. */
async function stored(task: string): Promise<TraceDetail> {
  const client = createClient({ baseUrl: served.url });
  const named = async () => (await client.call("listTraces", {})).traces.find((run) => run.task === task);
  await expect.poll(named, { timeout: 20_000 }).toBeDefined();
  return await client.call("getTrace", { trace_id: (await named())?.trace_id ?? "" });
}

const shown = ({ steps }: TraceDetail) => steps.map(({ agent, content }) => [agent, content]);

describe("docs/instrument.md", () => {
  it("one line", async () => {
    expect((await run("one-line.ts")).stdout).toContain("in blue");
    expect((await stored("Name a colour.")).steps).toMatchObject([
      { role: "agent", content: "Daniel Burnham, in blue." },
    ]);
  });

  it("runs, agents, tools; and an outcome later, from another process", async () => {
    const [traceId] = (await run("team.ts")).stdout.split(" ");
    const team = await stored("Who designed the Flatiron Building?");
    expect(team).toMatchObject({ trace_id: traceId, outcome: "success", task_id: "flatiron", complete: true });
    expect(shown(team)).toEqual([
      ["search", expect.stringContaining("designed by Daniel Burnham")],
      ["Researcher", expect.stringContaining("designed by Daniel Burnham")],
      ["Writer", "Daniel Burnham, in blue."],
    ]);
    await run("outcome-later.ts", [traceId ?? ""]);
    const { outcome_detail } = await stored("Who designed the Flatiron Building?");
    expect(outcome_detail).toMatchObject({ outcome: "failure", feedback: "The customer came back.", by: "evaluator" });
  });

  it("wrapper, scope and decorator", async () => {
    expect((await run("forms.ts")).stdout.trim()).toBe("A hole 3 feet deep");
    expect(shown(await stored("Dig a hole"))).toEqual([
      ["Planner", "A hole"],
      ["measure", "3"],
      ["Digger", "A hole 3 feet deep"],
    ]);
  });

  it("hand-overs", async () => {
    await run("handoff.ts");
    const { steps } = await stored("Translate a letter");
    expect(steps.map(({ agent, caused_by }) => [agent, caused_by])).toEqual([
      ["Reader", undefined],
      ["Reader", undefined],
      ["Translator", [1]],
    ]);
    expect(steps[1]?.tool_calls).toMatchObject([{ name: "transfer_to_Translator", arguments: "Guten Tag" }]);
  });

  it("the self-correction loop", async () => {
    const { stdout } = await run("loop.ts");
    expect(stdout).toContain("true 2");
    expect(stdout).toContain('{"round":1,"attempted":1,"solved":1,"rate":1}');
  });

  it("masking", async () => {
    await run("masking.ts");
    const { steps } = await stored("Call somebody");
    expect(steps).toMatchObject([{ content: "Called [phone].", input: [{ parts: [{ content: "[phone]" }] }] }]);
  });

  it("sampling", async () => {
    expect((await run("sampling.ts")).stdout.trim()).toBe('{"runs":2,"spans":4}');
    expect((await stored("Hard")).outcome).toBe("failure");
    const { traces } = await createClient({ baseUrl: served.url }).call("listTraces", {});
    expect(traces.filter(({ task }) => task === "Easy")).toEqual([]);
  });

  it("beside an OpenTelemetry set-up", async () => {
    expect((await run("beside.ts")).stdout).toContain("invoke_agent Greeter");
    expect(shown(await stored("Greet"))).toEqual([["Greeter", "hello"]]);
  });

  it("has no block that was not run", () => {
    expect(blocks.map(({ file }) => file).filter((file) => !ran.has(file))).toEqual([]);
  });
});
