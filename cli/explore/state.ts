/** What the rows show. */
export type View = "steps" | "blame" | "compare" | "replays" | "help";

/** Everything that changes while somebody reads a run. */
export interface State {
  view: View;
  /** Steps as a tree of what was done on which state of the files, or one after the other. */
  tree: boolean;
  /** The step that is read; its page is beside the rows. */
  step: number;
  /** The chosen row of the other views. */
  row: Record<Exclude<View, "steps" | "help">, number>;
  /** Keys move the rows, or the page. */
  focus: "rows" | "page";
  /** First line of the page that is shown. */
  scroll: number;
  /** Whole texts. */
  full: boolean;
  /** What is looked for; while it is typed keys are its letters. */
  search: { text: string; typing: boolean };
  /** Digits typed before a command, as in `12g`. */
  count: string;
  /** Said once, until the next key. */
  message: string;
  done: boolean;
}

/** What the machine needs to know of the run. */
export interface Facts {
  /** Steps in the order of the rows, for the state's way to show them. */
  steps(tree: boolean): readonly number[];
  /** Rows of the other views. */
  rows(view: "blame" | "compare" | "replays"): readonly { step: number | null; traceId?: string; changed?: boolean }[];
  /** Steps whose text holds what is looked for, upper and lower case alike. */
  matches(text: string): readonly number[];
  /** The steps that are blamed, the best founded first. */
  decisive: readonly number[];
  /** Lines of the page as it is shown. */
  pageLines(state: State): number;
  /** A run to compare with is there. */
  compared: boolean;
}

export interface Size {
  columns: number;
  rows: number;
}

/** Something to be done outside of the machine. */
export type Effect = { load: string } | { suspend: true };

export interface Change {
  state: State;
  effect?: Effect;
}

export function openingState(steps: readonly number[], decisive: readonly number[]): State {
  return {
    view: "steps",
    tree: false,
    step: decisive[0] ?? steps[0] ?? 0,
    row: { blame: 0, compare: 0, replays: 0 },
    focus: "rows",
    scroll: 0,
    full: false,
    search: { text: "", typing: false },
    count: "",
    message: "",
    done: false,
  };
}
