import { describe, expect, it } from "vitest";
import { Reading } from "../../../cli/explore/facts.ts";
import { inspectStep } from "../../../cli/explore/inspection.ts";
import { piece, printLines } from "../../../cli/explore/lines.ts";
import { inspectionPage } from "../../../cli/explore/page.ts";
import { painted, repainted } from "../../../cli/explore/paint.ts";
import { screenOf } from "../../../cli/explore/screen.ts";
import { openingState, type View } from "../../../cli/explore/state.ts";
import { cells, fitted, wrapped } from "../../../cli/explore/width.ts";
import { MENDING, shellRun } from "./explore-runs.ts";

const textOf = (line: { text: string }[]) => line.map(({ text }) => text).join("");

describe("widths", () => {
  it("count cells, not characters", () => {
    expect([cells("abc"), cells("日本"), cells("e\u0301"), cells("👩‍👩‍👧")]).toEqual([3, 4, 1, 2]);
  });

  it.each([
    ["abcdef", 4, "abc…"],
    ["ab", 4, "ab  "],
    ["日本語", 4, "日… "],
    ["日本語", 5, "日本…"],
    ["", 2, "  "],
  ])("%s in %i cells is %s", (text, width, shown) => {
    expect(textOf(fitted([piece(text)], width))).toBe(shown);
  });

  it("wrap at the last cell, a wide character never over it, and keep the indent", () => {
    expect(wrapped([piece("  abcdef")], 6).map(textOf)).toEqual(["  abcd", "  ef"]);
    expect(wrapped([piece("日本語")], 5).map(textOf)).toEqual(["日本", "語"]);
  });

  it("survive half a surrogate and a tower of marks", () => {
    expect(painted({ line: fitted([piece("a\ud800b")], 4), selected: 0 }, true)).toBe("a\uFFFDb ");
    const tower = `x${"\u0301".repeat(5000)}y`;
    expect(textOf(fitted([piece(`${tower}${"z".repeat(50)}`)], 10)).length).toBeLessThan(60);
  });
});

describe("the screen", () => {
  const sizes = [
    [100, 30],
    [72, 10],
    [71, 24],
    [40, 8],
    [20, 6],
    [10, 4],
    [300, 80],
  ] as const;
  const views: View[] = ["steps", "blame", "compare", "replays", "help"];

  it.each(sizes)("is exactly %i by %i in every view", (columns, rows) => {
    const reading = new Reading(shellRun(MENDING), shellRun(MENDING.slice(0, 3), {}, "b"));
    for (const view of views) {
      for (const focus of ["rows", "page"] as const) {
        const state = { ...openingState(reading.steps(false), reading.decisive), view, focus };
        const screen = screenOf(state, reading, { columns, rows });
        expect(screen).toHaveLength(rows);
        for (const { line } of screen) expect(line.reduce((sum, { text }) => sum + cells(text), 0)).toBe(columns);
      }
    }
  });

  it("sends a terminal nothing of what a run says but its text", () => {
    const hostile =
      "\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u009b5n\u202eevil\u0000\r\nforged line\u001bP1$q\u001b\\";
    const run = shellRun([{ command: `echo '${hostile}'`, answer: hostile, thought: hostile }]);
    run.trajectory.task = hostile;
    const reading = new Reading(run);
    for (const view of views) {
      const state = { ...openingState(reading.steps(false), []), view, full: true };
      for (const row of screenOf(state, reading, { columns: 120, rows: 40 })) {
        const sent = painted(row, true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(sent.replace(/\u001b\[[\d;]*m/g, "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      }
    }
  });

  it("is repainted where it changed alone", () => {
    expect(repainted(["a", "b"], ["a", "c"])).toBe("\u001b[2;1H\u001b[0mc\u001b[K");
    expect(repainted(["a"], ["a"])).toBe("");
  });

  it("says how many cells it needs where there are too few", () => {
    const reading = new Reading(shellRun(MENDING));
    const [first] = screenOf(openingState([0], []), reading, { columns: 12, rows: 3 });
    expect(textOf(first?.line ?? [])).toContain("Needs");
  });

  it("draws ten thousand steps as quickly as ten", () => {
    const long = new Reading(
      shellRun(Array.from({ length: 5000 }, (_, at) => ({ command: `cat f${at}`, answer: "x" }))),
    );
    const state = openingState(long.steps(false), []);
    screenOf(state, long, { columns: 120, rows: 40 });
    const began = performance.now();
    for (let at = 0; at < 50; at++) screenOf({ ...state, step: at * 100 }, long, { columns: 120, rows: 40 });
    expect((performance.now() - began) / 50).toBeLessThan(150);
  });
});

describe("the page of a step", () => {
  it("tells what was said, called, got and done, and how the evidence hangs together", () => {
    const run = shellRun(MENDING);
    const inspection = inspectStep(run, 4);
    expect(inspection).toMatchObject({
      step: 4,
      called: [{ name: "bash", arguments: { command: "sed -i 's/1/2/' src/a.js" } }],
      got: [{ step: 5, from: "bash" }],
      effects: { class: "change", files: [{ path: "src/a.js", action: "changed" }], exit_code: 0 },
      evidence: { files: [{ path: "src/a.js", first: 2 }] },
    });
    expect(inspectStep(run, 6)?.effects?.tests).toMatchObject({ failed: 1 });
    const page = printLines(inspectionPage(inspection ?? (undefined as never), { full: false }));
    expect(page).toContain("src/a.js  first touched at step 2");
    expect(inspectStep(run, 99)).toBeUndefined();
  });

  it("cuts long texts unless they are wanted whole", () => {
    const run = shellRun([{ command: "seq 500", answer: Array.from({ length: 500 }, (_, at) => at).join("\n") }]);
    const inspection = inspectStep(run, 0) ?? (undefined as never);
    expect(printLines(inspectionPage(inspection, { full: false }))).toContain("460 more lines");
    expect(inspectionPage(inspection, { full: true }).length).toBeGreaterThan(500);
  });
});
