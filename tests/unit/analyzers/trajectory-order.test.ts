import { buildTrajectory } from "@culprit/analyzers";
import type { Span } from "@culprit/schemas";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SpanSketch, span } from "./trajectory-spans.ts";

/** What an agent does, one thing after another: it answers, or has a tool run inside which another agent may work. */
interface Work {
  agent: string;
  wrapped: boolean;
  tools: (Work | null)[];
}

const work = (depth: number): fc.Arbitrary<Work> =>
  fc.record({
    agent: fc.constantFrom("Planner", "Coder", "Tester", "Critic"),
    wrapped: fc.boolean(),
    tools: fc.array(depth === 0 ? fc.constant(null) : fc.option(work(depth - 1), { freq: 2 }), { maxLength: 3 }),
  });

/** A run as its spans, each agent with a process of its own, and what its steps have to be. */
function play(root: Work, passes: () => number = () => 1): { sketches: SpanSketch[]; order: string[] } {
  const sketches: SpanSketch[] = [];
  const order: string[] = [];
  let id = 0;
  let at = 0;
  let process = 0;
  const later = () => {
    at += passes();
    return at;
  };
  const act = (given: Work, parent: number | undefined): void => {
    const resource = { "service.name": `service ${++process}` };
    const own: SpanSketch = { id: ++id, at: later(), operation: "invoke_agent", agent: given.agent, resource };
    if (parent !== undefined) own.parent = parent;
    sketches.push(own);
    let around = own.id;
    const wrapper: SpanSketch = { id: ++id, parent: own.id, at: later(), resource, name: "a chain" };
    if (given.wrapped) {
      sketches.push(wrapper);
      around = wrapper.id;
    }
    const answer = () => {
      order.push(`${given.agent} answer ${order.length}`);
      const output = `answer ${order.length - 1}`;
      sketches.push({
        id: ++id,
        parent: around,
        operation: "chat",
        output,
        at: later(),
        until: at + 1,
        resource,
      });
      at += 1 + passes();
    };
    answer();
    for (const inner of given.tools) {
      const tool: SpanSketch = { id: ++id, parent: around, operation: "execute_tool", at: later(), resource };
      sketches.push(tool);
      if (inner !== null) act(inner, tool.id);
      tool.until = later();
      tool.tool = `tool ${tool.id}`;
      order.push(`tool ${tool.id} result ${order.length}`);
      tool.output = `result ${order.length - 1}`;
      answer();
    }
    wrapper.until = later();
    own.until = later();
  };
  act(root, undefined);
  return { sketches, order };
}

const told = (spans: readonly Span[]) =>
  buildTrajectory(spans).steps.map(({ agent, content }) => `${agent} ${content}`);

function skewed(given: Span, offset: bigint): Span {
  const moved = (time: string) => String(BigInt(time) + offset * 1_000_000n);
  return {
    ...given,
    start_time_unix_nano: moved(given.start_time_unix_nano),
    end_time_unix_nano: moved(given.end_time_unix_nano),
  };
}

describe("the order of steps", () => {
  it("is that of the work, whatever order its spans arrive in", () => {
    fc.assert(
      fc.property(work(3), fc.infiniteStream(fc.nat()), (given, noise) => {
        const { sketches, order } = play(given);
        const arrived = sketches
          .map((sketch) => ({ sketch, key: noise.next().value as number }))
          .sort((left, right) => left.key - right.key)
          .map(({ sketch }) => span(sketch));
        expect(told(arrived)).toEqual(order);
      }),
      { numRuns: 150 },
    );
  });

  it("stays that of the work when the clocks of the processes disagree by up to an hour", () => {
    const hour = 3_600_000;
    fc.assert(
      fc.property(work(3), fc.infiniteStream(fc.integer({ min: -hour, max: hour })), (given, noise) => {
        const { sketches, order } = play(given);
        const offsets = new Map<unknown, bigint>([["service 1", 0n]]);
        const spans = sketches.map((sketch) => {
          const process = sketch.resource?.["service.name"];
          const offset = offsets.get(process) ?? BigInt(noise.next().value as number);
          offsets.set(process, offset);
          return skewed(span(sketch), offset);
        });
        expect(told(spans)).toEqual(order);
      }),
      { numRuns: 150 },
    );
  });

  it("stays that of the work when starts are cut down to the millisecond and lengths are not", () => {
    const moments = fc.infiniteStream(fc.double({ min: 0, max: 0.5, noNaN: true }));
    fc.assert(
      fc.property(work(3), moments, (given, passes) => {
        const { sketches, order } = play(given, () => passes.next().value as number);
        const cut = sketches.map(({ at = 0, until = at, ...sketch }) => {
          const start = Math.floor(at);
          return { ...sketch, at: start, until: start + (until - at) };
        });
        expect(told(cut.map(span))).toEqual(order);
      }),
      { numRuns: 150 },
    );
  });

  it("leaves work alone that is only queued: a consumer begins after its producer ended", () => {
    const root: SpanSketch = { id: 1, operation: "invoke_workflow", until: 100, resource: { "service.name": "a" } };
    const spans = [
      span(root),
      { ...span({ id: 2, parent: 1, at: 2, until: 3, resource: { "service.name": "a" } }), kind: "producer" as const },
      span({ id: 4, parent: 1, at: 10, operation: "chat", output: "meanwhile", resource: { "service.name": "a" } }),
      {
        ...span({ id: 3, parent: 2, at: 50, until: 60, resource: { "service.name": "b" } }),
        kind: "consumer" as const,
      },
      span({
        id: 5,
        parent: 3,
        at: 51,
        operation: "chat",
        output: "from the queue",
        resource: { "service.name": "b" },
      }),
    ];
    expect(buildTrajectory(spans).steps.map(({ content }) => content)).toEqual(["meanwhile", "from the queue"]);
  });

  it("takes what ended first of what began in one and the same millisecond", () => {
    const agent: SpanSketch = { id: 1, operation: "invoke_agent", agent: "A", until: 9 };
    const steps = [
      { id: 4, parent: 1, at: 2, until: 2, operation: "chat", output: "call it" },
      { id: 3, parent: 1, at: 2, until: 3, operation: "execute_tool", tool: "it", output: "called" },
      { id: 2, parent: 1, at: 3, until: 5, operation: "chat", output: "done" },
    ];
    expect(buildTrajectory([agent, ...steps].map(span)).steps.map(({ content }) => content)).toEqual([
      "call it",
      "called",
      "done",
    ]);
  });

  it("shows every attempt of a call that was tried again, the failed ones with their error", () => {
    const agent: SpanSketch = { id: 1, operation: "invoke_agent", agent: "A", until: 9 };
    const attempts: SpanSketch[] = [
      { id: 2, parent: 1, operation: "chat", error: "429 Too Many Requests" },
      { id: 3, parent: 1, operation: "chat", error: "503 Service Unavailable" },
      { id: 4, parent: 1, operation: "chat", output: "at last" },
    ];
    const { steps } = buildTrajectory([agent, ...attempts].map(span));
    expect(steps.map(({ agent: by, content, error }) => [by, content, error])).toEqual([
      ["A", "", "429 Too Many Requests"],
      ["A", "", "503 Service Unavailable"],
      ["A", "at last", ""],
    ]);
  });

  it("keeps the answer of an agent whose own calls nobody recorded, though another one worked inside its tool", () => {
    const spans = [
      { id: 1, operation: "invoke_agent", agent: "Planner", until: 20, output: "1217 it is" },
      { id: 2, parent: 1, operation: "execute_tool", tool: "ask", until: 9, output: "1217" },
      { id: 3, parent: 2, operation: "invoke_agent", agent: "Pricer", until: 8, output: "1217" },
    ].map(span);
    expect(told(spans)).toEqual(["Pricer 1217", "ask 1217", "Planner 1217 it is"]);
  });

  it("interleaves agents that work side by side by time, each step under its own agent", () => {
    const spans = [
      { id: 1, operation: "invoke_workflow", until: 90 },
      { id: 2, parent: 1, operation: "invoke_agent", agent: "Left", at: 2, until: 50 },
      { id: 3, parent: 1, operation: "invoke_agent", agent: "Right", at: 2, until: 60 },
      { id: 4, parent: 2, operation: "chat", at: 10, until: 30, output: "l1" },
      { id: 5, parent: 3, operation: "chat", at: 12, until: 20, output: "r1" },
      { id: 6, parent: 3, operation: "chat", at: 21, until: 25, output: "r2" },
      { id: 7, parent: 2, operation: "chat", at: 31, until: 40, output: "l2" },
    ].map(span);
    expect(told(spans)).toEqual(["Left l1", "Right r1", "Right r2", "Left l2"]);
  });
});

describe("spans whose parent never arrived", () => {
  it("keep their place and their agent, whichever spans between agents and steps are lost", () => {
    fc.assert(
      fc.property(work(3), fc.infiniteStream(fc.boolean()), (given, lost) => {
        const { sketches, order } = play(given);
        const arrived = sketches.filter(({ operation }) => operation !== undefined || !lost.next().value);
        expect(told(arrived.map(span))).toEqual(order);
      }),
      { numRuns: 150 },
    );
  });

  const lostAgent = (id: number, at: number, until: number): SpanSketch => ({
    id,
    parent: 99,
    operation: "chat",
    output: `step ${id}`,
    at,
    until,
    resource: { "service.name": "team" },
  });

  it("are nobody's where two agents were at work around them", () => {
    const spans = [
      { id: 1, operation: "invoke_workflow", until: 90 },
      { id: 2, parent: 1, operation: "invoke_agent", agent: "Left", at: 2, until: 50 },
      { id: 3, parent: 1, operation: "invoke_agent", agent: "Right", at: 2, until: 60 },
      lostAgent(10, 5, 8),
    ].map(span);
    expect(told(spans)).toEqual(["Left ", "Right ", "team step 10"]);
  });

  it("are not an agent's that was busy with work of its own meanwhile", () => {
    const spans = [
      { id: 1, operation: "invoke_workflow", until: 90 },
      { id: 3, parent: 1, operation: "invoke_agent", agent: "Right", at: 2, until: 60 },
      { id: 4, parent: 3, operation: "chat", at: 4, until: 9, output: "own" },
      lostAgent(10, 5, 8),
    ].map(span);
    expect(told(spans)).toEqual(["Right own", "team step 10"]);
  });

  it("stay at the top of a run whose root never came, which is marked incomplete", () => {
    const half = buildTrajectory([lostAgent(10, 5, 8), lostAgent(11, 9, 12)].map(span));
    expect([half.complete, half.steps.map(({ content }) => content)]).toEqual([false, ["step 10", "step 11"]]);
  });

  it("cost no more than their number: a trace of nothing but orphans is read all the same", () => {
    const spans = Array.from({ length: 20_000 }, (_, index) =>
      span({
        id: index + 1,
        parent: 1_000_000 + index,
        operation: index % 2 === 0 ? "chat" : "",
        at: index,
        until: 1e6,
      }),
    );
    const started = performance.now();
    expect(buildTrajectory(spans).steps).toHaveLength(10_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe("handoffs", () => {
  const call = (name: string): Span["reading"]["output"] => [
    { role: "assistant", parts: [{ type: "tool_call", id: "c", name, arguments: {} }] },
  ];
  const team: SpanSketch[] = [
    { id: 1, operation: "invoke_workflow", until: 90 },
    { id: 2, parent: 1, operation: "invoke_agent", agent: "Planner", until: 20 },
    { id: 3, parent: 2, operation: "chat", output: "mine no more" },
    { id: 30, parent: 1, operation: "invoke_agent", agent: "Price Agent", until: 60 },
    { id: 31, parent: 30, operation: "chat", output: "1217" },
  ];
  const edges = (spans: readonly Span[]) =>
    buildTrajectory(spans).steps.map(({ agent, handoff, caused_by }) => [agent, handoff, caused_by]);

  it("told by a span beside the step that hands over", () => {
    const beside = span({ id: 10, parent: 2, at: 10, name: "handoff" });
    beside.reading.handoff = { from: "Planner", to: "Price Agent" };
    expect(edges([...team.map(span), beside])).toEqual([
      ["Planner", "Price Agent", undefined],
      ["Price Agent", undefined, [0]],
    ]);
  });

  it("told by the call of a tool that is named after the agent", () => {
    const calling = team.map((sketch) =>
      sketch.id === 3 ? span({ ...sketch, output: call("transfer_to_price_agent") }) : span(sketch),
    );
    expect(edges(calling)).toEqual([
      ["Planner", "Price Agent", undefined],
      ["Price Agent", undefined, [0]],
    ]);
  });

  it("are not seen in tools that are named after nobody", () => {
    const calling = team.map((sketch) =>
      sketch.id === 3 ? span({ ...sketch, output: call("transfer_to_savings_account") }) : span(sketch),
    );
    expect(edges(calling)).toEqual([
      ["Planner", undefined, undefined],
      ["Price Agent", undefined, undefined],
    ]);
  });

  it("from nobody on are the last agent's before them; to an agent that never acts they lead nowhere", () => {
    const beside = span({ id: 10, parent: 2, at: 10, name: "handoff to Nobody" });
    beside.reading.handoff = { from: "", to: "Nobody" };
    expect(edges([...team.map(span), beside])).toEqual([
      ["Planner", "Nobody", undefined],
      ["Price Agent", undefined, undefined],
    ]);
  });
});
