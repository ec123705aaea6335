import { type Action, FAULT_OPERATORS, type Fault, faultOperator } from "@culprit/analyzers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runOf, type Said, siteOf } from "./site.ts";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

/** Every different fault that forty seeds give at the last step of a run. */
function faults(name: string, ...said: (Said | string)[]): Fault[] {
  const run = runOf(...said.map((one) => (typeof one === "string" ? { agent: "Ada", content: one } : one)));
  const found = new Map<string, Fault>();
  for (const seed of SEEDS) {
    const fault = faultOperator(name).apply(siteOf(run, seed));
    if (fault !== null) found.set(JSON.stringify(fault.action), fault);
  }
  return [...found.values()];
}

const texts = (name: string, ...said: (Said | string)[]) => faults(name, ...said).map(({ action }) => action.content);
const calls = (name: string, ...said: (Said | string)[]) =>
  faults(name, ...said).map(({ action }) => action.tool_calls);
const js = (code: string) => `Here it is.\n\n\`\`\`js\n${code}\n\`\`\`\n\nDone.`;
const py = (code: string) => `\`\`\`python\n${code}\n\`\`\``;
const call = (name: string, given: Action["tool_calls"][number]["arguments"]) => ({
  id: "call_10",
  name,
  arguments: given,
});

const SUM = `function sum(numbers) {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] > 2 && ok) total += numbers[i];
  }
  return total;
}`;
const PY_SUM = `def total(numbers):
    result = 0
    for number in numbers:
        if number > 2:
            result += number
        elif not number:
            log(number, 1)
    return result`;

describe("operators on code", () => {
  it("give back something else", () => {
    expect(texts("code-return-value", js(SUM))).toEqual([js(SUM.replace("return total", "return null"))]);
    expect(texts("code-return-value", py(PY_SUM))).toEqual([py(PY_SUM.replace("return result", "return None"))]);
    expect(texts("code-return-value", js("const isBig = (n) => { return n > 2; };")).sort()).toEqual([
      js("const isBig = (n) => { return !(n > 2); };"),
      js("const isBig = (n) => { return null; };"),
    ]);
  });

  it("invert a condition", () => {
    expect(texts("code-inverted-condition", js(SUM))).toEqual([
      js(SUM.replace("if (numbers[i] > 2 && ok)", "if (!(numbers[i] > 2 && ok))")),
    ]);
    expect(texts("code-inverted-condition", py(PY_SUM)).sort()).toEqual([
      py(PY_SUM.replace("number > 2", "number <= 2")),
      py(PY_SUM.replace("elif not number", "elif number")),
    ]);
  });

  it("miss a bound by one", () => {
    const found = texts("code-off-by-one", js(SUM));
    expect(found).toContain(js(SUM.replace("i < numbers.length", "i <= numbers.length")));
    expect(found).toContain(js(SUM.replace("numbers.length;", "numbers.length - 1;")));
    expect(found).toContain(js(SUM.replace("> 2", "> 3")));
    expect(texts("code-off-by-one", py(PY_SUM))).toContain(py(PY_SUM.replace("> 2", ">= 2")));
  });

  it("swap arguments, and the sides of what has an order", () => {
    expect(texts("code-swapped-arguments", js("f(a, b);\nconst c = x - y * 2;")).sort()).toEqual([
      js("f(a, b);\nconst c = y * 2 - x;"),
      js("f(b, a);\nconst c = x - y * 2;"),
    ]);
    expect(texts("code-swapped-arguments", py(PY_SUM))).toEqual([py(PY_SUM.replace("number, 1", "1, number"))]);
    expect(texts("code-swapped-arguments", py("x = f(a, key=b)"))).toEqual([]);
  });

  it("leave a statement out, and leave a program", () => {
    const found = texts("code-dropped-statement", py(PY_SUM));
    expect(found).toContain(py(PY_SUM.replace("    result = 0\n", "")));
    expect(found).toContain(py(PY_SUM.replace("result += number", "pass")));
    expect(texts("code-dropped-statement", js(SUM))).toContain(
      js(SUM.replace("    if (numbers[i] > 2 && ok) total += numbers[i];\n", "")),
    );
  });

  it("reach code in a tool's arguments, parsed or as JSON text", () => {
    const given = { code: "function f(a) { return a; }" };
    const broken = { code: "function f(a) { return null; }" };
    expect(calls("code-return-value", { agent: "Ada", content: "", tool_calls: [call("run", given)] })).toEqual([
      [call("run", broken)],
    ]);
    expect(
      calls("code-return-value", { agent: "Ada", content: "", tool_calls: [call("run", JSON.stringify(given))] }),
    ).toEqual([[call("run", JSON.stringify(broken))]]);
  });

  it("understand TypeScript", () => {
    expect(texts("code-return-value", "```ts\nexport function f(a: number[]): number { return a[0]!; }\n```")).toEqual([
      "```ts\nexport function f(a: number[]): number { return null; }\n```",
    ]);
  });

  it.each([
    "code-return-value",
    "code-inverted-condition",
    "code-off-by-one",
    "code-swapped-arguments",
    "code-dropped-statement",
  ])("%s leaves prose, other languages and broken code alone", (name) => {
    expect(faults(name, "Return the total if it is larger than 2.")).toEqual([]);
    expect(faults(name, "```sql\nselect a from b where c > 2\n```")).toEqual([]);
    expect(faults(name, js("function f( { if (a < ) return 1"))).toEqual([]);
  });
});

describe("operators on words", () => {
  it("change a number, not the numbering of a list nor a name", () => {
    expect(texts("number", "1. Buy 12 eggs for gpt-4 at v1.2.3.").sort()).toEqual([
      "1. Buy 11 eggs for gpt-4 at v1.2.3.",
      "1. Buy 120 eggs for gpt-4 at v1.2.3.",
      "1. Buy 13 eggs for gpt-4 at v1.2.3.",
      "1. Buy 21 eggs for gpt-4 at v1.2.3.",
    ]);
    expect(texts("number", "It costs 3.50.")).toContain("It costs 3.51.");
    expect(faults("number", js("const a = 12;"))).toEqual([]);
  });

  it("change a unit where it follows a number", () => {
    expect(texts("unit", "The miles are 12 km long.")).toEqual(["The miles are 12 miles long."]);
  });

  it("turn a statement into its opposite", () => {
    expect(texts("negation", "It must not be sorted.")).toEqual(["It must be sorted."]);
    expect(texts("negation", "Sort from large to small.")).toEqual(["Sort from small to large."]);
    expect(texts("negation", "Keep the first item.")).toEqual(["Keep the last item."]);
    expect(faults("negation", "`first` `is`")).toEqual([]);
  });

  it("take one name for another of its kind, from what the step was shown as well", () => {
    expect(texts("entity-swap", "Add `low` to `result`.").sort()).toEqual([
      "Add `low` to `low`.",
      "Add `result` to `result`.",
    ]);
    expect(
      texts("entity-swap", { agent: "Ada", content: "We met Marie Curie.", input: "Ask about Lise Meitner today." }),
    ).toEqual(["We met Lise Meitner."]);
  });
});

describe("operators on calls", () => {
  it("call a tool with another argument", () => {
    const search = (query: string) => ({ agent: "Ada", content: "", tool_calls: [call("search", { query, top: 3 })] });
    const found = calls("tool-argument", search("rain in Rome"), search("sun in Oslo"));
    expect(found).toContainEqual([call("search", { query: "rain in Rome", top: 3 })]);
    expect(found).toContainEqual([call("search", { query: "sun in Oslo", top: 4 })]);
  });

  it("call another tool of the run", () => {
    const run = [
      { agent: "Ada", content: "", tool_calls: [call("search", {})] },
      { agent: "Ada", content: "", tool_calls: [call("read", {})] },
    ];
    expect(calls("wrong-tool", ...run)).toEqual([[call("search", {})]]);
    expect(faults("wrong-tool", run[0] as Said)).toEqual([]);
  });
});

describe("operators on what passes between agents", () => {
  const observed: Said = {
    agent: "terminal",
    content: "2 of 3 tests passed.\nFAIL: a is missing",
    role: "environment",
  };

  it("go on without calling the tool, or call it twice", () => {
    const asks = { agent: "Ada", content: "Let me look.", tool_calls: [call("search", {})] };
    expect(faults("dropped-observation", asks).map(({ action }) => action)).toEqual([
      { content: "Let me look.", tool_calls: [] },
    ]);
    expect(calls("duplicated-observation", asks)).toEqual([
      [call("search", {}), { ...call("search", {}), id: "call_11" }],
    ]);
  });

  it("do not pass on what a tool said, or pass it on twice", () => {
    const says = "It says:\n> FAIL: a is missing\nSo it is wrong.";
    expect(texts("dropped-observation", observed, says)).toEqual(["It says:\nSo it is wrong."]);
    expect(texts("duplicated-observation", observed, says)).toEqual([
      "It says:\n> FAIL: a is missing\n> FAIL: a is missing\nSo it is wrong.",
    ]);
    expect(faults("dropped-observation", observed, "Nothing of it.")).toEqual([]);
  });

  it("break a message off", () => {
    const whole = "A message that is long enough to break off somewhere.";
    for (const text of texts("truncated-message", whole)) {
      expect(whole.startsWith(text)).toBe(true);
      expect(text.length).toBeLessThan(whole.length);
      expect(text.length).toBeGreaterThan(10);
    }
  });

  it("repeat what was said before more was known", () => {
    expect(texts("stale-information", "It is 5.", { agent: "Ben", content: "No, 6." }, "It is 6.")).toEqual([
      "It is 5.",
    ]);
    expect(faults("stale-information", { agent: "Ben", content: "It is 5." }, "It is 6.")).toEqual([]);
  });

  it("hand over to another agent, by tool or by name", () => {
    const hand = (name: string) => ({ agent: "Ada", content: "", tool_calls: [call(name, {})] });
    const agents = [
      { agent: "Ben", content: "a" },
      { agent: "Cleo", content: "b" },
    ];
    expect(calls("wrong-handoff", ...agents, hand("transfer_to_ben"))).toEqual(
      expect.arrayContaining([[call("transfer_to_cleo", {})]]),
    );
    expect(calls("wrong-handoff", ...agents, hand("transfer_to_ben"))).not.toContainEqual([
      call("transfer_to_ben", {}),
    ]);
    expect(texts("wrong-handoff", ...agents, "Ben, go on.").sort()).toEqual(["Ada, go on.", "Cleo, go on."]);
  });

  it("end too early, in the words the agent ends with later", () => {
    const run = runOf(
      { agent: "Ada", content: "Change it." },
      { agent: "Ben", content: "Changed." },
      { agent: "Ada", content: "Approved." },
    );
    const fault = faultOperator("premature-termination").apply(siteOf(run, 0, 0));
    expect(fault?.action).toEqual({ content: "Approved.", tool_calls: [] });
    expect(texts("premature-termination", "Go on.")[0]).toContain("TERMINATE");
  });

  it("break the shape of an answer", () => {
    expect(texts("schema-break", '{"a": 1, "b_c": 2}').sort()).toEqual([
      '{"a": 1, "b_c": 2',
      '{"a":1,"bC":2}',
      '{"a":1}',
      '{"a_value":1,"b_c":2}',
      '{"b_c":2}',
    ]);
    expect(texts("schema-break", js("f();"))).toEqual([js("f();").replace("\n```\n\nDone", "\n\n\nDone")]);
    expect(calls("schema-break", { agent: "Ada", content: "", tool_calls: [call("search", { query: "x" })] })).toEqual(
      expect.arrayContaining([[call("search", {})], [call("search", { query_value: "x" })]]),
    );
  });
});

describe("every operator", () => {
  const rich = runOf(
    {
      agent: "Planner",
      content: `Ben must not sort the 12 items before 3 km.\n${js(SUM)}`,
      input: 'Use `items` and "all".',
    },
    { agent: "search", content: "There are 12 items in the list.", role: "environment" },
    {
      agent: "Planner",
      content: `There are 12 items in the list.\nBen is the first to take \`items\` for "all" at 30 km.\n${js(SUM)}`,
      tool_calls: [call("search", { query: "12 items", deep: true })],
    },
    { agent: "Ben", content: "ok" },
  );

  it.each(FAULT_OPERATORS.map((operator) => [operator.name, operator] as const))(
    "%s gives the same fault for the same seed, and says what is wrong without saying that it was put there",
    (_name, operator) => {
      for (const seed of SEEDS) {
        const [first, again] = [0, 1].map(() => operator.apply(siteOf(rich, seed, 2)));
        expect(again).toEqual(first);
        if (first == null) continue;
        expect(first.action).not.toEqual(siteOf(rich, seed, 2).action);
        const shown = `${JSON.stringify(first.action)} ${first.reason}`;
        expect(shown).not.toMatch(/inject|fault|operator|perturb|attack|culprit|replay/i);
        expect(first.reason).toMatch(/\.$/);
      }
    },
  );

  it("survives whatever a trace holds", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.constantFrom(
        "__proto__",
        "```js\n`${".repeat(50),
        '{"__proto__": {"a": 1}}',
        "(".repeat(3000),
        "a.".repeat(5000),
        "-1".repeat(3000),
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, fc.nat(), (text, argument, seed) => {
        const run = runOf(
          { agent: text, content: argument },
          {
            agent: "Ada",
            content: text,
            tool_calls: [call(argument, { [text]: argument, more: [1, null, true] })],
            input: argument,
          },
        );
        for (const operator of FAULT_OPERATORS) operator.apply(siteOf(run, seed));
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it("is found by its name, and an unknown name is told the known ones", () => {
    expect(() => faultOperator("nope")).toThrow(/no operator nope/);
  });
});
