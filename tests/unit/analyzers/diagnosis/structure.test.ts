import { buildStepTree, classifySteps, evidenceIndex, stagesOf } from "@culprit/analyzers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { returned, type Said, shellRun } from "./shell-run.ts";

const GREEN = returned(
  0,
  "tests/test_a.py::test_x PASSED\ntests/test_a.py::test_y PASSED\n===== 2 passed in 0.10s =====",
);
const RED = returned(
  1,
  "tests/test_a.py::test_y PASSED\nFAILED tests/test_a.py::test_x - assert 1 == 2\n===== 1 failed, 1 passed in 0.10s =====",
);

const repair: Said[] = [
  ["ls", "src tests"],
  ["cat src/a.py", "x = 1"],
  ["sed -i s/1/2/ src/a.py", returned(0)],
  ["pytest -v", RED],
  ["cat src/b.py", "y = 1"],
  ["sed -i s/1/2/ src/b.py", returned(0)],
  ["pytest -v", GREEN],
  ["submit", ""],
];

describe("the tree of steps", () => {
  it("opens a level with each change, below the step before it; what looks and checks stands beside", () => {
    const { nodes, roots } = buildStepTree(shellRun(repair));
    expect(nodes.map(({ step, parent, level }) => [step, parent, level])).toEqual([
      [0, null, 0],
      [2, null, 0],
      [4, 2, 1],
      [6, 2, 1],
      [8, 2, 1],
      [10, 8, 2],
      [12, 8, 2],
      [14, 8, 2],
    ]);
    expect(roots).toEqual([0, 2]);
    expect(nodes[1]?.children).toEqual([4, 6, 8]);
  });

  it("holds every action step once, below an earlier one", () => {
    const command = fc.constantFrom("ls", "cat a", "sed -i s/a/b/ a", "pytest", "submit", "echo x > a");
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        const { nodes, roots } = buildStepTree(shellRun(commands.map((own) => [own, ""])));
        expect(nodes.map(({ step }) => step)).toEqual(commands.map((_, at) => 2 * at));
        expect([...roots, ...nodes.flatMap(({ children }) => children)].sort((one, other) => one - other)).toEqual(
          nodes.map(({ step }) => step),
        );
        for (const { step, parent } of nodes) expect(parent ?? -1).toBeLessThan(step);
      }),
    );
  });
});

describe("stages", () => {
  it("are stretches of one kind, numbered from 1, with their boundaries", () => {
    const stages = stagesOf(classifySteps(shellRun(repair)));
    expect(stages.map(({ id, kind, from, to }) => [id, kind, from, to])).toEqual([
      [1, "exploration", 0, 2],
      [2, "change", 4, 4],
      [3, "verification", 6, 6],
      [4, "exploration", 8, 8],
      [5, "change", 10, 10],
      [6, "verification", 12, 12],
      [7, "communication", 14, 14],
    ]);
  });

  it("are not ended by a single look", () => {
    const looked: Said[] = [
      ["sed -i s/a/b/ a.py", ""],
      ["cat a.py", "b"],
      ["sed -i s/c/d/ a.py", ""],
    ];
    expect(stagesOf(classifySteps(shellRun(looked))).map(({ kind }) => kind)).toEqual(["change"]);
  });
});

describe("the evidence index", () => {
  const evidence = evidenceIndex(shellRun(repair));

  it("knows the step that first touched each file, and every touch", () => {
    expect(evidence.files.map(({ path, first }) => [path, first])).toEqual([
      ["src/a.py", 2],
      ["src/b.py", 8],
    ]);
    expect(evidence.files[0]?.touches).toEqual([
      { step: 2, action: "read" },
      { step: 4, action: "changed" },
    ]);
  });

  it("knows which test turned, where it showed, and which changes may have turned it", () => {
    expect(evidence.test_changes).toEqual([
      { step: 6, test: "tests/test_a.py::test_x", from: "unknown", to: "failed", after: [4] },
      { step: 12, test: "tests/test_a.py::test_x", from: "failed", to: "passed", after: [10] },
    ]);
    expect(evidence.test_runs.map(({ step, passed, failed }) => [step, passed, failed])).toEqual([
      [6, 1, 1],
      [12, 2, 0],
    ]);
  });

  it("knows who first saw an error, and who again", () => {
    const wrong = returned(1, "KeyError: 'x'");
    const { errors } = evidenceIndex(
      shellRun([
        ["python a.py", wrong],
        ["ls", "a.py"],
        ["python a.py", wrong],
      ]),
    );
    expect(errors.map(({ steps }) => steps)).toEqual([[0, 4]]);
  });
});
