import type { Step, Trajectory } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { observationStyle, renderObservation } from "../../../../analyzers/replay/workspace/observation.ts";
import { recordedTurns, withInputs } from "../../../../analyzers/replay/workspace/recorded-turns.ts";
import { resultDrift } from "../../../../analyzers/replay/workspace/result-drift.ts";
import { shellAction } from "../../../../analyzers/replay/workspace/shell-actions.ts";
import { shellCorrections } from "../../../../analyzers/replay/workspace/shell-correction.ts";
import { toolFolders } from "../../../../analyzers/replay/workspace/tool-folders.ts";
import { volatilePatterns } from "../../../../analyzers/replay/workspace/volatile.ts";

const ended = (output: string, code: number | null = 0, stopped = "") => ({ code, output, dropped: 0, stopped });
const recorded = (output: string, code: number | null = 0) => ({ code, output, cut: false });

function step(index: number, role: Step["role"], content: string, more: Partial<Step> = {}): Step {
  return {
    index,
    role,
    agent: role === "agent" ? "Coder" : "bash",
    content,
    tool_calls: [],
    input: [],
    span_id: "0000000000000001",
    started_at: "2026-01-01T00:00:00.000Z",
    duration_ms: 1,
    error: "",
    model: "",
    input_tokens: 0,
    output_tokens: 0,
    ...more,
  };
}

const run = (steps: Step[]) => ({ task: "Mend it.", trace_id: "0".repeat(32), steps }) as Trajectory;

describe("what an answer asks for", () => {
  const call = (name: string, given: object | string) => ({
    content: "",
    tool_calls: [{ id: "1", name, arguments: given as never }],
  });

  it.each([
    ["bash", { command: "ls" }, "ls"],
    ["execute_bash", { command: "ls -l", is_input: "false" }, "ls -l"],
    ["shell", { command: ["bash", "-lc", "echo 'a b'"] }, "bash -lc 'echo '\\''a b'\\'''"],
    ["terminal", '{"cmd": "pwd"}', "pwd"],
  ])("reads the command of %s", (name, given, command) => {
    expect(shellAction(call(name, given))).toMatchObject({ kind: "command", command });
  });

  it("reads the first fenced block of an agent without tools", () => {
    const content = "THOUGHT: look\n\n```mswea_bash_command\ncat a |\n  head\n```\n";
    expect(shellAction({ content, tool_calls: [] })).toEqual({
      kind: "command",
      command: "cat a |\n  head",
      call: null,
    });
  });

  it("tells the end, a thought, and a tool that is no shell", () => {
    expect(shellAction({ content: "All done.", tool_calls: [] })).toEqual({ kind: "end" });
    expect(shellAction(call("submit", {}))).toEqual({ kind: "end" });
    expect(shellAction(call("think", { thought: "hm" }))).toMatchObject({ kind: "note" });
    expect(shellAction(call("str_replace_editor", { path: "a" }))).toEqual({
      kind: "foreign",
      tool: "str_replace_editor",
    });
    expect(shellAction(call("constructor", { command: "ls" }))).toMatchObject({ kind: "foreign" });
  });
});

describe("what came back", () => {
  it("is read in the style of the run", () => {
    expect(
      observationStyle(["<returncode>1</returncode>\n<output>\nno\n</output>"]).read(
        "<returncode>2</returncode>\n<output>\nx</output>",
      ),
    ).toEqual({ code: 2, output: "x", cut: false });
    const openhands = observationStyle([
      "a\n[The command completed with exit code 0.]\n[Current working directory: /w]",
    ]);
    expect(openhands.name).toBe("openhands");
    expect(openhands.read("b\nc\n[Command finished with exit code 1]")).toEqual({
      code: 1,
      output: "b\nc",
      cut: false,
    });
    expect(observationStyle(["just text"]).read("more text")).toEqual({ code: null, output: "more text", cut: false });
  });

  it("is told with its exit code, and long outputs without their middle", () => {
    expect(renderObservation(ended("a\n"))).toBe("<returncode>0</returncode>\n<output>\na\n</output>");
    const long = renderObservation(ended("x".repeat(30_000)));
    expect(long).toContain("[20000 characters left out]");
    expect(observationStyle([long]).read(long)).toMatchObject({ cut: true });
  });
});

describe("drift", () => {
  it.each([
    [
      "durations",
      "ok 1\n  duration_ms: 1.25\nRan 3 tests in 0.001s",
      "ok 1\n  duration_ms: 99.1\nRan 3 tests in 12.5s",
    ],
    ["times", "Date:   Mon Jan 5 09:00:00 2026 +0000", "Date:   Tue Mar 17 23:11:59 2026 +0100"],
    [
      "ls -l",
      "total 8\n-rw-r--r-- 1 root root 12 Nov 21 03:04 a.js",
      "total 12\n-rw-r--r-- 1 nobody nogroup 12 Jan  2  2025 a.js",
    ],
    ["temporary paths", "at /tmp/a1b2/x.js", "at /tmp/zz/y.js"],
    ["addresses", "<object at 0x7f1c2d3e4f50>", "<object at 0x7fffffffe000>"],
    ["colours", "\u001b[31mred\u001b[0m text", "red text"],
    ["space at the ends", "a  \r\nb\n\n", "\na\nb"],
  ])("is not in %s", (_what, was, is) => {
    expect(resultDrift(recorded(was), ended(is))).toBeNull();
  });

  it("is told by line and by exit code", () => {
    expect(resultDrift(recorded("a\nb"), ended("a\nc"))).toBe('line 2 of its output was "b" and is "c"');
    expect(resultDrift(recorded("a\nb"), ended("a"))).toBe('line 2 of its output is gone: "b"');
    expect(resultDrift(recorded("a"), ended("a\nmore"))).toBe('line 2 of its output is new: "more"');
    expect(resultDrift(recorded("a"), ended("boom", 1))).toBe('it ended with 1 where 0 is recorded: "boom"');
    expect(resultDrift(recorded("a"), ended("a", null, "It ran longer than 60 s."))).toContain("longer than 60 s");
    expect(
      resultDrift(recorded("-rw-r--r-- 1 a b 12 Nov 21 03:04 x"), ended("-rw-r--r-- 1 a b 13 Nov 21 03:04 x")),
    ).not.toBeNull();
  });

  it("is looked for up to where the recording was cut", () => {
    const cut = { code: 0, output: "a\nb\nhalf a li\n[900 characters left out]\nz", cut: true };
    expect(resultDrift(cut, ended("a\nb\nhalf a line\nq\nz"))).toBeNull();
    expect(resultDrift(cut, ended("a\nX\nhalf a line\nq\nz"))).toContain("line 2");
  });

  it("takes further patterns in RE2 syntax, and refuses others", () => {
    expect(resultDrift(recorded("seed 17"), ended("seed 4"))).not.toBeNull();
    expect(resultDrift(recorded("seed 17"), ended("seed 4"), volatilePatterns([String.raw`seed \d+`]))).toBeNull();
    expect(() => volatilePatterns(["(?=a)"])).toThrow(/no RE2 pattern/);
  });

  it("is found in linear time in an output made to stall it", () => {
    const hostile = `${" ".repeat(300_000)}x`;
    const began = performance.now();
    resultDrift(recorded(hostile), ended(hostile.repeat(3)));
    expect(performance.now() - began).toBeLessThan(3000);
  });
});

describe("a recorded shell agent", () => {
  const told = (text: string) => ({ role: "user", parts: [{ type: "text", content: text }] });

  it("is its turns, with what answered each", () => {
    const turns = recordedTurns(run([step(0, "agent", "a"), step(1, "environment", "A"), step(2, "agent", "b")]));
    expect(turns.map(({ step: { index }, observation }) => [index, observation])).toEqual([
      [0, "A"],
      [2, null],
    ]);
  });

  it("finds in the next request what no step of its own holds", () => {
    const first = step(0, "agent", "```bash\nls\n```", { input: [told("task")] });
    const said = { role: "assistant", parts: [{ type: "text", content: first.content }] };
    const second = step(1, "agent", "done", { input: [told("task"), said, told("a.js")] });
    expect(recordedTurns(run([first, second]))[0]?.observation).toBe("a.js");
  });

  it("is refused where several agents act", () => {
    const steps = [step(0, "agent", "a"), step(1, "agent", "b", { agent: "Other" })];
    expect(() => recordedTurns(run(steps))).toThrow(/several agents \(Coder, Other\)/);
  });

  it("gets its conversation back where only what was said is recorded", () => {
    const call = { id: "c1", name: "bash", arguments: { command: "ls" } };
    const whole = withInputs(
      run([
        step(0, "agent", 'bash({"command":"ls"})', { tool_calls: [call] }),
        step(1, "environment", "a.js"),
        step(2, "agent", "done"),
      ]),
    );
    expect(whole.steps[0]?.input).toEqual([told("Mend it.")]);
    expect(whole.steps[2]?.input.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    expect(whole.steps[2]?.input[2]?.parts[0]).toMatchObject({ id: "c1", response: "a.js" });
    expect(withInputs(whole)).toBe(whole);
  });

  it("is corrected in its own form", async () => {
    const call = { id: "c1", name: "bash", arguments: { command: "ls" } };
    const calling = step(0, "agent", "", { tool_calls: [call] });
    const fenced = step(0, "agent", "```bash\nls\n```");
    const correct = (text: string, at: Step) => shellCorrections(() => text)({ trajectory: run([at]), step: at });
    expect(await correct("pwd", calling)).toEqual({
      content: "",
      tool_calls: [{ ...call, arguments: { command: "pwd" } }],
    });
    expect(await correct("Look first.\n```bash\npwd\n```", calling)).toEqual({
      content: "Look first.",
      tool_calls: [{ ...call, arguments: { command: "pwd" } }],
    });
    expect(await correct("pwd", fenced)).toBe("```bash\npwd\n```");
    expect(await correct("Think.\n```bash\npwd\n```", fenced)).toBe("Think.\n```bash\npwd\n```");
  });
});

it("shows folders of programs, and no folder of a person's files", () => {
  expect(toolFolders("/usr/bin:/bin:relative:/nowhere/bin", "/home/me")).not.toContain("/nowhere");
  expect(toolFolders(`${process.execPath.replace(/\/node$/, "")}:/root/.local/bin`, "/root")).not.toContain(
    "/root/.local",
  );
});
