// Rule diagnosis of 1,000 trajectories of a shell agent, beside the embedded ranker on the same ones.
//
//   npm run bench:diagnosis-speed [-- --runs N] [--steps N]
import { parseArgs } from "node:util";
import { createRanker, diagnoseByRules, type Random, seededRandom, understand } from "@culprit/analyzers";
import type { Step, Trajectory } from "@culprit/schemas";
import { number, table } from "./measure/table.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000" }, steps: { type: "string", default: "40" } },
});
const trajectories = Array.from({ length: Number(values.runs) }, (_, at) => trajectory(at, Number(values.steps)));
const bytes = trajectories.reduce(
  (sum, { steps }) => sum + steps.reduce((own, { content }) => own + content.length, 0),
  0,
);
const ranker = createRanker();

const rows = [
  measured("rules: classes, tree, evidence", (run) => understand(run)),
  measured("rules: whole diagnosis", (run) => diagnoseByRules(run)),
  measured("ranker", (run) => ranker.rank(run)),
];
const last = rows.at(-1)?.seconds ?? 1;
console.log(
  `${trajectories.length} trajectories, ${trajectories.reduce((sum, { steps }) => sum + steps.length, 0)} steps, ${number(bytes / 1e6)} MB of text`,
);
console.log(
  table(
    ["what", "CPU seconds", "trajectories a CPU second", "against the ranker"],
    rows.map(({ name, seconds }) => [
      name,
      number(seconds),
      number(trajectories.length / seconds),
      `${number(seconds / last)}×`,
    ]),
  ),
);

function measured(name: string, work: (run: Trajectory) => unknown): { name: string; seconds: number } {
  // What is compiled on the way is not measured.
  for (const run of trajectories.slice(0, 20)) work(run);
  // CPU time: what else the machine does is not ours.
  const began = process.cpuUsage();
  for (const run of trajectories) work(run);
  const { user, system } = process.cpuUsage(began);
  return { name, seconds: (user + system) / 1e6 };
}

/** A made-up run: looks, edits and checks of a few files, with outputs of a few thousand characters. */
function trajectory(at: number, steps: number): Trajectory {
  const random = seededRandom(String(at), "speed");
  const files = Array.from({ length: 6 }, (_, file) => `src/module_${file}/part_${random.whole(9)}.py`);
  const said: Step[] = [];
  const put = (role: Step["role"], agent: string, content: string, command?: string) =>
    said.push({
      index: said.length,
      role,
      agent,
      content,
      tool_calls: command === undefined ? [] : [{ id: `c${said.length}`, name: "bash", arguments: { command } }],
      input: [],
      span_id: said.length.toString(16).padStart(16, "0"),
      started_at: "2026-01-01T00:00:00.000Z",
      duration_ms: 0,
      error: "",
      model: "",
      input_tokens: 0,
      output_tokens: 0,
    });
  for (let turn = 0; turn < steps / 2; turn++) {
    const { command, output } = act(random, files) ?? { command: "ls", output: "" };
    put("agent", "coder", `Next I look at what ${random.pick(files)} does.`, command);
    put("environment", "bash", output);
  }
  return {
    project: "default",
    trace_id: at.toString(16).padStart(32, "0"),
    task: `Mend ${random.pick(files)}.`,
    task_id: String(at),
    ground_truth: "",
    source: "",
    started_at: "2026-01-01T00:00:00.000Z",
    ended_at: "2026-01-01T00:00:00.000Z",
    complete: true,
    outcome: { outcome: "failure", score: 0, feedback: "AssertionError: total_3 should be 7", by: "evaluator" },
    agents: ["coder"],
    steps: said,
    replay_of: "",
  };
}

function act(random: Random, files: readonly string[]): { command: string; output: string } | undefined {
  const file = random.pick(files);
  const code = Array.from(
    { length: 40 + random.whole(80) },
    (_, line) => `    total_${line} = compute_${random.whole(50)}(value_${line})`,
  ).join("\n");
  return random.pick([
    { command: `cd /repo && cat ${file}`, output: code },
    { command: `grep -rn "compute_${random.whole(50)}" src | head -40`, output: code },
    {
      command: `sed -i 's/total_${random.whole(40)} = 1/total_1 = 2/' ${file} && git diff`,
      output: code.slice(0, 400),
    },
    { command: `cat > ${file} <<'EOF'\n${code}\nEOF`, output: "" },
    {
      command: "PYTHONPATH=. timeout 60 python -m pytest -q 2>&1 | tail -50",
      output: `${code}\nFAILED tests/test_a.py::test_${random.whole(5)} - AssertionError\n===== 1 failed, 12 passed in 0.52s =====`,
    },
  ]);
}
