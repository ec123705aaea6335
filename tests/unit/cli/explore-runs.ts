import type { Step, Trajectory } from "@culprit/schemas";
import { type ReadRun, understood } from "../../../cli/explore/read-run.ts";

/** One thing an agent did and what came back. */
export interface Done {
  command: string;
  answer: string;
  thought?: string;
}

/** A run of one shell agent, as a reader has it. */
export function shellRun(done: readonly Done[], known: Parameters<typeof understood>[1] = {}, traceId = "a"): ReadRun {
  const steps = done.flatMap(({ command, answer, thought = "" }, turn): Step[] => {
    const call = { id: `c${turn}`, name: "bash", arguments: { command } };
    const shared = {
      span_id: "0000000000000001",
      started_at: "2026-01-01T00:00:00.000Z",
      duration_ms: 5,
      error: "",
      model: "scripted",
      input_tokens: 10,
      output_tokens: 5,
    };
    const text = `${thought}${thought === "" ? "" : "\n"}bash(${JSON.stringify({ command })})`;
    return [
      { ...shared, index: 2 * turn, role: "agent", agent: "Coder", content: text, tool_calls: [call], input: [] },
      {
        ...shared,
        index: 2 * turn + 1,
        role: "environment",
        agent: "bash",
        content: answer,
        tool_calls: [],
        input: [],
      },
    ];
  });
  const trajectory: Trajectory = {
    project: "default",
    trace_id: traceId.repeat(32).slice(0, 32),
    task: "Mend src/a.js.",
    task_id: "t",
    ground_truth: "",
    source: "",
    started_at: "2026-01-01T00:00:00.000Z",
    ended_at: "2026-01-01T00:01:00.000Z",
    complete: true,
    outcome: { outcome: "failure", score: null, feedback: "", by: "evaluator" },
    agents: ["Coder"],
    steps,
    replay_of: "",
  };
  return understood(trajectory, known);
}

const ok = (text: string) => `<returncode>0</returncode>\n<output>\n${text}\n</output>`;

/** Looks, changes, tests, submits. */
export const MENDING: readonly Done[] = [
  { command: "ls", answer: ok("src\ntest"), thought: "A look around." },
  { command: "cat src/a.js", answer: ok("export const a = 1;") },
  { command: "sed -i 's/1/2/' src/a.js", answer: ok("") },
  { command: "node --test", answer: "<returncode>1</returncode>\n<output>\nnot ok 1 - a is 3\n# fail 1\n</output>" },
  { command: "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT", answer: ok("COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT") },
];
