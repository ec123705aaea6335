import type { Change, Effect, Facts, Size, State } from "./state.ts";

/** A key as Node's readline names it. */
export interface Key {
  /** `down`, `g`, `pagedown`, …; empty where it has no name. */
  name: string;
  /** The character it types, where it types one. */
  text: string;
  ctrl: boolean;
  shift: boolean;
}

type Command = (state: State, facts: Facts, size: Size) => Change | State;

/** What a key does; the table is what `?` shows. */
interface Binding {
  keys: readonly string[];
  does: string;
  command: Command;
}

/** Lines of header and footer. */
export const FRAME = 3;

/** The state after a key. Pure: what has to be done outside is in `effect`. */
export function pressed(state: State, key: Key, facts: Facts, size: Size): Change {
  if (key.ctrl && key.name === "c") return { state: { ...state, done: true } };
  if (state.search.typing) return { state: typed({ ...state, message: "" }, key, facts) };
  if (!key.ctrl && /^\d$/.test(key.text) && (key.text !== "0" || state.count !== "")) {
    return { state: { ...state, count: `${state.count}${key.text}`.slice(0, 7), message: "" } };
  }
  const name = keyName(key);
  const binding = BINDINGS.find(({ keys }) => keys.includes(name));
  const calm = { ...state, message: "" };
  if (binding === undefined) {
    const message = name === "" ? "" : `${name} does nothing here; ? lists the keys`;
    return { state: { ...calm, count: "", message } };
  }
  const change = binding.command(calm, facts, size);
  const { state: next, effect } = "state" in change ? change : { state: change, effect: undefined };
  const settled = { ...next, count: "" };
  return effect === undefined ? { state: settled } : { state: settled, effect };
}

/** Puts a step before the reader. */
export function goTo(state: State, step: number): State {
  return { ...state, view: "steps", step, scroll: 0 };
}

function keyName({ name, text, ctrl }: Key): string {
  if (ctrl) return `ctrl-${name}`;
  if (text !== "" && /^[!-~]$/.test(text)) return text;
  return name;
}

/** Keys while something is typed to look for. */
function typed(state: State, key: Key, facts: Facts): State {
  const { text } = state.search;
  switch (key.name) {
    case "return":
    case "enter": {
      const found = { ...state, search: { text, typing: false } };
      return text === "" ? found : nextMatch(found, facts, 1, true);
    }
    case "escape":
      return { ...state, search: { text: "", typing: false } };
    case "backspace":
      return { ...state, search: { text: [...text].slice(0, -1).join(""), typing: true } };
    default: {
      if (key.ctrl && key.name === "u") return { ...state, search: { text: "", typing: true } };
      const letter = key.ctrl || /\p{Cc}/u.test(key.text) ? "" : key.text;
      return { ...state, search: { text: `${text}${letter}`.slice(0, 200), typing: true } };
    }
  }
}

/** The next step that holds what is looked for, around the ends. `here` may be where the reader is. */
function nextMatch(state: State, facts: Facts, way: 1 | -1, here = false): State {
  const { text } = state.search;
  if (text === "") return { ...state, message: "Nothing is looked for; / begins." };
  const holding = new Set(facts.matches(text));
  const steps = facts.steps(state.tree).filter((step) => holding.has(step));
  if (steps.length === 0) return { ...state, message: `No step holds “${text}”.` };
  const at =
    way === 1
      ? steps.find((step) => (here ? step >= state.step : step > state.step))
      : steps.findLast((step) => step < state.step);
  const step = at ?? (way === 1 ? steps[0] : steps.at(-1)) ?? state.step;
  const message = `${steps.indexOf(step) + 1} of ${steps.length} steps hold “${text}”${at === undefined ? ", from the other end" : ""}`;
  return { ...goTo(state, step), message };
}

function moved(by: (size: Size) => number): Command {
  return (state, facts, size) => {
    const times = state.count === "" ? 1 : Number(state.count);
    const distance = by(size) * times;
    if (state.view === "help") return { ...state, scroll: Math.max(0, state.scroll + distance) };
    if (state.focus === "page") return scrolled(state, facts, size, distance);
    return toRow(state, facts, rowOf(state, facts) + distance);
  };
}

function scrolled(state: State, facts: Facts, { rows }: Size, by: number): State {
  const last = Math.max(0, facts.pageLines(state) - (rows - FRAME));
  return { ...state, scroll: Math.min(last, Math.max(0, state.scroll + by)) };
}

/** Where the reader is among the rows: in the tree, a step that is no row of its own belongs to the one before it. */
export function rowOf(state: State, facts: Pick<Facts, "steps">): number {
  if (state.view === "help") return 0;
  if (state.view !== "steps") return state.row[state.view];
  const steps = facts.steps(state.tree);
  return Math.max(
    0,
    steps.findLastIndex((step) => step <= state.step),
  );
}

function toRow(state: State, facts: Facts, wanted: number): State {
  if (state.view === "help") return state;
  if (state.view === "steps") {
    const steps = facts.steps(state.tree);
    const step = steps[Math.min(steps.length - 1, Math.max(0, wanted))];
    return step === undefined || step === state.step ? state : { ...state, step, scroll: 0 };
  }
  const rows = facts.rows(state.view);
  const row = Math.min(rows.length - 1, Math.max(0, wanted));
  if (row < 0) return state;
  return { ...state, row: { ...state.row, [state.view]: row }, step: rows[row]?.step ?? state.step, scroll: 0 };
}

const halfPage = ({ rows }: Size) => Math.max(1, Math.floor((rows - FRAME) / 2));
const wholePage = ({ rows }: Size) => Math.max(1, rows - FRAME - 1);

function shown(view: "blame" | "compare" | "replays"): Command {
  return (state, facts) => {
    if (state.view === view) return { ...state, view: "steps" };
    if (view === "compare" && !facts.compared) {
      if (facts.rows("replays").length > 0) return { ...state, view: "replays", focus: "rows" };
      return { ...state, message: "There is no run to compare with: give --against TRACE, or replay this one." };
    }
    if (facts.rows(view).length === 0) return { ...state, message: "Nobody is blamed, and no rule says anything." };
    return toRow({ ...state, view, focus: "rows" }, facts, state.row[view]);
  };
}

function changedRow(way: 1 | -1): Command {
  return (state, facts) => {
    const rows = facts.rows("compare");
    const others = rows.flatMap(({ changed }, row) => (changed ? [row] : []));
    const now = state.row.compare;
    const next = way === 1 ? others.find((row) => row > now) : others.findLast((row) => row < now);
    if (next === undefined) return { ...state, message: "No further difference this way." };
    return toRow(state, facts, next);
  };
}

const enter: Command = (state, facts) => {
  if (state.view === "help") return { ...state, view: "steps", scroll: 0 };
  if (state.view === "replays") {
    const traceId = facts.rows("replays")[state.row.replays]?.traceId;
    if (traceId === undefined || traceId === "")
      return { ...state, message: "This replay made no run that is stored." };
    const effect: Effect = { load: traceId };
    return { state: { ...state, message: `reading ${traceId} …` }, effect };
  }
  if (state.view === "blame") {
    const step = facts.rows("blame")[state.row.blame]?.step;
    return typeof step === "number" ? { ...goTo(state, step), focus: "page" } : state;
  }
  return { ...state, focus: state.focus === "rows" ? "page" : "rows" };
};

const back: Command = (state) => {
  if (state.focus === "page") return { ...state, focus: "rows" };
  if (state.view !== "steps") return { ...state, view: "steps", scroll: 0 };
  if (state.search.text !== "") return { ...state, search: { text: "", typing: false } };
  return { ...state, message: "q leaves." };
};

const decisive: Command = (state, { decisive: steps }) => {
  if (steps.length === 0) return { ...state, message: "No step is blamed." };
  const at = steps.indexOf(state.step);
  return goTo(state, steps[(at + 1) % steps.length] ?? state.step);
};

const first: Command = (state, facts, size) => {
  if (state.count !== "" && state.view === "steps") {
    const wanted = Number(state.count);
    const steps = facts.steps(state.tree);
    const step = steps.findLast((candidate) => candidate <= wanted) ?? steps[0];
    return step === undefined ? state : goTo(state, step);
  }
  return state.focus === "page" ? scrolled(state, facts, size, -Number.MAX_SAFE_INTEGER) : toRow(state, facts, 0);
};

const last: Command = (state, facts, size) =>
  state.focus === "page"
    ? scrolled(state, facts, size, Number.MAX_SAFE_INTEGER)
    : toRow(state, facts, Number.MAX_SAFE_INTEGER);

/** Every key there is, in the order in which help lists them. */
export const BINDINGS: readonly Binding[] = [
  { keys: ["j", "down", "ctrl-n"], does: "next row, or a line down in the page", command: moved(() => 1) },
  { keys: ["k", "up", "ctrl-p"], does: "row before, or a line up", command: moved(() => -1) },
  { keys: ["ctrl-d"], does: "half a screen down", command: moved(halfPage) },
  { keys: ["ctrl-u"], does: "half a screen up", command: moved((size) => -halfPage(size)) },
  { keys: ["pagedown", "ctrl-f"], does: "a screen down", command: moved(wholePage) },
  { keys: ["pageup", "ctrl-b"], does: "a screen up", command: moved((size) => -wholePage(size)) },
  {
    keys: ["space"],
    does: "scroll the page down, wherever the keys are",
    command: (state, facts, size) => scrolled(state, facts, size, halfPage(size)),
  },
  {
    keys: ["backspace"],
    does: "scroll the page up",
    command: (state, facts, size) => scrolled(state, facts, size, -halfPage(size)),
  },
  { keys: ["g", "home"], does: "first row; 12g goes to step 12", command: first },
  { keys: ["G", "end"], does: "last row", command: last },
  { keys: ["return", "enter", "right", "l"], does: "into the page; in other views, to the step", command: enter },
  { keys: ["escape", "left", "h"], does: "back", command: back },
  {
    keys: ["tab"],
    does: "from the rows to the page and back",
    command: (state) => ({ ...state, focus: state.focus === "rows" ? "page" : "rows" }),
  },
  {
    keys: ["t"],
    does: "steps as a tree, or one after the other",
    command: (state) => ({ ...state, view: "steps", tree: !state.tree, scroll: 0 }),
  },
  {
    keys: ["f"],
    does: "whole texts, or their beginnings",
    command: (state) => ({ ...state, full: !state.full, scroll: 0 }),
  },
  { keys: ["/"], does: "look for a text", command: (state) => ({ ...state, search: { text: "", typing: true } }) },
  {
    keys: ["n"],
    does: "next step that holds it; in compare, next difference",
    command: (state, facts, size) =>
      state.view === "compare" ? changedRow(1)(state, facts, size) : nextMatch(state, facts, 1),
  },
  {
    keys: ["N"],
    does: "the one before",
    command: (state, facts, size) =>
      state.view === "compare" ? changedRow(-1)(state, facts, size) : nextMatch(state, facts, -1),
  },
  { keys: ["d"], does: "to the decisive step, and on to the next that is blamed", command: decisive },
  { keys: ["b"], does: "blame: labels, predictions, findings of the rules", command: shown("blame") },
  { keys: ["c"], does: "compare with a replay, or with the run of --against", command: shown("compare") },
  {
    keys: ["r"],
    does: "replays of this run",
    command: (state, facts, size) =>
      facts.rows("replays").length === 0
        ? { ...state, message: "This run was not replayed." }
        : shown("replays")(state, facts, size),
  },
  {
    keys: ["?"],
    does: "these keys",
    command: (state) => ({ ...state, view: state.view === "help" ? "steps" : "help", scroll: 0 }),
  },
  {
    keys: ["ctrl-z"],
    does: "put it aside (fg brings it back)",
    command: (state) => ({ state, effect: { suspend: true } }),
  },
  { keys: ["q"], does: "leave", command: (state) => ({ ...state, done: true }) },
];
