import { agent, run, tool } from "@culprit/instrumentation";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { json, lineage, type RecordedSpans, recordSpans } from "./spans.ts";

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.tracing.shutdown());

describe("as decorators of methods, applied as a compiler does", () => {
  class Team {
    tool = "spade";
    async dig(what: string): Promise<string> {
      return `${what} with a ${this.tool}`;
    }
    *count(to: number): Generator<number> {
      for (let n = 0; n < to; n++) yield n;
    }
  }
  const team = new Team();

  it("a run keeps `this`, its types, and reads the task off the arguments", async () => {
    const dig = run.wrap((what: string) => ({ task: `dig ${what}`, name: "diggers" }))(team.dig);
    expectTypeOf(dig).returns.toEqualTypeOf<Promise<string>>();
    expect(await dig.call(team, "hole")).toBe("hole with a spade");
    expect((await recorded.span("invoke_workflow diggers")).attributes).toMatchObject({
      "culprit.task": "dig hole",
      "culprit.output": "hole with a spade",
    });
  });

  it("a generator method stays one", async () => {
    expect([...agent("Counter")(team.count).call(team, 2)]).toEqual([0, 1]);
    expect(json(await recorded.span("invoke_agent Counter"), "culprit.output")).toEqual([0, 1]);
  });
});

describe("as wrappers and scopes", () => {
  it("a wrapped run keeps its function's signature: what is synchronous, promised or streamed stays so", async () => {
    const add = run.wrap(
      (left: number, right: number) => `${left} + ${right}`,
      (left: number, right: number) => left + right,
    );
    expectTypeOf(add).toEqualTypeOf<(this: unknown, left: number, right: number) => number>();
    expect(add(2, 3)).toBe(5);
    const tell = run.wrap({ task: "tell", name: "teller" }, async function* () {
      yield agent.scope("Teller", () => "once");
    });
    for await (const word of tell()) expect(word).toBe("once");
    const spans = await recorded.spans();
    expect(spans[0]?.attributes["culprit.task"]).toBe("2 + 3");
    expect(lineage(spans, await recorded.span("invoke_agent Teller"))).toEqual([
      "invoke_agent Teller",
      "invoke_workflow teller",
    ]);
    await expect(async () =>
      run.wrap("fails", () => {
        throw new RangeError("no");
      })(),
    ).rejects.toThrow(RangeError);
  });

  it("a tool runs as a scope", async () => {
    const answer = tool.scope("search", { query: "spade" }, async () => ["a spade"]);
    expectTypeOf(answer).toEqualTypeOf<Promise<string[]>>();
    expect(await answer).toEqual(["a spade"]);
    const span = await recorded.span("execute_tool search");
    expect(json(span, "gen_ai.tool.call.arguments")).toEqual({ query: "spade" });
    expect(json(span, "gen_ai.tool.call.result")).toEqual(["a spade"]);
  });
});
