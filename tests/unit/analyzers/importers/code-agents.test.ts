import { describe, expect, it } from "vitest";
import { calls, gist, importFixture } from "./import-fixture.ts";

const fixture = importFixture("code-agents");

const fence = (command: string, word = "bash") => `THOUGHT: next.\n\n\`\`\`${word}\n${command}\n\`\`\``;

describe("mini-SWE-agent", () => {
  it("version 1: commands in a fence, return codes in the next message", async () => {
    const { runs, trajectories } = await fixture.import({
      "mini.traj.json": {
        info: { exit_status: "Submitted", model_stats: { instance_cost: 0.25, api_calls: 2 } },
        messages: [
          { role: "system", content: "You are a helpful assistant." },
          { role: "user", content: "Fix the bug." },
          { role: "assistant", content: fence("pytest -q") },
          { role: "user", content: "<returncode>1</returncode>\n<output>\n1 failed\n</output>" },
          { role: "assistant", content: fence("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT") },
        ],
        trajectory_format: "mini-swe-agent-1",
      },
    });
    expect(runs.map(({ format, agents, steps }) => [format, agents, steps])).toEqual([
      ["mini-swe-agent", ["mini-swe-agent"], 3],
    ]);
    const run = trajectories[0];
    expect(run).toMatchObject({
      task: "Fix the bug.",
      exit_status: "Submitted",
      cost_usd: 0.25,
      outcome: { outcome: "unknown" },
    });
    expect(run?.steps[1]).toMatchObject({
      role: "environment",
      content: "1 failed",
      exit_code: 1,
      call_id: run?.steps[0]?.tool_calls[0]?.id,
    });
    expect(calls(run)).toEqual([
      ["bash", { command: "pytest -q" }],
      ["bash", { command: "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT" }],
    ]);
  });

  it("version 2: its own fence, or tool calls answered by id, with times and tokens", async () => {
    const { trajectories } = await fixture.import({
      "a.json": [
        { role: "system", content: "s" },
        { role: "user", content: "Do it." },
        { role: "assistant", content: fence("ls", "mswea_bash_command") },
        { role: "user", content: "<returncode>0</returncode>\n<output>\na.py\n</output>" },
      ],
      "b.traj.json": {
        info: { exit_status: "LimitsExceeded", config: { model: { model_name: "m-1" } } },
        messages: [
          { role: "user", content: "Do that." },
          {
            role: "assistant",
            content: "",
            reasoning_content: "hm",
            tool_calls: [{ id: "call_1", function: { name: "bash", arguments: '{"command":"make"}' } }],
            extra: { timestamp: 1_770_000_000.5, response: { usage: { prompt_tokens: 11, completion_tokens: 3 } } },
          },
          {
            role: "tool",
            tool_call_id: "call_1",
            content: '{"returncode": 2, "output": "no rule"}',
            extra: { returncode: 2, timestamp: 1_770_000_001 },
          },
        ],
        trajectory_format: "mini-swe-agent-1.1",
      },
    });
    expect(calls(trajectories[0])).toEqual([["bash", { command: "ls" }]]);
    const run = trajectories[1];
    expect(run?.outcome.outcome).toBe("failure");
    expect(run?.started_at).toBe("2026-02-02T02:40:00.500Z");
    expect(run?.steps[0]).toMatchObject({ model: "m-1", reasoning: "hm", input_tokens: 11, output_tokens: 3 });
    expect(run?.steps[1]).toMatchObject({ content: "no rule", exit_code: 2, call_id: "call_1" });
  });
});

describe("mini-SWE-agent in a trial", () => {
  it("is one run with the trial's verdict; its printed log alone is the same steps", async () => {
    const log =
      "mini-swe-agent (step 1, $0.00):\nTHOUGHT: list.\n\n```bash\nls\n```\n\nUser:\n<returncode>0</returncode>\n<output>\na.py\n</output>\n";
    const messages = [
      { role: "user", content: "Do it." },
      { role: "assistant", content: fence("ls") },
      { role: "user", content: "<returncode>0</returncode>\n<output>\na.py\n</output>" },
    ];
    const results = { task_id: "t", instruction: "Do it.", is_resolved: true, failure_mode: "unset" };
    const { runs, codes, trajectories } = await fixture.import({
      "trial/agent-logs/mini.traj.json": {
        info: { exit_status: "Submitted" },
        messages,
        trajectory_format: "mini-swe-agent-1",
      },
      "trial/sessions/agent.log": log,
      "trial/commands.txt": "['mini -t x', 'Enter']\n",
      "trial/results.json": results,
      "alone/agent.log": log,
    });
    expect(runs.map(({ path, steps, outcome }) => [path.split("/").at(-1), steps, outcome])).toEqual([
      ["agent.log", 2, "unknown"],
      ["mini.traj.json", 2, "success"],
    ]);
    expect(codes).toEqual({
      "trial/sessions/agent.log": "beside",
      "trial/commands.txt": "beside",
      "trial/results.json": "beside",
    });
    expect(trajectories[0]?.steps[1]).toMatchObject({ content: "a.py", exit_code: 0 });
    expect(trajectories[1]).toMatchObject({ task_id: "t", exit_status: "Submitted" });
  });

  it("answers of the Responses API call by `call_id`", async () => {
    const { trajectories } = await fixture.import({
      "r.traj.json": {
        trajectory_format: "mini-swe-agent-1.1",
        info: {},
        messages: [
          { role: "user", content: "Do it." },
          {
            object: "response",
            output: [
              { type: "message", content: [{ type: "output_text", text: "I list." }] },
              { type: "function_call", call_id: "fc_1", name: "bash", arguments: '{"command":"ls"}' },
            ],
          },
          {
            type: "function_call_output",
            call_id: "fc_1",
            output: "<returncode>0</returncode>\n<output>\na\n</output>",
          },
        ],
      },
    });
    expect(trajectories[0]?.steps.map(gist)).toEqual([
      'mini-swe-agent: I list.\nbash({"command":"ls"})',
      "bash re fc_1 exit 0: a",
    ]);
  });
});

describe("SWE-agent", () => {
  const info = { exit_status: "submitted", model_stats: { instance_cost: 1.5 } };
  const turn = (action: string, state: unknown, more = {}) => ({
    action,
    observation: "ok",
    response: "r",
    thought: `to ${action}`,
    state,
    ...more,
  });

  it("edits carry the path of the open file, whether the state was seen before the action or after it", async () => {
    const seen = (open: string) => JSON.stringify({ open_file: open, working_dir: "/repo" });
    const { trajectories, runs } = await fixture.import({
      "old.traj": {
        environment: "swe_main",
        trajectory: [
          turn("open a.py 3\n", seen("n/a")),
          turn("edit 1:2\nx = 1\nend_of_edit\n", seen("/repo/a.py")),
          turn("python a.py && ls\n", seen("/repo/a.py")),
        ],
        history: [
          { role: "system", content: "S" },
          { role: "user", content: "Here is a demonstration", is_demo: true },
          { role: "user", content: "ISSUE: broken" },
        ],
        info,
      },
      "new.traj": {
        trajectory: [
          turn("open a.py", { open_file: "/testbed/a.py" }, { execution_time: 0.5 }),
          turn("insert 'y'", { open_file: "/testbed/b.py" }),
        ],
        history: [
          { role: "system", content: "S" },
          { role: "user", content: "ISSUE: broken" },
          {
            role: "assistant",
            content: "c",
            tool_calls: [{ id: "c1", function: { name: "open", arguments: '{"path":"a.py"}' } }],
          },
          {
            role: "assistant",
            content: "c",
            tool_calls: [{ id: "c2", function: { name: "insert", arguments: '{"text":"y"}' } }],
          },
        ],
        info: { ...info, exit_status: "exit_cost" },
      },
    });
    expect(runs.map(({ format, steps, unparsed_bytes }) => [format, steps, unparsed_bytes])).toEqual([
      ["swe-agent", 4, 0],
      ["swe-agent", 6, 0],
    ]);
    const [fresh, old] = trajectories;
    expect(old).toMatchObject({ task: "ISSUE: broken", cost_usd: 1.5, outcome: { outcome: "unknown" } });
    expect(calls(old)).toEqual([
      ["open", { path: "a.py", line_number: 3 }],
      ["edit", { path: "/repo/a.py", start_line: 1, end_line: 2, replacement_text: "x = 1" }],
      ["bash", { command: "python a.py && ls" }],
    ]);
    expect(fresh?.outcome.outcome).toBe("failure");
    expect(calls(fresh)).toEqual([
      ["open", { path: "a.py" }],
      ["insert", { path: "/testbed/a.py", text: "y" }],
    ]);
    expect(fresh?.steps[1]).toMatchObject({ call_id: "c1", duration_ms: 500 });
  });
});

const event = (id: number, more: Record<string, unknown>) => ({
  id,
  timestamp: `2026-01-01T00:00:0${id % 10}`,
  source: "agent",
  message: "",
  ...more,
});
const session = [
  event(0, { source: "user", action: "message", args: { content: "Fix it." } }),
  event(1, { action: "run", args: { command: "ls", thought: "Look." } }),
  event(2, { observation: "run", cause: 1, content: "a.py", extras: { metadata: { exit_code: 0 } } }),
  event(3, { action: "read", args: { path: "/w/a.py", thought: "" } }),
  event(4, { observation: "read", cause: 3, content: "x", extras: { path: "/w/a.py" } }),
  event(5, {
    action: "edit",
    args: { path: "/w/a.py", command: "str_replace", old_str: "x", new_str: "y", file_text: null },
  }),
  event(6, { observation: "edit", cause: 5, content: "ERROR:\nNo replacement was performed", extras: {} }),
  event(7, { action: "think", args: { thought: "Hm." } }),
  event(8, { action: "browse", args: { url: "http://x" } }),
  event(9, { observation: "browse", cause: 8, content: "page", extras: {} }),
  event(10, { action: "finish", args: { final_thought: "Done." } }),
];

describe("OpenHands", () => {
  const expected = [
    'OpenHands: Look.\nrun({"command":"ls"})',
    "run re 1 exit 0: a.py",
    'OpenHands: read({"path":"/w/a.py"})',
    "read re 3: x",
    'OpenHands: edit({"path":"/w/a.py","command":"str_replace","old_str":"x","new_str":"y"})',
    "edit re 5: ERROR:\nNo replacement was performed",
    'OpenHands: think({"thought":"Hm."})',
    'OpenHands: browse({"url":"http://x"})',
    "browse re 8: page",
    'OpenHands: Done.\nfinish({"final_thought":"Done."})',
  ];

  it("a directory of events is one run, and so are pages of them; the trial's verdict is above", async () => {
    const files = Object.fromEntries(session.map((each) => [`sessions/sessions/abc/events/${each.id}.json`, each]));
    const results = {
      task_id: "t-1",
      instruction: "Fix it.",
      is_resolved: true,
      failure_mode: "unset",
      parser_results: { a: "passed" },
    };
    const one = await fixture.import({ ...files, "results.json": results });
    expect(one.runs).toHaveLength(1);
    expect(one.trajectories[0]?.steps.map(gist)).toEqual(expected);
    expect(one.trajectories[0]).toMatchObject({
      task_id: "t-1",
      exit_status: "finished",
      outcome: { outcome: "success", feedback: "1 of 1 tests passed." },
    });
    expect(one.trajectories[0]?.steps[5]?.error).toBe("No replacement was performed");
    const paged = await fixture.import({
      "abc/event_cache/0-6.json": session.slice(0, 6),
      "abc/event_cache/6-11.json": session.slice(6),
    });
    expect(paged.trajectories.map((run) => run.steps.map(gist))).toEqual([expected]);
  });

  it("flat sessions and output.jsonl are runs of their own, old pairs of action and observation too", async () => {
    const call = { id: "toolu_1", function: { name: "execute_bash", arguments: '{"command":"ls -la"}' } };
    const metadata = {
      function_name: "execute_bash",
      tool_call_id: "toolu_1",
      model_response: {
        id: "gen-1",
        model: "m",
        usage: { prompt_tokens: 5, completion_tokens: 2 },
        choices: [{ message: { tool_calls: [call] } }],
      },
    };
    const line = (resolved: boolean, id: string) =>
      JSON.stringify({
        instance_id: id,
        instruction: "Fix it.",
        history: [
          event(0, { source: "user", action: "message", args: { content: `Fix ${id}.` } }),
          event(1, { action: "run", args: { command: "ls -la" }, tool_call_metadata: metadata }),
          event(2, {
            observation: "run",
            cause: 1,
            content: "out",
            extras: { exit_code: 3 },
            tool_call_metadata: metadata,
          }),
        ],
        metrics: { accumulated_cost: 0.5 },
        report: { resolved },
        error: null,
      });
    const { runs, trajectories } = await fixture.import({
      "flat.json": session,
      "output.jsonl": `${line(true, "i-1")}\n${line(false, "i-2")}\n`,
      "pairs.jsonl": `${JSON.stringify({
        instance_id: "old",
        instruction: "Go.",
        history: [
          [
            { action: "run", args: { command: "ls" } },
            { observation: "run", content: "a", extras: { exit_code: 0 } },
          ],
        ],
      })}\n`,
    });
    expect(runs.map(({ format }) => format)).toEqual(["openhands", "openhands", "openhands", "openhands"]);
    const [flat, first, second, old] = trajectories;
    expect(flat?.steps.map(gist)).toEqual(expected);
    expect([first, second].map((run) => [run?.task_id, run?.outcome.outcome, run?.cost_usd])).toEqual([
      ["i-1", "success", 0.5],
      ["i-2", "failure", 0.5],
    ]);
    expect(first?.steps[0]).toMatchObject({
      tool_calls: [{ id: "toolu_1", name: "execute_bash", arguments: { command: "ls -la" } }],
      input_tokens: 5,
      output_tokens: 2,
    });
    expect(first?.steps[1]).toMatchObject({ exit_code: 3, call_id: "toolu_1" });
    expect(old?.steps.map(gist)).toEqual(['OpenHands: run({"command":"ls"})', "run re 0 exit 0: a"]);
  });
});

describe("Terminus 2", () => {
  it("an episode's commands are calls, the next prompt's screen what came of them", async () => {
    const answer = {
      state_analysis: "A shell.",
      explanation: "List.",
      commands: [{ keystrokes: "ls\n", duration: 0.1 }],
      is_task_complete: false,
    };
    const { runs, trajectories } = await fixture.import({
      "agent-logs/episode-0/prompt.txt":
        "You are an AI.\nTask Description:\nSort the file.\n\nCurrent terminal state:\n$ ",
      "agent-logs/episode-0/response.txt": `Sure:\n\`\`\`json\n${JSON.stringify(answer)}\n\`\`\``,
      "agent-logs/episode-1/prompt.txt": "New Terminal Output:\n$ ls\na.txt\n",
      "agent-logs/episode-1/response.txt":
        '<response><analysis>Done</analysis><plan>stop</plan><commands><keystrokes duration="1">echo ok\n</keystrokes></commands><task_complete>true</task_complete></response>',
      "results.json": { task_id: "sort", instruction: "", is_resolved: false, failure_mode: "agent_timeout" },
    });
    expect(runs.map(({ format, agents, outcome }) => [format, agents, outcome])).toEqual([
      ["terminus2", ["terminus-2"], "failure"],
    ]);
    expect(trajectories[0]).toMatchObject({ task: "Sort the file.", task_id: "sort", exit_status: "agent_timeout" });
    expect(calls(trajectories[0])).toEqual([
      ["terminal", { keystrokes: "ls\n", duration: 0.1 }],
      ["terminal", { keystrokes: "echo ok\n", duration: 1 }],
      ["task_complete", { keystrokes: "" }],
    ]);
    expect(trajectories[0]?.steps[1]).toMatchObject({ role: "environment", content: "$ ls\na.txt", call_id: "0.0" });
  });
});

describe("Claude Code", () => {
  const said = (content: unknown, more = {}) => ({
    type: "assistant",
    uuid: "u",
    sessionId: "s-1",
    message: {
      role: "assistant",
      id: "m-1",
      model: "claude",
      content,
      usage: { input_tokens: 2, cache_read_input_tokens: 8, output_tokens: 4 },
    },
    ...more,
  });
  const result = (id: string, content: string, more = {}) => ({
    type: "user",
    uuid: "u",
    sessionId: "s-1",
    message: { role: "user", content: [{ type: "tool_result", tool_use_id: id, content, ...more }] },
  });
  const lines = [
    { type: "summary", summary: "S" },
    {
      type: "user",
      uuid: "u",
      sessionId: "s-1",
      timestamp: "2026-01-01T00:00:00Z",
      message: { role: "user", content: "Fix it." },
    },
    said([{ type: "thinking", thinking: "Hm." }]),
    said([{ type: "text", text: "I look." }]),
    said([{ type: "tool_use", id: "t1", name: "Bash", input: { command: "ls" } }]),
    result("t1", "Exit code 2\nno", { is_error: true }),
    said([{ type: "tool_use", id: "t2", name: "Task", input: { subagent_type: "explorer", prompt: "Find it" } }], {
      message: {
        role: "assistant",
        id: "m-2",
        content: [
          { type: "tool_use", id: "t2", name: "Task", input: { subagent_type: "explorer", prompt: "Find it" } },
        ],
      },
    }),
    said([], {
      isSidechain: true,
      parent_tool_use_id: "t2",
      message: {
        role: "assistant",
        id: "m-3",
        content: [
          { type: "tool_use", id: "t3", name: "Edit", input: { file_path: "/a", old_string: "x", new_string: "y" } },
        ],
      },
    }),
    result("t3", "File has not been read yet", { is_error: true }),
    { type: "result", subtype: "error_max_turns", session_id: "s-1", total_cost_usd: 0.02, result: "" },
  ];

  it("events of one message are one step, sub-agents speak under their own name", async () => {
    const { runs, trajectories } = await fixture.import({
      "session.jsonl": lines.map((line) => JSON.stringify(line)).join("\n"),
    });
    expect(runs[0]).toMatchObject({
      format: "claude-code",
      agents: ["claude-code", "claude-code/explorer"],
      outcome: "failure",
    });
    const run = trajectories[0];
    expect(run).toMatchObject({ task: "Fix it.", cost_usd: 0.02, exit_status: "error_max_turns" });
    expect(run?.steps[0]).toMatchObject({
      reasoning: "Hm.",
      tool_calls: [{ id: "t1", name: "Bash" }],
      input_tokens: 10,
      output_tokens: 4,
    });
    expect(run?.steps.map(({ role, agent, exit_code, error }) => [role, agent, exit_code, error])).toEqual([
      ["agent", "claude-code", undefined, ""],
      ["environment", "Bash", 2, ""],
      ["agent", "claude-code", undefined, ""],
      ["agent", "claude-code/explorer", undefined, ""],
      ["environment", "Edit", undefined, "File has not been read yet"],
    ]);
  });

  it("a terminal-bench trial is read from the terminal's last screen, wrapped lines joined again", async () => {
    const wide = lines
      .slice(1, 6)
      .map((line) => JSON.stringify(line))
      .flatMap((line) => line.match(/.{1,100}/g)?.map((piece) => piece.trimEnd()) ?? []);
    const results = {
      task_id: "t",
      instruction: "Fix it, please.",
      is_resolved: false,
      failure_mode: "unset",
      parser_results: { test_a: "failed", test_b: "passed" },
    };
    const { runs, trajectories, codes } = await fixture.import({
      "trial/results.json": results,
      "trial/commands.txt": "['claude -p \\'Fix it, please.\\'', 'Enter']\n",
      "trial/panes/post-agent.txt": ["noise", ...wide, ""].join("\n"),
      "bare/results.json": { ...results, task_id: "u" },
      "bare/commands.txt": "['clear', 'Enter']\n[\"claude --print 'x'\", 'Enter']\n",
    });
    expect(codes).toEqual({});
    expect(runs.map(({ format, steps, outcome }) => [format, steps, outcome])).toEqual([
      ["claude-code-trial", 1, "failure"],
      ["claude-code-trial", 2, "failure"],
    ]);
    expect(runs[0]?.warnings[0]).toContain("only the commands typed");
    expect(trajectories[1]).toMatchObject({
      task: "Fix it, please.",
      outcome: { feedback: "1 of 2 tests passed; failed: test_a." },
    });
    expect(trajectories[1]?.steps[1]).toMatchObject({ exit_code: 2, content: "Exit code 2\nno" });
  });
});

describe("ATIF", () => {
  const agent = { name: "main", version: "1", model_name: "m" };
  const sub = (id: string) => ({
    schema_version: "ATIF-v1.7",
    trajectory_id: id,
    agent: { name: "scout" },
    steps: [
      { step_id: 1, source: "user", message: "Find it" },
      { step_id: 2, source: "agent", message: `found by ${id}` },
    ],
  });
  const document = {
    schema_version: "ATIF-v1.7",
    session_id: "s",
    agent,
    steps: [
      { step_id: 1, source: "system", message: "Be good." },
      { step_id: 2, source: "user", message: [{ type: "text", text: "Fix it." }] },
      {
        step_id: 3,
        timestamp: "2026-01-01T00:00:00Z",
        source: "agent",
        message: "I delegate.",
        reasoning_content: "Hm.",
        tool_calls: [
          { tool_call_id: "c1", function_name: "delegate", arguments: { to: "scout" } },
          { tool_call_id: "c2", function_name: "Bash", arguments: { command: "ls" } },
        ],
        observation: {
          results: [
            {
              source_call_id: "c1",
              subagent_trajectory_ref: [{ trajectory_id: "t-sub" }, { trajectory_path: "parts/other.json" }],
            },
            { source_call_id: "c2", content: "Exit code 1\nno" },
          ],
        },
        metrics: { prompt_tokens: 7, completion_tokens: 2 },
      },
      { step_id: 4, source: "agent", message: "Done.", is_copied_context: true },
    ],
    subagent_trajectories: [sub("t-sub")],
    final_metrics: { total_cost_usd: 0.1 },
  };

  it("sub-agents act where they were called, embedded or in files of their own; the verdict is the verifier's", async () => {
    const { runs, trajectories, codes } = await fixture.import({
      "trial/agent/trajectory.json": document,
      "trial/agent/parts/other.json": sub("file"),
      "trial/verifier/reward.txt": "1\n",
      "trial/result.json": {
        task_name: "fix-it",
        agent_info: { name: "main" },
        verifier_result: { rewards: { reward: 1 } },
        agent_result: { cost_usd: null },
      },
    });
    expect(runs.filter(({ path }) => path.endsWith("trajectory.json"))).toMatchObject([
      { format: "atif", outcome: "success", agents: ["main", "scout"] },
    ]);
    const run = trajectories[runs.findIndex(({ path }) => path.endsWith("trajectory.json"))];
    expect(run).toMatchObject({ task: "Fix it.", task_id: "fix-it", cost_usd: 0.1, outcome: { score: 1 } });
    expect(run?.steps.map(gist)).toEqual([
      'main: I delegate.\ndelegate({"to":"scout"})\nBash({"command":"ls"})',
      "Bash re c2 exit 1: Exit code 1\nno",
      "caller: Find it",
      "scout: found by t-sub",
      "caller: Find it",
      "scout: found by file",
    ]);
    expect(run?.steps[0]).toMatchObject({ reasoning: "Hm.", input_tokens: 7, output_tokens: 2, model: "m" });
    expect(Object.values(codes)).toContain("beside");
  });

  it("every version from 1.0 on; a path on the writer's machine is not followed", async () => {
    const versions = ["ATIF-v1.0", "ATIF-v1.2", "ATIF-v1.6", "ATIF-v1.7"];
    const { runs } = await fixture.import(
      Object.fromEntries(
        versions.map((schema_version) => [
          `${schema_version}.json`,
          {
            ...document,
            schema_version,
            session_id: schema_version,
            continued_trajectory_ref: "/etc/passwd",
            subagent_trajectories: [],
          },
        ]),
      ),
    );
    expect(runs).toHaveLength(4);
    expect(runs[0]?.warnings[0]).toContain("A sub-agent's trajectory is not here");
  });
});

describe("MetaGPT and AgenTracer", () => {
  it("a team's messages, and the log that its roles write", async () => {
    const message = (id: string, role: string, cause: string, content: string) => ({
      id,
      content,
      role,
      cause_by: `metagpt.actions.${cause}`,
      sent_from: "",
      send_to: ["<all>"],
    });
    const team = {
      env: {
        roles: {
          "Product Manager": { name: "Alice", profile: "Product Manager" },
          Engineer: { name: "Alex", profile: "Engineer" },
        },
        history: {
          storage: [
            message("1", "Human", "add_requirement.UserRequirement", "Write a game."),
            message("2", "Product Manager", "write_prd.WritePRD", "PRD"),
            message("3", "Engineer", "write_code.WriteCode", "code"),
            message("4", "Engineer", "run_code.RunCode", "Traceback"),
          ],
        },
      },
      cost_manager: { total_cost: 0.3 },
    };
    const log = [
      "2026-01-01 10:00:00.000 | INFO     | metagpt.actions.write_prd:run:86 - New requirement detected: Write a game.",
      "2026-01-01 10:00:01.000 | INFO     | metagpt.roles.role:_act:403 - Alice(Product Manager): to do WritePRD(WritePRD)",
      "The product is",
      "a game.",
      "2026-01-01 10:00:02.000 | INFO     | metagpt.utils.cost_manager:update_cost:57 - Total running cost: $0.002 | Max budget: $10.000 | Current cost: $0.002, prompt_tokens: 100, completion_tokens: 20",
      "2026-01-01 10:00:03.000 | ERROR    | metagpt.actions.run_code:run:99 - it failed",
    ].join("\n");
    const { runs, trajectories } = await fixture.import({ "team.json": team, "metagpt.txt": log });
    expect(runs.map(({ format, agents }) => [format, agents])).toEqual([
      ["metagpt", ["Alice"]],
      ["metagpt", ["Alice", "Alex"]],
    ]);
    expect(trajectories[1]).toMatchObject({ task: "Write a game.", cost_usd: 0.3 });
    expect(trajectories[1]?.steps.map(({ role }) => role)).toEqual(["agent", "agent", "environment"]);
    expect(trajectories[0]?.steps[0]).toMatchObject({
      agent: "Alice",
      tool_calls: [{ name: "WritePRD" }],
      input_tokens: 100,
      started_at: "2026-01-01T10:00:01.000Z",
    });
    expect(trajectories[0]).toMatchObject({ task: "Write a game.", cost_usd: 0.002 });
    expect(trajectories[0]?.steps[0]?.content).toContain("The product is\na game.");
  });

  it("AgenTracer's results keep the step numbers of their labels, and who put the fault there", async () => {
    const history = [
      { step: 1, content: "plan", role: "Team Leader", name: "Mike" },
      { step: 2, content: "code", role: "Engineer", name: "Alex" },
    ];
    const { runs } = await fixture.import({
      "7_attack_result.json": {
        is_correct: false,
        question: "Q",
        question_ID: "7_attack",
        level: "2",
        ground_truth: "",
        history,
        mistake_step: "2",
        mistake_agent: "Engineer",
        mistake_reason: "injected",
        attack_step: 2,
      },
    });
    expect(runs[0]).toMatchObject({
      format: "agentracer",
      annotations: [{ agent: "Alex", step: 1, evidence: "injected" }],
    });
  });
});
