import { classifySteps } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";
import { returned, type Said, shellRun } from "./shell-run.ts";

const only = (call: Said[0], output = "") => {
  const [step] = classifySteps(shellRun([[call, output]]));
  if (step === undefined) throw new Error("no step");
  return step;
};
const files = (call: Said[0], output?: string) =>
  only(call, output).files.map(({ action, path }) => `${action} ${path}`);

describe("the class of a shell step", () => {
  it.each([
    ["cat src/a.py", "explore"],
    ["cd /repo && grep -rn 'def x' src | head -5", "explore"],
    ["find . -name '*.py' -exec grep -l foo {} +", "explore"],
    ["sed -n '1,20p' a.py", "explore"],
    ["git log --oneline | head; git diff HEAD~1", "explore"],
    ["awk '{print $1}' data.txt", "explore"],
    ["sed -i 's/a/b/' src/a.py", "change"],
    ["perl -pi -e 's/a/b/' a.py", "change"],
    ["find . -name '*.py' -exec sed -i s/a/b/ {} \\;", "change"],
    ["git apply fix.patch", "change"],
    ["git checkout -- src/a.py", "change"],
    ["echo x | tee -a notes.txt", "change"],
    ["FOO=1 sudo -u root rm -rf build", "change"],
    ["cat <<'EOF' > src/new.py\nprint('rm -rf /')\nEOF", "change"],
    ["python - <<'EOF'\nimport pathlib\npathlib.Path('a.py').write_text('x')\nEOF", "change"],
    ["python3 -c \"open('a.txt', 'w').write('x')\"", "change"],
    ["bash -c \"sed -i 's/a/b/' a.py\"", "change"],
    ["pip install -e .", "change"],
    ["pytest -q tests/test_a.py", "verify"],
    ["cd /repo && timeout 60 python -m pytest -x 2>&1 | tail -20", "verify"],
    ["PYTHONPATH=. python -m unittest discover", "verify"],
    ["npm run test:unit", "verify"],
    ["make check", "verify"],
    ["go test ./... && go vet ./...", "verify"],
    ["python reproduce.py", "verify"],
    ["python - <<'EOF'\nprint(1 + 1)\nEOF", "verify"],
    ["pytest -q > /tmp/log.txt", "verify"],
    ["sed -i s/a/b/ a.py && pytest", "change"],
    ["echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && git add -A && git diff --cached", "communicate"],
    ["git add -A && git commit -m 'sed -i pytest'", "communicate"],
    ["submit", "communicate"],
    ["cd src", "communicate"],
  ])("%s", (command, expected) => {
    expect(only(command).class).toBe(expected);
  });

  it("goes by what runs, not by words that stand in it", () => {
    expect(only("grep -n 'rm -rf' install.sh").class).toBe("explore");
    expect(only("echo 'pytest passed'").class).toBe("communicate");
    expect(only("cat <<'EOF'\nsed -i s/a/b/ x\nEOF").class).toBe("explore");
  });

  it("keeps everything that a step does beside what names it", () => {
    expect(only("grep -n a b.py; sed -i s/a/b/ b.py && pytest").classes).toEqual(["change", "verify", "explore"]);
  });
});

describe("the class of a tool call", () => {
  it.each([
    [{ name: "str_replace_editor", arguments: { command: "view", path: "/r/a.py" } }, "explore", ["read /r/a.py"]],
    [
      {
        name: "str_replace_editor",
        arguments: { command: "str_replace", path: "/r/a.py", old_str: "a", new_str: "b" },
      },
      "change",
      ["changed /r/a.py"],
    ],
    [
      { name: "str_replace_editor", arguments: { command: "undo_edit", path: "/r/a.py" } },
      "change",
      ["restored /r/a.py"],
    ],
    [{ name: "execute_bash", arguments: { command: "cat a.py" } }, "explore", ["read a.py"]],
    [{ name: "Read", arguments: { file_path: "/r/a.py" } }, "explore", ["read /r/a.py"]],
    [{ name: "Write", arguments: { file_path: "/r/a.py", content: "x" } }, "change", ["created /r/a.py"]],
    [{ name: "MultiEdit", arguments: { file_path: "/r/a.py" } }, "change", ["changed /r/a.py"]],
    [{ name: "Grep", arguments: { pattern: "x" } }, "explore", []],
    [{ name: "TodoWrite", arguments: { todos: [] } }, "communicate", []],
    [{ name: "shell", arguments: { command: ["bash", "-lc", "rm a.py"] } }, "change", ["deleted a.py"]],
    [
      {
        name: "apply_patch",
        arguments: { input: "*** Begin Patch\n*** Update File: a.py\n-x = 1\n+x = 2\n*** End Patch" },
      },
      "change",
      ["changed a.py"],
    ],
    [{ name: "finish", arguments: {} }, "communicate", []],
    [{ name: "my_special_file_reader", arguments: { path: "a" } }, "explore", ["read a"]],
  ])("$name", (call, expected, touched) => {
    expect(only(call).class).toBe(expected);
    expect(files(call)).toEqual(touched);
  });

  it("reads what terminus types into its terminal", () => {
    const call = {
      name: "keystrokes",
      arguments: { commands: [{ keystrokes: "cd /app\n" }, { keystrokes: "sed -i s/a/b/ x.c\n" }] },
    };
    expect(files(call)).toEqual(["changed /app/x.c"]);
  });
});

describe("the files of a step", () => {
  it("are found behind cd, redirections, here-documents and in-place editors", () => {
    expect(files("cd /repo/src && sed -i 's/a/b/' ../x.py pkg/y.py")).toEqual([
      "changed /repo/x.py",
      "changed /repo/src/pkg/y.py",
    ]);
    expect(files("cat <<EOF >> notes/log.md\nx\nEOF")).toEqual(["changed notes/log.md"]);
    expect(files("mv a.py b.py")).toEqual(["created b.py", "deleted a.py"]);
    expect(files("python - <<'EOF'\np = 'src/a.py'\nopen(p, 'w').write('x')\nEOF")).toEqual(["changed src/a.py"]);
  });

  it("have one name however they are spelled", () => {
    const steps = classifySteps(
      shellRun([
        ["cat /repo/src/a.py", "x = 1"],
        ["cd /repo && sed -i s/1/2/ src/a.py", ""],
        ["cat ./src/a.py", "x = 2"],
      ]),
    );
    expect(steps.map(({ files: own }) => own.map(({ path }) => path))).toEqual([
      ["/repo/src/a.py"],
      ["/repo/src/a.py"],
      ["/repo/src/a.py"],
    ]);
  });

  it("follow the file that SWE-agent's editor has open", () => {
    const steps = classifySteps(
      shellRun([
        ["open src/a.py 10", "[File: src/a.py]"],
        ["edit 4:4\nx = 2\nend_of_edit", "File updated."],
      ]),
    );
    expect(steps[1]).toMatchObject({
      class: "change",
      files: [{ path: "src/a.py", action: "changed" }],
      added: "x = 2\n",
    });
  });
});

describe("what came back", () => {
  it("says which tests passed and failed, by the runner that speaks", () => {
    const pytest =
      "FAILED tests/test_a.py::test_x - AssertionError: assert 1 == 2\n===== 1 failed, 2 passed in 0.10s =====";
    expect(only("pytest", returned(1, pytest)).results).toMatchObject({
      runner: "pytest",
      passed: 2,
      failed: 1,
      failing: ["tests/test_a.py::test_x"],
    });
    expect(
      only("python -m unittest", returned(1, "FAIL: test_x (t.T)\n----\nRan 3 tests in 0.001s\n\nFAILED (failures=1)"))
        .results,
    ).toMatchObject({ passed: 2, failed: 1, failing: ["test_x"] });
    expect(
      only("cargo test", "test a::b ... FAILED\ntest result: FAILED. 3 passed; 1 failed; 0 ignored").results,
    ).toMatchObject({ runner: "cargo", passed: 3, failed: 1 });
    expect(only("node --test", "✖ adds (1.2ms)\nℹ pass 4\nℹ fail 1\n").results).toMatchObject({
      passed: 4,
      failed: 1,
      failing: ["adds"],
    });
  });

  it("tells a failing test from a step that failed", () => {
    const failing = only("pytest", returned(1, "===== 1 failed in 0.10s ====="));
    expect([failing.failed, failing.exit_code]).toEqual([false, 1]);
    expect(
      only("sed -i s/a/b/ nothing.py", returned(2, "sed: can't read nothing.py: No such file or directory")).failed,
    ).toBe(true);
    // grep says 1 where it found nothing.
    expect(only("grep x a.py", returned(1)).failed).toBe(false);
  });

  it("gives one error one signature wherever it is met", () => {
    const [one] = only("python a.py", returned(1, "Traceback…\n  File \"/a/b.py\", line 3\nKeyError: 'x12'")).errors;
    const [other] = only("python a.py", returned(1, "Traceback…\n  File \"/c/b.py\", line 9\nKeyError: 'x7'")).errors;
    expect(one?.signature).toBe(other?.signature);
  });
});

describe("hostile steps", () => {
  it("never throw, whatever a command line holds", () => {
    for (const command of [
      "'",
      "$(".repeat(5_000),
      "(".repeat(50_000),
      "\u0000\u001b[2J",
      "if [ 'x",
      `cat <<EOF\n${"x".repeat(300_000)}`,
    ]) {
      expect(() => only(command)).not.toThrow();
    }
  });

  it("treat names of Object.prototype as names", () => {
    expect(only("__proto__ constructor; toString").class).toBe("verify");
    expect(only({ name: "constructor", arguments: JSON.parse('{"__proto__": {"path": "x"}}') }).files).toEqual([]);
  });
});
