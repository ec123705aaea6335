import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { besidesCalls, brief, citations, excerpt, looksLikeCode, stretches } from "../../../web/src/text.ts";

describe("text of a step", () => {
  it("sets fenced code apart from prose and keeps what the fence named", () => {
    expect(stretches("Here:\n```python\nx = 1\n```\nDone.")).toEqual([
      { kind: "prose", text: "Here:", language: "" },
      { kind: "code", text: "x = 1", language: "python" },
      { kind: "prose", text: "Done.", language: "" },
    ]);
  });

  it("takes a fence that never closes as code to the end, and inline backticks as prose", () => {
    expect(stretches("a\n```\nb\nc").map(({ kind, text }) => [kind, text])).toEqual([
      ["prose", "a"],
      ["code", "b\nc"],
    ]);
    expect(stretches("use ```x``` here").map(({ kind }) => kind)).toEqual(["prose"]);
  });

  it("loses no line but the fences and blank stretches", () => {
    const line = fc.constantFrom("```", "```js", "", "  x", "word", "<b>", "{}");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const shown = stretches(lines.join("\n")).flatMap(({ text }) => text.split("\n"));
        const kept = (all: string[]) => all.filter((one) => one.trim() !== "" && !one.startsWith("```"));
        expect(kept(shown)).toEqual(kept(lines));
      }),
    );
  });

  it("sees code without a fence, and leaves sentences alone", () => {
    expect(looksLikeCode("def f(x):\n    return x")).toBe(true);
    expect(looksLikeCode('{\n  "a": 1\n}')).toBe(true);
    expect(looksLikeCode("First, I read the task.\nThen I answer.")).toBe(false);
  });
});

describe("excerpts", () => {
  it("give short text whole", () => expect(excerpt("short", 10, 3)).toEqual({ shown: "short", left: 0 }));

  it("cut at a line end near the limit and count what is left", () => {
    expect(excerpt("12345678\nabcdef", 10, 9)).toEqual({ shown: "12345678", left: 7 });
  });

  it("cut by lines as well as by characters", () => expect(excerpt("a\nb\nc\nd", 100, 2).shown).toBe("a\nb"));

  it("are a prefix, never split a surrogate pair, and add up to the whole", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.nat(30),
        fc.integer({ min: 1, max: 4 }),
        (text, n, m) => {
          const { shown, left } = excerpt(text, n, m);
          expect(text.startsWith(shown)).toBe(true);
          expect(shown.length + left).toBe(text.length);
          if (left > 0) expect(shown).not.toMatch(/[\ud800-\udbff]$/);
        },
      ),
    );
  });

  it("say in one line that there is more", () => {
    expect(brief("x".repeat(10), 4)).toBe("xxxx…");
    expect(brief("x", 4)).toBe("x");
  });
});

describe("what a step said besides its calls", () => {
  it("leaves out the calls its content repeats, and nothing else", () => {
    const call = { name: "run", arguments: { code: "f(1)" } };
    const content = 'Let me check run(x).\nrun({"code":"f(1)"})';
    expect(besidesCalls({ content, tool_calls: [call] })).toBe("Let me check run(x).");
    expect(besidesCalls({ content, tool_calls: [] })).toBe(content);
    expect(besidesCalls({ content: "no call here", tool_calls: [call] })).toBe("no call here");
  });
});

describe("the steps that a reason names", () => {
  it.each([
    ["Step 3 broke it.", [3]],
    ["steps 3, 5 and 8 repeat it", [3, 5, 8]],
    ["see step #2", [2]],
    ["the 3 steps of footstep 4, step 99, step-7, stepping 1", []],
    ["", []],
  ])("%s", (text, named) => {
    const pieces = citations(text, 20);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    expect(pieces.flatMap(({ step }) => (step === null ? [] : [step]))).toEqual(named);
  });
});
