import { describe, expect, it } from "vitest";
import { Reading } from "../../../cli/explore/facts.ts";
import { BINDINGS, type Key, pressed } from "../../../cli/explore/machine.ts";
import { openingState, type State } from "../../../cli/explore/state.ts";
import { MENDING, shellRun } from "./explore-runs.ts";

const SIZE = { columns: 100, rows: 20 };
const NAMES: Record<string, Partial<Key>> = {
  "\r": { name: "return" },
  "\u001b": { name: "escape" },
  "\t": { name: "tab" },
  "\b": { name: "backspace" },
  " ": { name: "space", text: " " },
};

function keyOf(what: string): Key {
  const base = { name: what, text: what.length === 1 ? what : "", ctrl: false, shift: false };
  if (what.startsWith("ctrl-")) return { ...base, name: what.slice(5), text: "", ctrl: true };
  return { ...base, ...(what in NAMES ? { text: "", ...NAMES[what] } : {}) };
}

/** Presses keys one after the other; what has a longer name stands in angle brackets. */
function press(keys: string, state: State, reading: Reading) {
  let now = state;
  const effects = [];
  for (const key of keys.match(/<[^>]+>|[\s\S]/g) ?? []) {
    const change = pressed(now, keyOf(key.startsWith("<") ? key.slice(1, -1) : key), reading, SIZE);
    now = change.state;
    if (change.effect !== undefined) effects.push(change.effect);
  }
  return { state: now, effects };
}

const replay = (status: "success" | "failure", kind: "correction" | "placebo", made: string) => ({
  project: "default",
  replay_id: `${status}-${kind}`,
  trace_id: "a".repeat(32),
  replay_trace_id: made,
  intervention: { kind, step: 4, agent: "Coder", action: "", oracle: "person" },
  status,
  score: null,
  reason: "The check ended.",
  duration_ms: 1,
  created_at: "2026-01-01T00:00:00.000Z",
});

const reading = () => new Reading(shellRun(MENDING));
const start = (read: Reading) => ({ ...openingState(read.steps(false), []), step: 0 });
const reached = (keys: string, read = reading(), from = start(read)) => press(keys, from, read).state;

describe("a key", () => {
  it.each([
    ["j", 1],
    ["jjj", 3],
    ["3j", 3],
    ["3jk", 2],
    ["k", 0],
    ["G", 9],
    ["Gg", 0],
    ["4g", 4],
    ["999g", 9],
    ["<down><down>", 2],
    ["<pagedown>", 9],
  ])("%s goes to step %i", (keys, step) => {
    expect(reached(keys).step).toBe(step);
  });

  it("begins where the run was decided", () => {
    expect(openingState([0, 1, 2], [2, 1]).step).toBe(2);
    expect(openingState([], []).step).toBe(0);
  });

  it("keeps the step when steps become a tree, where observations belong to what they answer", () => {
    const tree = reached("5gt");
    expect([tree.tree, tree.step]).toEqual([true, 5]);
    expect(reached("5gtj").step).toBe(6);
    expect(reached("5gtk").step).toBe(2);
    expect(reached("5gtt")).toMatchObject({ tree: false, step: 5 });
  });

  it("looks for a text in what was done and what came back, around the ends", () => {
    expect(reached("/NOT OK\r")).toMatchObject({ step: 7, message: "1 of 1 steps hold “NOT OK”" });
    expect(reached("/src\r")).toMatchObject({ step: 1 });
    expect(reached("/src\rnn")).toMatchObject({ step: 4 });
    expect(reached("/src\rnnn")).toMatchObject({ step: 1, message: expect.stringContaining("from the other end") });
    expect(reached("/src\rN")).toMatchObject({ step: 4 });
    expect(reached("/nowhere\r").message).toBe("No step holds “nowhere”.");
    expect(reached("n").message).toBe("Nothing is looked for; / begins.");
  });

  it("types into the search, and is no command there", () => {
    expect(reached("/q2j").search).toEqual({ text: "q2j", typing: true });
    expect(reached("/ab\b").search.text).toBe("a");
    expect(reached("/ab<ctrl-u>").search.text).toBe("");
    expect(reached("/ab\u001b").search).toEqual({ text: "", typing: false });
    expect(reached("/a<ctrl-c>").done).toBe(true);
  });

  it("moves the page where the page is read", () => {
    const read = reading();
    read.wrapTo(30);
    const paged = reached("\tjj", read);
    expect(paged).toMatchObject({ focus: "page", scroll: expect.any(Number), step: 0 });
    expect(paged.scroll).toBeLessThanOrEqual(Math.max(0, read.pageLines(paged) - 17));
    expect(reached("\t\u001b", read).focus).toBe("rows");
    expect(reached("\r", read).focus).toBe("page");
  });

  it("shows who is blamed, and goes to the step", () => {
    const read = reading();
    const blame = reached("b", read);
    expect(blame.view).toBe("blame");
    const [first] = read.rows("blame");
    expect(reached("b\r", read)).toMatchObject({ view: "steps", step: first?.step, focus: "page" });
    expect(reached("bb", read).view).toBe("steps");
    expect(reached("b\u001b", read).view).toBe("steps");
  });

  it("goes to the decisive step, and on to the next that is blamed", () => {
    const read = reading();
    const [first = -1] = read.decisive;
    expect(reached("Gd", read).step).toBe(first);
  });

  it("reads a replay and then compares with it, a flip before what changed nothing", () => {
    const replays = [replay("failure", "placebo", "b".repeat(32)), replay("success", "correction", "c".repeat(32))];
    const read = new Reading(shellRun(MENDING, { replays }));
    const { state, effects } = press("c\r", start(read), read);
    expect(state.view).toBe("replays");
    expect(effects).toEqual([{ load: "c".repeat(32) }]);
    const other = MENDING.with(2, { command: "sed -i 's/1/3/' src/a.js", answer: "" });
    read.compareWith(shellRun(other, {}, "c"));
    const compared = reached("c", read);
    expect(compared.view).toBe("compare");
    expect(reached("n", read, compared).row.compare).toBe(4);
    expect(reached("nnn", read, compared).message).toBe("No further difference this way.");
  });

  it("says what is missing where there is nothing to show", () => {
    expect(reached("c").message).toMatch(/--against TRACE/);
    expect(reached("r").message).toBe("This run was not replayed.");
    expect(reached("x").message).toBe("x does nothing here; ? lists the keys");
    expect(reached("xj").message).toBe("");
  });

  it("leaves, and is put aside", () => {
    expect(reached("q").done).toBe(true);
    expect(reached("<ctrl-c>").done).toBe(true);
    expect(press("<ctrl-z>", start(reading()), reading()).effects).toEqual([{ suspend: true }]);
  });

  it("is in the help, and in no two commands", () => {
    const keys = BINDINGS.flatMap((binding) => [...binding.keys]);
    expect(new Set(keys).size).toBe(keys.length);
    expect(reached("?").view).toBe("help");
    expect(reached("??").view).toBe("steps");
  });

  it("never leaves the machine without a step, whatever is pressed", () => {
    const read = reading();
    const keys = BINDINGS.flatMap((binding) => [...binding.keys]).filter((key) => key !== "q");
    let state = start(read);
    for (let turn = 0; turn < 3000; turn++) {
      const key = keys[(turn * 7919 + (turn >> 3)) % keys.length] ?? "j";
      state = pressed(state, keyOf(key), read, { columns: 20 + (turn % 90), rows: 6 + (turn % 30) }).state;
      expect(state.step).toBeGreaterThanOrEqual(0);
      expect(state.step).toBeLessThan(10);
      expect(state.scroll).toBeGreaterThanOrEqual(0);
    }
  });

  it("does no harm to an empty run", () => {
    const empty = new Reading(shellRun([]));
    const state = press("jkGgtbcrd/x\r\t\r", openingState([], []), empty).state;
    expect(state.done).toBe(false);
  });
});
