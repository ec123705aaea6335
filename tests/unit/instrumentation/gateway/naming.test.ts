import { DEFAULT_AGENT_RULES, textMessage } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { agentNaming } from "../../../../instrumentation/gateway/agent-rules.ts";
import { Conversations } from "../../../../instrumentation/gateway/conversations.ts";

describe("the agent by its system prompt", () => {
  const byDefault = agentNaming(DEFAULT_AGENT_RULES);
  it.each([
    ["You are the Planner. Plan.", "Planner"],
    ["You are Code Reviewer, be strict.", "Code Reviewer"],
    ["  you're a Product Manager, named Alice, your goal is", "Product Manager"],
    ["You are a helpful assistant.", ""],
    ["Answer in French. You are Paul.", ""],
  ])("%s", (prompt, name) => expect(byDefault([textMessage("system", prompt)])).toBe(name));

  it("is looked for in system and developer messages only", () => {
    expect(byDefault([textMessage("user", "You are the Planner.")])).toBe("");
    expect(byDefault([textMessage("developer", "You are the Planner.")])).toBe("Planner");
  });

  it("is what the first rule that strikes says", () => {
    const naming = agentNaming([
      { pattern: "writes (code|tests)", agent: "$1 writer" },
      { pattern: "writes", agent: "Writer" },
    ]);
    expect(naming([textMessage("system", "who writes tests")])).toBe("tests writer");
    expect(naming([textMessage("system", "who writes prose")])).toBe("Writer");
    expect(naming([textMessage("system", "who reads")])).toBe("");
  });

  it.each([
    ["(", "A"],
    ["(?=look)", "A"],
    ["a", "$1"],
  ])("pattern %s for %s is refused", (pattern, agent) => {
    expect(() => agentNaming([{ pattern, agent }])).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  it("takes linear time whatever the pattern and the prompt", () => {
    const naming = agentNaming([{ pattern: "(a+)+$", agent: "A" }]);
    const before = performance.now();
    naming([textMessage("system", `${"a".repeat(100_000)}!`)]);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe("the run of a call that names none", () => {
  const turn = (...texts: string[]) => [
    textMessage("system", "You are helpful."),
    ...texts.map((text, at) => textMessage(at % 2 === 0 ? "user" : "assistant", text)),
  ];
  let made = 0;
  const conversations = (now?: () => number) => new Conversations(() => `trace ${++made}`, now);

  it("is the one whose conversation it goes on with", () => {
    const known = conversations();
    const [first, other] = [known.traceIdOf(turn("add")), known.traceIdOf(turn("subtract"))];
    expect(other).not.toBe(first);
    expect(known.traceIdOf(turn("add", "4", "and now?"))).toBe(first);
    expect(known.traceIdOf(turn("subtract", "0", "and now?"))).toBe(other);
  });

  it("is new where the conversation begins, again or after an hour", () => {
    let now = 0;
    const known = conversations(() => now);
    const first = known.traceIdOf(turn("add"));
    const again = known.traceIdOf(turn("add"));
    expect(again).not.toBe(first);
    expect(known.traceIdOf(turn("add", "4", "more"))).toBe(again);
    now = 3_600_001;
    expect(known.traceIdOf(turn("add", "4", "more"))).not.toBe(again);
    expect(known.traceIdOf([])).not.toBe(known.traceIdOf([]));
  });
});
