import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ImportedRun, importAll, importedTrajectory } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticRows, writeTracerTraj } from "./tracertraj-file.ts";
import { syntheticTrace } from "./trail-file.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-sets-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const folder = (name: string) => {
  mkdirSync(join(directory, name), { recursive: true });
  return join(directory, name);
};
const write = (path: string, value: unknown) => {
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
};
const steps = (run: ImportedRun | undefined) => {
  if (run === undefined) throw new Error("nothing imported");
  return importedTrajectory(run).steps;
};

describe("AgentRx", () => {
  const dialogue = (id: number, reward: number) => ({
    task_id: id,
    reward,
    info: { task: { instruction: `Task ${id}`, actions: [{ name: "refund", kwargs: {} }], outputs: ["10"] } },
    traj: [
      { role: "system", content: "Policy", index: 1 },
      { role: "user", content: "Refund please", index: 2 },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "look_up", arguments: '{"id":7}' } }],
        index: 3,
      },
      { role: "tool", name: "look_up", content: "not found", index: 4 },
      { role: "assistant", content: "Refunded.", index: 5 },
    ],
  });
  const label = (id: number, step: number, agent: string) => ({
    trajectory_id: id,
    failures: [
      { failure_id: 1, step_number: 3, step_reason: "first", failed_agent: "Assistant" },
      { failure_id: 2, step_number: step, step_reason: "root", failed_agent: agent },
    ],
    root_cause: { failure_id: 2 },
  });

  it("is an array of dialogues whose labels stand in ../ground_truth: the root cause, counted from 0", async () => {
    const runs = folder("agentrx/tau_retail");
    write(join(runs, "failed.json"), [dialogue(4, 0), dialogue(5, 0)]);
    write(join(runs, "full.json"), [dialogue(4, 0), dialogue(9, 1)]);
    write(join(folder("agentrx/ground_truth"), "labels.json"), [label(4, 5, "Assistant"), label(5, 2, "User")]);
    const found = await importAll(join(directory, "agentrx"));
    expect(found.skipped.map(({ code }) => code).sort()).toEqual(["duplicate", "labels"]);
    expect(
      found.runs.map((run) => [run.path.split("#")[1], run.annotations[0]?.agent, run.annotations[0]?.step]),
    ).toEqual([
      ["4", "Assistant", 4],
      ["5", "User", 1],
      ["9", undefined, undefined],
    ]);
    expect(found.runs.map((run) => importedTrajectory(run).outcome.outcome)).toEqual(["failure", "failure", "success"]);
    expect(steps(found.runs[0]).map((step) => [step.role, step.agent, step.content])).toEqual([
      ["user", "System", "Policy"],
      ["user", "User", "Refund please"],
      ["agent", "Assistant", 'look_up({"id":7})'],
      ["environment", "look_up", "not found"],
      ["agent", "Assistant", "Refunded."],
    ]);
    expect(steps(found.runs[0])[2]?.tool_calls).toEqual([{ id: "c1", name: "look_up", arguments: { id: 7 } }]);
    expect(JSON.stringify(found.runs[0]?.spans)).not.toContain("root_cause");
  });

  it("is imported without labels where there are none", async () => {
    const alone = write(join(folder("agentrx-alone"), "failed.json"), [dialogue(4, 0)]);
    const { runs } = await importAll(alone);
    expect(runs).toHaveLength(1);
    expect(runs[0]?.annotations).toEqual([]);
  });
});

describe("MAS-SIM", () => {
  const span = (index: number, agent: string, type: string, extra: Record<string, unknown> = {}) => ({
    name: `span ${index}`,
    span_id: "a".repeat(16),
    status: { status_code: extra["error"] ? "ERROR" : "OK", description: extra["error"] ?? null },
    attributes: {
      "experiment.step_index": index,
      "gen_ai.agent.name": agent,
      "experiment.operation_type": type,
      "agent.output_message": `${agent} says`,
      ...extra,
    },
    events: [{ name: "fault.injected", attributes: { category: "LEAK", node: agent } }],
  });
  const document = {
    schema: "otel-json-local-v0",
    run_id: "q1",
    task_id: "q1",
    task: "Cheapest?",
    task_metadata: { expected_result: "42", target_fault_category: "LEAK", injection_node: "LEAK" },
    status: "SUCCESS",
    spans: [
      span(2, "Researcher", "agent_llm", { "tool.name": "Search", "tool.args_json": '{"q":1}' }),
      span(1, "Coordinator", "agent_llm"),
      span(3, "Search", "tool_call", { error: "timed out", "tool.result_json": "{}" }),
      { name: "run", attributes: { "experiment.operation_type": "workflow" }, status: {}, events: [] },
    ],
  };

  it("orders by experiment.step_index, counts the label from 0 and lets nothing of the injected fault through", async () => {
    write(join(folder("mas/otel"), "q1.otel.json"), document);
    write(join(folder("mas/ground_truth"), "q1.ground_truth.json"), {
      run_task_id: "q1",
      critical_failure_step: 2,
      failed_component: "Researcher",
      failure_category: "Invalid Invocation",
    });
    const { runs, skipped } = await importAll(join(directory, "mas"));
    expect(skipped.map(({ code }) => code)).toEqual(["labels"]);
    expect(runs[0]?.annotations).toMatchObject([{ agent: "Researcher", step: 1, evidence: "injected" }]);
    expect(steps(runs[0]).map((step) => [step.role, step.agent, step.error])).toEqual([
      ["agent", "Coordinator", ""],
      ["agent", "Researcher", ""],
      ["environment", "Search", "timed out"],
    ]);
    expect(steps(runs[0])[1]?.tool_calls).toMatchObject([{ name: "Search", arguments: { q: 1 } }]);
    expect(JSON.stringify(runs[0]?.spans)).not.toMatch(/LEAK|fault/);
    // Its own SUCCESS is the system's opinion: a fault was injected.
    expect(runs[0] && importedTrajectory(runs[0]).outcome.outcome).toBe("failure");
  });
});

describe("TracerTraj", () => {
  it("reads the columns of the Parquet file, a run a row", async () => {
    const path = join(directory, "test.parquet");
    writeTracerTraj(path, syntheticRows(4));
    const { runs, skipped } = await importAll(path);
    expect(skipped).toEqual([]);
    expect(runs.map((run) => [run.format, run.annotations[0]?.agent, run.annotations[0]?.step])).toEqual([
      ["tracertraj", "Engineer", 1],
      ["tracertraj", "Architect", 2],
      ["tracertraj", "Engineer", 3],
      ["tracertraj", "Engineer", 1],
    ]);
    const [first] = runs;
    expect(first && importedTrajectory(first)).toMatchObject({
      task: "Write function 0",
      task_id: "kodcode-0",
      ground_truth: "SECRET",
      agents: ["Team Leader", "Engineer", "Architect", "Data Analyst"],
    });
    const again = await importAll(path);
    expect(again.runs.map((run) => run.trace_id)).toEqual(runs.map((run) => run.trace_id));
  });

  it("finds the labelled step by the entry's own number", async () => {
    const [row] = syntheticRows(1);
    const history = row?.history.map((entry, place) => ({ ...entry, step: 10 + place }));
    const path = write(join(directory, "numbered.json"), { ...row, history, mistake_step: "11" });
    const { runs } = await importAll(path);
    expect(runs[0]?.annotations[0]).toMatchObject({ agent: "Engineer", step: 1 });
  });

  it("skips bytes that only begin as Parquet", async () => {
    const path = join(directory, "broken.parquet");
    writeFileSync(path, Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(40, 7)]));
    const { runs, skipped } = await importAll(path);
    expect(runs).toEqual([]);
    expect(skipped[0]?.code).toBe("unreadable");
  });
});

describe("TRAIL", () => {
  it("keeps span ids and nesting, and takes the errors from processed_annotations", async () => {
    const { trace, ids } = syntheticTrace("aaaa");
    write(join(folder("trail/data/GAIA"), "aaaa.json"), trace);
    write(join(folder("trail/processed_annotations_gaia"), "aaaa.json"), {
      errors: [{ category: "Tool-related", location: ids[3], evidence: "404", description: "", impact: "HIGH" }],
      scores: [],
    });
    const { runs, skipped } = await importAll(join(directory, "trail"));
    expect(skipped.map(({ code }) => code)).toEqual(["labels"]);
    const [run] = runs;
    expect(run?.errors).toEqual([{ category: "Tool-related", location: ids[3] }]);
    expect(run?.spans.map((span) => [span.span_id, span.parent_span_id])).toEqual([
      [ids[0], ""],
      [ids[1], ids[0]],
      [ids[2], ids[1]],
      [ids[3], ids[1]],
      [ids[4], ids[1]],
    ]);
    expect(steps(run).map((step) => [step.role, step.agent, step.content, step.span_id])).toEqual([
      ["agent", "CodeAgent", 'I will visit it.\nvisit({"url":"http://a.example"})', ids[2]],
      ["environment", "visit_page", "404", ids[3]],
      ["agent", "CodeAgent", "It says 42.", ids[4]],
    ]);
    expect(run && importedTrajectory(run).task).toBe("Question aaaa");
    expect(steps(run)[1]?.error).toBe("page not found");
  });

  it("reads the published rows, in which trace and labels are JSON text", async () => {
    const { trace, ids } = syntheticTrace("bbbb");
    const labels = JSON.stringify({ errors: [{ category: "Goal Deviation", location: ids[2] }] });
    const path = write(join(directory, "rows.json"), [{ trace: JSON.stringify(trace), labels }]);
    const { runs } = await importAll(path);
    expect(runs[0]).toMatchObject({ format: "trail", errors: [{ category: "Goal Deviation", location: ids[2] }] });
  });

  it("refuses a trace in which one span id appears twice", async () => {
    const { trace } = syntheticTrace("cccc");
    const path = write(join(directory, "twice.json"), { ...trace, spans: [...trace.spans, ...trace.spans] });
    expect((await importAll(path)).skipped[0]).toMatchObject({ code: "malformed" });
  });
});

describe("what is nested without end", () => {
  it("is left out, not thrown", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const text = `{"question":"q","question_ID":"1","mistake_step":"0","mistake_agent":"A","history":[{"step":0,"content":${deep},"name":"A","role":"a"}]}`;
    const { runs, skipped } = await importAll(write(join(directory, "deep.json"), text));
    expect(runs).toEqual([]);
    expect(skipped[0]?.code).toMatch(/malformed|not_json/);
  });
});
