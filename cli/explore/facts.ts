import { type ClassifiedStep, compareRuns } from "@culprit/analyzers";
import { hasBlame, type Step, type StepChange } from "@culprit/schemas";
import { clip, named, percent } from "../output.ts";
import { findingsOf, inspectStep } from "./inspection.ts";
import { type Line, type Piece, piece, type Tone } from "./lines.ts";
import { actionPage, inspectionPage } from "./page.ts";
import type { ReadRun } from "./read-run.ts";
import type { Facts, State } from "./state.ts";
import { wrapped } from "./width.ts";

/** The sign before a step: the best founded one. */
function marksOf({ annotations, attributions, diagnosis }: ReadRun): Map<number, Piece> {
  const marks = new Map<number, Piece>();
  for (const { step } of diagnosis.unuseful) marks.set(step, piece(" ~ ", "yellow"));
  for (const { step } of diagnosis.incorrect) marks.set(step, piece(" ! ", "red"));
  for (const { step } of attributions.filter(hasBlame)) marks.set(step, piece(" ◀ ", "red"));
  for (const { step, verdict } of annotations) if (verdict === "confirmed") marks.set(step, piece(" ● ", "red"));
  return marks;
}

/** Lines with those in a tone that the other side does not have. */
function differing(lines: readonly Line[], others: readonly Line[], tone: Tone): Line[] {
  const plainText = (line: Line) => line.map(({ text }) => text).join("");
  const known = new Set(others.map(plainText));
  return lines.map((line) => (known.has(plainText(line)) ? line : line.map((part) => ({ ...part, tone }))));
}

/** What a command answered, without the tags around it; an exit code only where it says something. */
function observed(content: string): string {
  return content
    .slice(0, 2 * ROW_TEXT)
    .replace(/<returncode>\s*(-?\d+)\s*<\/returncode>/, (_, code) => (code === "0" ? "" : `exit ${code}: `))
    .replace(/<\/?output>/g, " ");
}

/** A row as it is drawn. */
export interface Row {
  step: number | null;
  line: Line;
  traceId?: string;
  changed?: boolean;
  /** The step of the run that it is compared with. */
  other?: number | null;
}

/** Longest text of a step that is drawn on a row; rows are cut to the screen anyway. */
const ROW_TEXT = 300;
const MOST_PAGE_LINES = 20_000;
const SIGNS: Record<StepChange["change"], string> = { same: " ", changed: "~", removed: "-", added: "+" };

/** A run made ready to be read: rows, pages and matches, each worked out once. */
export class Reading implements Facts {
  readonly run: ReadRun;
  readonly #steps: readonly Step[];
  readonly #rows = new Map<string, Row[]>();
  readonly #texts = new Map<number, string>();
  readonly #byIndex: ReadonlyMap<number, Step>;
  readonly #classified: ReadonlyMap<number, ClassifiedStep>;
  readonly #marks: ReadonlyMap<number, Piece>;
  #found: { text: string; steps: number[] } = { text: "", steps: [] };
  #page: { key: string; lines: Line[] } = { key: "", lines: [] };
  #other: ReadRun | null = null;
  #width = 80;

  constructor(run: ReadRun, other: ReadRun | null = null) {
    this.run = run;
    this.#steps = run.trajectory.steps;
    this.#byIndex = new Map(this.#steps.map((step) => [step.index, step]));
    this.#classified = new Map(run.diagnosis.steps.map((step) => [step.step, step]));
    this.#marks = marksOf(run);
    this.#other = other;
  }

  get decisive(): readonly number[] {
    const { annotations, attributions, diagnosis } = this.run;
    const confirmed = annotations.filter(({ verdict }) => verdict === "confirmed").map(({ step }) => step);
    const predicted = attributions.filter(hasBlame).map(({ step }) => step);
    return [
      ...new Set([
        ...confirmed,
        ...predicted,
        ...(diagnosis.attribution.step === null ? [] : [diagnosis.attribution.step]),
      ]),
    ];
  }

  get compared(): boolean {
    return this.#other !== null;
  }

  get other(): ReadRun | null {
    return this.#other;
  }

  compareWith(other: ReadRun): void {
    this.#other = other;
    this.#rows.delete("compare");
    this.#page = { key: "", lines: [] };
  }

  /** Pages are wrapped to this many cells. */
  wrapTo(width: number): void {
    this.#width = width;
  }

  steps(tree: boolean): readonly number[] {
    return this.stepRows(tree).flatMap(({ step }) => step ?? []);
  }

  stepRows(tree: boolean): Row[] {
    return this.#once(tree ? "tree" : "list", () => (tree ? this.#treeRows() : this.#listRows()));
  }

  rows(view: "blame" | "compare" | "replays"): Row[] {
    const made = {
      blame: () => this.#blameRows(),
      compare: () => this.#compareRows(),
      replays: () => this.#replayRows(),
    };
    return this.#once(view, made[view]);
  }

  matches(text: string): readonly number[] {
    if (this.#found.text === text) return this.#found.steps;
    const wanted = text.toLowerCase();
    const steps = this.#steps.filter((step) => this.#textOf(step).includes(wanted)).map(({ index }) => index);
    this.#found = { text, steps };
    return steps;
  }

  pageLines(state: State): number {
    return this.page(state).length;
  }

  /** The page beside the rows, wrapped. */
  page(state: State): Line[] {
    const key = [state.view === "compare" ? `compare ${state.row.compare}` : state.step, state.full, this.#width].join(
      "/",
    );
    if (this.#page.key !== key) {
      const lines =
        state.view === "compare" ? this.#comparedPage(state) : this.#stepPage(this.run, state.step, state.full);
      const rows = lines.slice(0, MOST_PAGE_LINES).flatMap((line) => wrapped(line, this.#width));
      this.#page = { key, lines: rows };
    }
    return this.#page.lines;
  }

  #once(key: string, make: () => Row[]): Row[] {
    const known = this.#rows.get(key) ?? make();
    this.#rows.set(key, known);
    return known;
  }

  #textOf(step: Step): string {
    const known = this.#texts.get(step.index) ?? `${step.agent}\n${step.content}\n${step.error}`.toLowerCase();
    this.#texts.set(step.index, known);
    return known;
  }

  #listRows(): Row[] {
    return this.#steps.map((step) => ({ step: step.index, line: this.#stepRow(step, "") }));
  }

  #treeRows(): Row[] {
    const { tree, steps } = this.run.diagnosis;
    return tree.nodes.map(({ step: index, level, ordinal }) => {
      const step = this.#byIndex.get(index);
      const rails = "│ ".repeat(Math.min(level, 12));
      if (step === undefined) return { step: index, line: [piece(String(index))] };
      return { step: index, line: this.#stepRow(step, `${rails}${steps[ordinal]?.class ?? ""} `) };
    });
  }

  #stepRow(step: Step, before: string): Line {
    const own = this.#classified.get(step.index);
    const text = own === undefined ? observed(step.content) : own.action || step.content;
    const acts = step.role === "agent";
    return [
      piece(String(step.index).padStart(5), "dim"),
      this.#marks.get(step.index) ?? piece("   "),
      piece(`${named(step.agent)} `, acts ? "cyan" : "dim"),
      piece(before, "dim"),
      ...(before === "" && own !== undefined
        ? [piece(`${own.class} `, own.class === "change" ? "yellow" : "dim")]
        : []),
      piece(clip(text, ROW_TEXT), step.error !== "" || own?.failed ? "red" : acts ? "plain" : "dim"),
    ];
  }

  #blameRows(): Row[] {
    const { annotations, attributions } = this.run;
    const row = (step: number, sign: string, tone: "red" | "yellow" | "green", who: string, text: string): Row => ({
      step,
      line: [
        piece(String(step).padStart(5), "dim"),
        piece(` ${sign} `, tone),
        piece(`${clip(who, 30)} `, "cyan"),
        piece(clip(text, ROW_TEXT)),
      ],
    });
    return [
      ...annotations.map(({ step, verdict, evidence, reason }) =>
        row(step, "●", verdict === "confirmed" ? "red" : "green", `${evidence}, ${verdict}`, reason),
      ),
      ...attributions
        .filter(hasBlame)
        .map(({ step, strategy, confidence, reason }) =>
          row(step, "◀", "red", `${strategy} ${percent(confidence)}`, reason),
        ),
      ...findingsOf(this.run)
        .toSorted((left, right) => right.confidence - left.confidence)
        .map(({ step, kind, rule, confidence, reason }) =>
          row(
            step,
            kind === "incorrect" ? "!" : "~",
            kind === "incorrect" ? "red" : "yellow",
            `${rule} ${percent(confidence)}`,
            reason,
          ),
        ),
    ];
  }

  #replayRows(): Row[] {
    // What one compares with is a flip, if there is one; what changed nothing comes last.
    const rank = ({ intervention: { kind }, status }: ReadRun["replays"][number]) =>
      (status === "success" ? 0 : 1) + (kind === "placebo" ? 2 : 0);
    const ranked = this.run.replays.toSorted((left, right) => rank(left) - rank(right));
    return ranked.map(({ intervention, status, replay_trace_id, reason }) => ({
      step: intervention.step,
      traceId: replay_trace_id,
      line: [
        piece(String(intervention.step).padStart(5), "dim"),
        piece(` ${intervention.kind.padEnd(11)}`, "cyan"),
        piece(`${status.padEnd(8)}`, status === "success" ? "green" : status === "failure" ? "red" : "yellow"),
        piece(clip(reason, ROW_TEXT), "dim"),
      ],
    }));
  }

  #compareRows(): Row[] {
    const other = this.#other;
    if (other === null) return [];
    const theirs = new Map(other.trajectory.steps.map((step) => [step.index, step]));
    return compareRuns(this.run.trajectory, other.trajectory).map(({ left, right, change }) => {
      const step = this.#byIndex.get(left ?? -1) ?? theirs.get(right ?? -1);
      const tone = { same: "dim", changed: "yellow", removed: "red", added: "green" } as const;
      return {
        step: left,
        other: right,
        changed: change !== "same",
        line: [
          piece(`${String(left ?? "").padStart(5)} ${String(right ?? "").padStart(4)} `, "dim"),
          piece(`${SIGNS[change]} `, tone[change]),
          piece(`${named(step?.agent ?? "")} `, change === "same" ? "dim" : "cyan"),
          piece(clip(observed(step?.content ?? ""), ROW_TEXT), change === "same" ? "dim" : "plain"),
        ],
      };
    });
  }

  #stepPage(run: ReadRun, index: number, full: boolean): Line[] {
    const inspection = inspectStep(run, index);
    return inspection === undefined ? [] : inspectionPage(inspection, { full });
  }

  #comparedPage(state: State): Line[] {
    const other = this.#other;
    if (other === null) return [];
    const change = this.rows("compare")[state.row.compare];
    const side = (run: ReadRun, index: number | null | undefined): Line[] => {
      const inspection = typeof index === "number" ? inspectStep(run, index) : undefined;
      return inspection === undefined ? [] : actionPage(inspection, { full: state.full });
    };
    const [was, is] = [side(this.run, change?.step), side(other, change?.other)];
    const head = (title: string, run: ReadRun, index: number | null | undefined): Line => [
      piece(`${title} (${run.trajectory.outcome.outcome})`, "bold"),
      piece(typeof index === "number" ? `  step ${index}` : "  has no such step", "dim"),
    ];
    return [
      head("this run", this.run, change?.step),
      ...differing(was, is, "red"),
      [],
      head("the other", other, change?.other),
      ...differing(is, was, "green"),
    ];
  }
}
