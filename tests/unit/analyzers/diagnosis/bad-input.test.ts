import { diagnoseByRules, PROFILE_NAMES, PROFILES } from "@culprit/analyzers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { returned, type Said, shellRun } from "./shell-run.ts";

const keepsItsSchemas = (run: ReturnType<typeof shellRun>) => {
  const diagnosis = diagnoseByRules(run);
  for (const name of PROFILE_NAMES)
    expect(PROFILES[name].schema.safeParse(PROFILES[name].write(diagnosis)).success).toBe(true);
  return diagnosis;
};

describe("a diagnosis of bad input", () => {
  it("is a result for any commands and any answers", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.constantFrom(
        "sed -i 's/a/b/' a.py",
        "pytest",
        "git checkout -- .",
        "cat a.py",
        "submit",
        "cat <<'E' > a.py",
        "```bash",
        "<function=bash>",
        "\u0000",
        "__proto__",
        "= 1 failed in 0.1s =",
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, piece), { maxLength: 12 }), (pairs) => {
        keepsItsSchemas(shellRun(pairs.map(([command, output]): Said => [command, output])));
        const steps = shellRun(
          pairs.map(([command]): Said => [{ name: command, arguments: { path: command, command } }, command]),
        ).steps;
        keepsItsSchemas(
          shellRun([], {
            steps: steps.map((step, at) => ({
              ...step,
              tool_calls: at % 3 === 0 ? [] : step.tool_calls,
              content: step.content || (pairs[0]?.[1] ?? ""),
            })),
          }),
        );
      }),
      { numRuns: 150 },
    );
  });

  it("takes time in proportion to texts that are made to take longer", () => {
    const hostile: Said[] = [
      [`end_of_edit\n${"edit 1:1\n".repeat(20_000)}`, ""],
      [`sed -i '${"s".repeat(100_000)}' a.py`, ""],
      [`python - <<'E'\n${"open(".repeat(40_000)}\nE`, ""],
      ["pytest", "= passed ".repeat(40_000)],
      ["pytest", `a${"\n".repeat(300_000)}`],
      ["make", `${":1".repeat(450)} error:\n`.repeat(300)],
    ];
    const run = shellRun(hostile);
    const talk = ["```a\n".repeat(90_000), `</function>${"<function=x>".repeat(40_000)}`];
    keepsItsSchemas({
      ...run,
      steps: run.steps.map((step, at) => (at < 2 ? { ...step, tool_calls: [], content: talk[at] ?? "" } : step)),
    });
  });

  it("is a result for 10,000 steps, and for the same step 5,000 times", () => {
    const commands = ["cat f.py", "sed -i s/aaa/bbb/ f.py", "pytest", "grep -rn foo src"];
    const long = Array.from(
      { length: 5_000 },
      (_, at): Said => [`${commands[at % 4]} # ${at}`, `line ${at} of the text`],
    );
    expect(keepsItsSchemas(shellRun(long)).steps).toHaveLength(5_000);
    const stuck = Array.from(
      { length: 5_000 },
      (): Said => ["sed -i s/aaa/bbb/ a.py", returned(2, "sed: can't read a.py: No such file or directory")],
    );
    expect(keepsItsSchemas(shellRun(stuck)).incorrect).toHaveLength(5_000);
  });

  it("is a named status for a run that is empty, went well, or never acted", () => {
    expect(keepsItsSchemas(shellRun([])).attribution.status).toBe("no_agent_step");
    const won = shellRun([["sed -i s/a/b/ a.py", ""]], {
      outcome: { outcome: "success", score: 1, feedback: "", by: "evaluator" },
    });
    expect(keepsItsSchemas(won).attribution.status).toBe("not_failed");
    const talked = shellRun([["ls", ""]]);
    expect(
      keepsItsSchemas({
        ...talked,
        steps: talked.steps.slice(0, 1).map((step) => ({ ...step, tool_calls: [], content: "I am done." })),
      }).attribution.status,
    ).toBe("abstained");
  });
});
