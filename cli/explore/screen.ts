import { clip } from "../output.ts";
import type { Reading } from "./facts.ts";
import { type Line, piece } from "./lines.ts";
import { BINDINGS, FRAME, rowOf } from "./machine.ts";
import type { Size, State } from "./state.ts";
import { fitted } from "./width.ts";

/** One row of the terminal: exactly as many cells as it has columns. */
export interface ScreenRow {
  line: Line;
  /** Drawn inverted, from the first cell to this one. */
  selected: number;
}

/** Below this many columns rows and page take turns. */
const BOTH_FROM = 72;
export const SMALLEST: Size = { columns: 20, rows: 6 };

/** How the columns are shared: rows left, page right, one of them 0 where there is no room for both. */
export function shares(state: Pick<State, "focus" | "view">, { columns }: Size): { left: number; right: number } {
  if (state.view === "help") return { left: columns, right: 0 };
  if (columns < BOTH_FROM) return state.focus === "rows" ? { left: columns, right: 0 } : { left: 0, right: columns };
  const left = Math.max(32, Math.min(80, Math.floor(columns * 0.44)));
  return { left, right: columns - left - 1 };
}

/** The whole screen for a state. Pure. */
export function screenOf(state: State, reading: Reading, size: Size): ScreenRow[] {
  const { columns, rows } = size;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) {
    const told: Line = [piece(`Needs ${SMALLEST.columns}×${SMALLEST.rows}.`)];
    return Array.from({ length: rows }, (_, at) => plain(at === 0 ? told : [], columns));
  }
  const { left, right } = shares(state, size);
  reading.wrapTo(Math.max(1, (right === 0 ? columns : right) - 1));
  const body = rows - FRAME;
  const [list, chosen] = leftPane(state, reading, body);
  const page = right === 0 ? [] : reading.page(state).slice(state.scroll, state.scroll + body);
  const lines = Array.from({ length: body }, (_, at): ScreenRow => {
    const own = left === 0 ? [] : fitted(list[at] ?? [], left);
    const rest = right === 0 ? [] : fitted([piece(" "), ...(page[at] ?? [])], right);
    const rule = left > 0 && right > 0 ? [piece("│", state.focus === "page" ? "cyan" : "dim")] : [];
    return { line: [...own, ...rule, ...rest], selected: left > 0 && at === chosen ? left : 0 };
  });
  return [...header(state, reading, columns), ...lines, plain(footer(state, reading), columns)];
}

function leftPane(state: State, reading: Reading, body: number): [Line[], number] {
  if (state.view === "help") {
    const lines = helpLines();
    const scroll = Math.min(state.scroll, Math.max(0, lines.length - body));
    return [lines.slice(scroll, scroll + body), -1];
  }
  const rows = state.view === "steps" ? reading.stepRows(state.tree) : reading.rows(state.view);
  const at = rowOf(state, reading);
  const first = Math.min(Math.max(0, at - Math.floor(body / 2)), Math.max(0, rows.length - body));
  return [rows.slice(first, first + body).map(({ line }) => line), at - first];
}

function helpLines(): Line[] {
  return [
    [piece("Keys", "bold")],
    [],
    ...BINDINGS.map(({ keys, does }): Line => [piece(`  ${keys.join(" ")}`.padEnd(28), "cyan"), piece(does)]),
    [],
    [piece("Signs", "bold")],
    [],
    [piece("  ●".padEnd(28), "red"), piece("decisive: proven by replay, injected, or confirmed by a person")],
    [piece("  ◀".padEnd(28), "red"), piece("predicted to be decisive")],
    [piece("  !".padEnd(28), "red"), piece("called incorrect by a rule")],
    [piece("  ~".padEnd(28), "yellow"), piece("called unuseful by a rule")],
  ];
}

function header(state: State, reading: Reading, columns: number): ScreenRow[] {
  const { trajectory } = reading.run;
  const { outcome } = trajectory.outcome;
  const tone = outcome === "failure" ? "red" : outcome === "success" ? "green" : "yellow";
  const steps = `${trajectory.steps.length} steps`;
  const title: Line = [piece(outcome, tone), piece(`  ${clip(trajectory.task, columns)}`, "bold")];
  const comparing = state.view === "compare" ? reading.other?.trajectory : undefined;
  const views = {
    steps: state.tree ? "tree" : "steps",
    blame: "blame",
    compare: "compare",
    replays: "replays",
    help: "help",
  };
  const place: Line = [
    piece(views[state.view], "cyan"),
    piece(
      `  ${steps}  step ${state.step}  ${comparing ? trajectory.trace_id.slice(0, 12) : trajectory.trace_id}`,
      "dim",
    ),
    ...(comparing ? [piece(`  against ${comparing.trace_id.slice(0, 12)} (${comparing.outcome.outcome})`, "dim")] : []),
  ];
  return [plain(title, columns), plain(place, columns)];
}

function footer(state: State, { decisive }: Reading): Line {
  const { search, message, count } = state;
  if (search.typing) return [piece("/", "cyan"), piece(search.text), piece("▏")];
  if (message !== "") return [piece(clip(message, 500), "yellow")];
  if (count !== "") return [piece(count, "cyan"), piece("g goes to that step", "dim")];
  const hints = [
    "j/k move",
    "enter read",
    "t tree",
    "/ search",
    ...(search.text === "" ? [] : [`n next “${clip(search.text, 20)}”`]),
    ...(decisive.length > 0 ? ["d decisive"] : []),
    "b blame",
    "c compare",
    "f full",
    "? keys",
    "q leave",
  ];
  return [piece(hints.join("  "), "dim")];
}

function plain(line: Line, columns: number): ScreenRow {
  return { line: fitted(line, columns), selected: 0 };
}
