import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ContentNode, ContentReader, NO_NODE, nodeId, writeReference } from "../../../store/contents/nodes.ts";
import { SeenNodes } from "../../../store/contents/seen.ts";
import { split } from "../../../store/contents/split.ts";

const whole = (text: string): string => {
  const { chains, tail } = split(text);
  expect(chains.every((chain) => chain.length > 0 && chain.every((piece) => piece !== ""))).toBe(true);
  return chains.flat().join("") + tail;
};

/** What a text adds to nodes that are there already, in characters; the reference to it. */
function add(nodes: Map<string, ContentNode>, text: string): { added: number; reference: string } {
  const { chains, tail } = split(text);
  let added = 0;
  const ids = chains.map((chain) => {
    let parent = NO_NODE;
    for (const piece of chain) {
      const id = nodeId(parent, piece);
      if (!nodes.has(id)) added += piece.length;
      nodes.set(id, { id, parent, text: piece });
      parent = id;
    }
    return parent;
  });
  const reference = writeReference(ids, tail);
  return { added: added + reference.length, reference };
}

const message = (turn: number, size = 1500): object => ({
  role: turn % 2 === 0 ? "user" : "assistant",
  parts: [{ type: "text", content: `${turn}: "${"quoted \\ and\nbroken, [or] {so} ".repeat(size / 30)}"` }],
});

const conversations: Record<string, (turns: number) => string> = {
  "a list of messages": (turns) => JSON.stringify(Array.from({ length: turns }, (_, turn) => message(turn))),
  "a list with spaces, as Python writes it": (turns) =>
    `[${Array.from({ length: turns }, (_, turn) => JSON.stringify(message(turn))).join(", ")}]`,
  "an indented list": (turns) =>
    JSON.stringify(
      Array.from({ length: turns }, (_, turn) => message(turn)),
      null,
      2,
    ),
  "an object that holds the list, and more after it": (turns) =>
    JSON.stringify({
      model: "m",
      messages: Array.from({ length: turns }, (_, turn) => message(turn)),
      tools: Array.from({ length: 40 }, (_, tool) => ({
        name: `tool ${tool}`,
        description: "what it does ".repeat(20),
      })),
    }),
  "a list of short messages": (turns) =>
    JSON.stringify(Array.from({ length: turns * 10 }, (_, turn) => message(turn, 90))),
  "plain text that grows": (turns) =>
    Array.from({ length: turns * 20 }, (_, line) => `Observation ${line}: ${"words ".repeat(12)}`).join("\n"),
};

describe("a large text", () => {
  test.each(Object.entries(conversations))("is its pieces put together: %s", (_name, make) => {
    for (const turns of [0, 1, 2, 7]) expect(whole(make(turns))).toBe(make(turns));
  });

  test("is its pieces put together, whatever it is", () => {
    const json = fc.oneof(
      fc.json({ maxDepth: 6 }),
      fc.array(fc.json(), { maxLength: 20 }).map((items) => `[${items}]`),
    );
    const broken = fc.tuple(json, fc.nat(), fc.string()).map(([text, at, noise]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + noise + text.slice(cut);
    });
    const unit = fc.constantFrom(...'[]{},"\\\n ab\ud83e\udd8a');
    const soup = fc.array(unit, { maxLength: 400 }).map((units) => units.join(""));
    const large = fc.tuple(fc.oneof(broken, soup), fc.nat(80)).map(([text, times]) => text.repeat(times));
    fc.assert(
      fc.property(fc.oneof(json, broken, soup, large), (text) => {
        expect(whole(text)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(Object.entries(conversations))("that grows adds about what it grew by: %s", (_name, make) => {
    const nodes = new Map<string, ContentNode>();
    const values = Array.from({ length: 50 }, (_, turn) => make(turn + 1));
    let added = 0;
    for (const value of values) added += add(nodes, value).added;
    const final = values.at(-1)?.length ?? 0;
    const all = values.reduce((sum, value) => sum + value.length, 0);
    expect(all / final).toBeGreaterThan(15);
    // A short message or line may be written again with what follows it, never more than that.
    expect(added / final).toBeLessThan(2.5);
  });

  test("of very many elements has few pieces", () => {
    const numbers = JSON.stringify(Array.from({ length: 500_000 }, (_, index) => index / 7));
    expect(split(numbers).chains.flat().length).toBeLessThan(8000);
  });

  test("of nothing but quotes and backslashes costs one pass", () => {
    const text = `["${'\\"'.repeat(2_000_000)}"]`;
    const started = performance.now();
    expect(whole(text)).toBe(text);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("content", () => {
  test("is read back from nodes in any order, written any number of times", () => {
    const nodes = new Map<string, ContentNode>();
    const values = Object.values(conversations).flatMap((make) => [1, 5, 9].map(make));
    const references = values.map((value) => add(nodes, value).reference);
    const shuffled = [...nodes.values(), ...nodes.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
    const reader = new ContentReader(shuffled);
    expect(references.map((reference) => reader.read(reference))).toEqual(values);
  });

  test("of which a node is missing is missing", () => {
    const nodes = new Map<string, ContentNode>();
    const { reference } = add(nodes, JSON.stringify([message(0), message(1), message(2)]));
    for (const id of nodes.keys()) {
      const reader = new ContentReader([...nodes.values()].filter((node) => node.id !== id));
      expect(reader.read(reference)).toBeUndefined();
    }
  });

  test("that goes in circles is missing too", () => {
    const [a, b] = ["a", "b"].map((digit) => digit.repeat(32)) as [string, string];
    const reader = new ContentReader([
      { id: a, parent: b, text: "a" },
      { id: b, parent: a, text: "b" },
    ]);
    expect(reader.read(`${a}:`)).toBeUndefined();
  });

  test("has another name after another parent", () => {
    expect(nodeId(NO_NODE, "x")).not.toBe(nodeId(nodeId(NO_NODE, "y"), "x"));
    expect(nodeId(NO_NODE, "x")).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("nodes that are stored already", () => {
  test("are known for some minutes, and forgotten at once when rows are deleted", () => {
    let now = 0;
    const seen = new SeenNodes(() => now);
    const key = { trace: "p/t", id: "1" };
    expect(seen.has(key)).toBe(false);
    seen.add([key]);
    expect(seen.has(key)).toBe(true);
    expect(seen.has({ ...key, trace: "q/t" })).toBe(false);
    now = 10 * 60_000;
    expect(seen.has(key)).toBe(false);
    seen.add([key]);
    expect(seen.has(key)).toBe(true);
    seen.clear();
    expect(seen.has(key)).toBe(false);
  });

  test("are not remembered without bound: the traces not heard of for longest go first", () => {
    const seen = new SeenNodes();
    const keysOf = (trace: number) => Array.from({ length: 1000 }, (_, id) => ({ trace: `${trace}`, id: `${id}` }));
    for (let trace = 0; trace < 200; trace++) seen.add(keysOf(trace));
    seen.add([{ trace: "0", id: "0" }]);
    seen.add(keysOf(200));
    expect(seen.has({ trace: "0", id: "7" })).toBe(true);
    expect(seen.has({ trace: "1", id: "7" })).toBe(false);
    expect(seen.has({ trace: "200", id: "7" })).toBe(true);
  });
});
