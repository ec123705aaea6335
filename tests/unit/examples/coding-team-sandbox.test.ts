import { type CodingTask, checkSolution } from "@culprit/examples";
import { describe, expect, it } from "vitest";

const double: CodingTask = {
  id: "test/double",
  prompt: "Write a function `double(n)` that doubles.",
  functionName: "double",
  examples: [],
  hidden: [
    { arguments: [2], returns: 4 },
    { arguments: [0], returns: 0 },
  ],
};
const check = (body: string) => checkSolution(body, double);

describe("produced code is executed, never trusted", () => {
  it("succeeds when every hidden test passes", async () => {
    expect(await check("function double(n) { return n * 2; }")).toMatchObject({ success: true, score: 1 });
  });

  it("says which call failed and what came back", async () => {
    const { success, score, feedback } = await check("function double(n) { return n + 2; }");
    expect({ success, score }).toEqual({ success: false, score: 0.5 });
    expect(feedback).toContain("FAIL double(0) should return 0: it returned 2");
  });

  it("counts undefined and thrown errors as failures", async () => {
    expect((await check("function double() {}")).feedback).toContain("it returned undefined");
    expect((await check("function double() { throw new Error('no'); }")).feedback).toContain("it threw no");
  });

  it.each([
    ["no function", "const x = 1;", "double is not defined"],
    ["a syntax error", "function double( {", "Unexpected end of input"],
    ["an endless loop while loading", "for (;;) {}", "timed out"],
    ["an endless loop", "function double() { for (;;) {} }", "timed out"],
    ["too much memory", "function double() { const a = []; for (;;) a.push(new Array(1e5).fill(7)); }", ""],
    ["too much output", "function double() { return 'x'.repeat(3e6); }", "1 MiB"],
  ])("survives %s", async (_name, code, said) => {
    const { success, feedback } = await check(code);
    expect(success).toBe(false);
    expect(feedback).toContain(said);
  });

  it("decides nothing about code that the machine was too busy to run", async () => {
    const hurried = checkSolution("function double(n) { return n * 2; }", double, { timeoutMs: 1 });
    await expect(hurried).rejects.toThrow("ran longer than 1 ms");
  });

  it.each([
    ["process", "typeof process"],
    ["require", "typeof require"],
    ["the environment of the parent", "typeof (globalThis.constructor?.constructor)"],
    [
      "code made of text",
      "(() => { try { return Function('return typeof process')(); } catch (e) { return 'undefined'; } })()",
    ],
  ])("keeps out of its reach: %s", async (_name, expression) => {
    const { feedback } = await check(`function double() { return ${expression}; }`);
    expect(feedback).toMatch(/it returned "(undefined|function)"/);
    expect(feedback).not.toContain('"object"');
  });

  it("cannot read what it should return, or report a result of its own", async () => {
    const forged = `JSON.stringify = () => '4';
      Object.prototype.toJSON = () => 4;
      function double() { return 'anything'; }`;
    expect((await check(forged)).success).toBe(false);
  });
});
