import { type Message, messageText } from "@culprit/schemas";
import { clip, named, percent } from "../output.ts";
import type { Inspection } from "./inspection.ts";
import { type Line, piece, textLines } from "./lines.ts";

export interface PageOptions {
  /** Whole texts; else what is longer than a screen is cut. */
  full: boolean;
}

const MOST_LINES = 40;
const REASON = 400;

/** A step as a page of text: what was said, called and got, what it did, what is held against it, and what it saw. */
export function inspectionPage(inspection: Inspection, options: PageOptions): Line[] {
  return [
    heading(inspection),
    ...marks(inspection),
    ...section(inspection.role === "agent" ? "said" : "answered", cut(textLines(inspection.said), options)),
    ...section(
      "called",
      inspection.called.flatMap((call) => callLines(call, options)),
    ),
    ...inspection.got.flatMap((got) =>
      section("got", cut(textLines(got.text), options), `step ${got.step}, ${named(got.from)}`),
    ),
    ...section("error", textLines(inspection.error, "red")),
    ...section("effects", effectLines(inspection)),
    ...section("evidence", evidenceLines(inspection)),
    ...section("held against it", againstLines(inspection)),
    ...section("seen", seenLines(inspection, options), `${inspection.seen.messages} messages, the new ones below`),
  ];
}

/** What a step did, alone: said and called, or answered. */
export function actionPage({ role, said, called }: Inspection, options: PageOptions): Line[] {
  const text = cut(textLines(said), options);
  if (role !== "agent") return text;
  return [...(said.trim() === "" ? [] : text), ...called.flatMap((call) => callLines(call, options))];
}

function heading({ step, agent, role, effects, model, duration_ms, input_tokens, output_tokens }: Inspection): Line {
  const tokens = input_tokens + output_tokens > 0 ? `  ${input_tokens} → ${output_tokens} tokens` : "";
  return [
    piece(`step ${step}`, "bold"),
    piece(`  ${named(agent)}`, role === "agent" ? "cyan" : "dim"),
    piece(effects === null ? `  ${role}` : `  ${effects.class}`, effects?.failed ? "red" : "plain"),
    piece(`  ${clip(model, 40)}${model === "" ? "" : "  "}${Math.round(duration_ms)} ms${tokens}`, "dim"),
  ];
}

function marks({ attributions, annotations }: Inspection): Line[] {
  return [
    ...annotations
      .filter(({ verdict }) => verdict === "confirmed")
      .map(({ evidence }) => [piece(`◀ decisive (${evidence})`, "red")]),
    ...(attributions.length > 0
      ? [[piece(`◀ predicted by ${clip(attributions.map(({ strategy }) => strategy).join(", "), 80)}`, "red")]]
      : []),
  ];
}

function section(title: string, lines: readonly Line[], note = ""): Line[] {
  if (lines.length === 0 || lines.every((line) => line.every(({ text }) => text.trim() === ""))) return [];
  return [[], [piece(title, "bold"), piece(note === "" ? "" : `  ${note}`, "dim")], ...lines];
}

function seenLines({ seen }: Inspection, options: PageOptions): Line[] {
  return seen.new.flatMap((message) => [
    [piece(`  ${clip(message.role, 20)}`, "magenta")],
    ...cut(textLines(textOf(message), "plain", "    "), options),
  ]);
}

function textOf(message: Message): string {
  return messageText(message);
}

function callLines({ name, arguments: given }: Inspection["called"][number], options: PageOptions): Line[] {
  const head: Line = [piece(`  ${named(name)}`, "cyan")];
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return [
      head,
      ...cut(textLines(typeof given === "string" ? given : JSON.stringify(given), "plain", "    "), options),
    ];
  }
  return [
    head,
    ...Object.entries(given).flatMap(([key, value]) => [
      [piece(`    ${clip(key, 40)}`, "dim")],
      ...cut(textLines(typeof value === "string" ? value : JSON.stringify(value), "plain", "      "), options),
    ]),
  ];
}

function effectLines({ effects }: Inspection): Line[] {
  if (effects === null) return [];
  const { stage, level, parent, files, searches, runs, tests, exit_code } = effects;
  const place = `  ${effects.classes.join(", ")}${stage === null ? "" : `, stage ${stage}`}, level ${level}${parent === null ? "" : ` below step ${parent}`}`;
  return [
    [piece(place)],
    ...files.map(({ path, action }) => [
      piece(`  ${action.padEnd(8)}`, action === "read" ? "dim" : "yellow"),
      piece(` ${clip(path, 120)}`),
    ]),
    ...searches.map((search) => [piece("  searched ", "dim"), piece(clip(search, 120))]),
    ...runs.map((run) => [piece("  ran      ", "dim"), piece(clip(run, 120))]),
    ...(tests === null
      ? []
      : [
          [
            piece("  tests    ", "dim"),
            piece(`${tests.passed} passed`, "green"),
            piece(`, ${tests.failed} failed`, tests.failed > 0 ? "red" : "dim"),
            piece(tests.failing.length === 0 ? "" : `: ${clip(tests.failing.join(", "), 160)}`),
          ],
        ]),
    ...(exit_code === null ? [] : [[piece(`  exit code ${exit_code}`, exit_code === 0 ? "dim" : "red")]]),
  ];
}

function evidenceLines({ step, evidence }: Inspection): Line[] {
  const other = (steps: readonly number[]) => steps.filter((one) => one !== step);
  return [
    ...evidence.files.map(({ path, first, touches }) => {
      const others = other([...new Set(touches.map((touch) => touch.step))]);
      const known = first === step ? "first touched here" : `first touched at step ${first}`;
      return [piece(`  ${clip(path, 80)}`, "cyan"), piece(`  ${known}${also(others)}`)];
    }),
    ...evidence.errors.map(({ text, first, steps }) => [
      piece(`  ${clip(text, 100)}`, "red"),
      piece(`  ${first === step ? "first seen here" : `first seen at step ${first}`}${also(other(steps))}`),
    ]),
    ...evidence.tests.map(({ step: at, test, from, to, after }) => [
      piece(`  ${clip(test === "" ? "the tests" : test, 80)}`, "cyan"),
      piece(`  ${from} → `),
      piece(to, to === "passed" ? "green" : "red"),
      piece(`  at step ${at}${after.length === 0 ? "" : `, after the changes of ${listed(after)}`}`),
    ]),
  ];
}

function againstLines({ step, findings, attributions, annotations, replays }: Inspection): Line[] {
  return [
    ...findings.map(({ rule, step: at, kind, confidence, reason }) => [
      piece(`  ${rule}`, kind === "incorrect" ? "red" : "yellow"),
      piece(`  ${at === step ? kind : `of step ${at}`}, ${percent(confidence)}. ${clip(reason, REASON)}`),
    ]),
    ...attributions.map(({ strategy, confidence, reason }) => [
      piece(`  ${clip(strategy, 40)}`, "red"),
      piece(`  predicted, ${percent(confidence)}. ${clip(reason, REASON)}`),
    ]),
    ...annotations.map(({ evidence, verdict, reason }) => [
      piece(`  ${evidence}`, verdict === "confirmed" ? "red" : "green"),
      piece(`  ${verdict}. ${clip(reason, REASON)}`),
    ]),
    ...replays.map(({ status, intervention, replay_trace_id, reason }) => [
      piece("  replay", "cyan"),
      piece(`  ${intervention.kind} → `),
      piece(status, status === "success" ? "green" : status === "failure" ? "red" : "yellow"),
      piece(`  ${replay_trace_id}  ${clip(reason, 120)}`, "dim"),
    ]),
  ];
}

function also(steps: readonly number[]): string {
  return steps.length === 0 ? "" : `, also at ${listed(steps)}`;
}

function listed(steps: readonly number[]): string {
  const shown = steps.slice(0, 8).join(", ");
  return `${steps.length === 1 ? "step" : "steps"} ${shown}${steps.length > 8 ? ", …" : ""}`;
}

function cut(lines: Line[], { full }: PageOptions): Line[] {
  if (full || lines.length <= MOST_LINES) return lines;
  const left = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES), [piece(`    … ${left} more lines (--full)`, "dim")]];
}
