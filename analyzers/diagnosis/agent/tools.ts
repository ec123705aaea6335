import type { Step, Trajectory } from "@culprit/schemas";
import { cutMiddle, fenced } from "../../trajectory/fence.ts";
import type { ClassifiedStep } from "../classify.ts";
import type { Diagnosis } from "../diagnosis.ts";
import type { ToolRequest, Verdict } from "./protocol.ts";

/** Longest answer of a tool, in characters. */
export const LONGEST_RESULT = 16_000;
const LONGEST_STEP = 6_000;
const MOST_STEPS = 4;
const MOST_HITS = 30;

/** A view of one run through typed, read-only questions. Pure but for the steps that it has shown. */
export interface Viewer {
  /** The answer to a call, at most {@link LONGEST_RESULT} characters; what the run contains is fenced. */
  answer(call: Exclude<ToolRequest, Verdict>): string;
  /** Steps that were read. */
  readonly inspected: ReadonlySet<number>;
}

/** @param rules the rule diagnosis of the same run, which carries its classes, tree and evidence */
export function createViewer(
  trajectory: Pick<Trajectory, "steps">,
  rules: Diagnosis,
  seen: Iterable<number> = [],
): Viewer {
  const inspected = new Set(seen);
  const stageOf = new Map(rules.stages.flatMap(({ id, steps }) => steps.map((step) => [step, id] as const)));
  const levelOf = new Map(rules.tree.nodes.map(({ step, level }) => [step, level]));

  const line = (own: ClassifiedStep, indent = ""): string => {
    const result = own.results === null ? "" : `, tests ${own.results.passed} passed ${own.results.failed} failed`;
    const head = `${indent}[${own.step}] stage ${stageOf.get(own.step) ?? "-"}, ${own.class}${own.failed ? ", failed" : ""}${result}${inspected.has(own.step) ? ", read" : ""}:`;
    return `${head}\n${fenced(cutMiddle(own.action, 160))}`;
  };

  const answers: {
    [Tool in Exclude<ToolRequest, Verdict>["tool"]]: (call: Extract<ToolRequest, { tool: Tool }>) => string;
  } = {
    list({ from, count }) {
      const shown = rules.steps.filter(({ step }) => step >= from).slice(0, count);
      const last = shown.at(-1);
      const more = last === undefined ? 0 : rules.steps.filter(({ step }) => step > last.step).length;
      return [
        `${rules.steps.length} action steps, of ${trajectory.steps.length} in all.`,
        ...shown.map((own) => line(own)),
        ...(more > 0 ? [`${more} more; list from ${(last?.step ?? 0) + 1}.`] : []),
      ].join("\n");
    },
    read({ from, to = from, offset }) {
      const wanted = rules.steps
        .filter(
          ({ step, observations }) => (step >= from && step <= to) || observations.some((at) => at >= from && at <= to),
        )
        .slice(0, MOST_STEPS);
      if (wanted.length === 0) return `There is no action step from ${from} to ${to}.`;
      return wanted
        .map((own) => {
          inspected.add(own.step);
          return readStep(own, trajectory.steps, wanted.length === 1 ? offset : 0);
        })
        .join("\n");
    },
    search({ text }) {
      const wanted = text.toLowerCase();
      const hits: string[] = [];
      for (const step of trajectory.steps) {
        const at = wholeText(step).toLowerCase().indexOf(wanted);
        if (at < 0) continue;
        const piece = wholeText(step).slice(Math.max(0, at - 60), at + wanted.length + 100);
        hits.push(`[${step.index}] ${step.role}:\n${fenced(piece.replace(/\s+/g, " "))}`);
        if (hits.length >= MOST_HITS) break;
      }
      return hits.length === 0 ? "No step contains it." : hits.join("\n");
    },
    tree: () => rules.steps.map((own) => line(own, "| ".repeat(Math.min(8, levelOf.get(own.step) ?? 0)))).join("\n"),
    diff({ step, path }) {
      const wanted = rules.steps.filter(
        (own) =>
          own.class === "change" &&
          (step === undefined || own.step === step) &&
          (path === undefined || own.files.some((file) => file.path === path || file.path.endsWith(`/${path}`))),
      );
      if (wanted.length === 0) return "No change there.";
      return wanted
        .map(
          (own) =>
            `[${own.step}] takes out:\n${fenced(cutMiddle(own.removed, 1_500))}\nputs in:\n${fenced(cutMiddle(own.added, 3_000))}`,
        )
        .join("\n");
    },
    evidence({ of }) {
      const { files, errors, test_runs, test_changes } = rules.evidence;
      if (of === "files")
        return (
          files
            .map(
              ({ path, first, touches }) =>
                `first touched at [${first}], ${touches.map(({ step, action }) => `${action} [${step}]`).join(", ")}:\n${fenced(path)}`,
            )
            .join("\n") || "No file was touched."
        );
      if (of === "errors")
        return (
          errors
            .map(({ text, steps }) => `seen at ${steps.map((at) => `[${at}]`).join(", ")}:\n${fenced(text)}`)
            .join("\n") || "No error was seen."
        );
      if (of === "tests") {
        return (
          [
            ...test_runs.map(({ step, passed, failed }) => `[${step}] ${passed} passed, ${failed} failed`),
            ...test_changes.map(
              ({ step, test, from, to, after }) =>
                `[${step}] from ${from} to ${to}, after the changes ${after.map((at) => `[${at}]`).join(", ") || "none"}:\n${fenced(test)}`,
            ),
          ].join("\n") || "No test was run."
        );
      }
      const said = [...rules.incorrect, ...rules.unuseful].flatMap(({ findings }) => findings);
      return (
        said
          .map(
            ({ step, kind, rule, confidence, reason }) =>
              `[${step}] ${kind} (${rule}, ${Math.round(confidence * 100)} %):\n${fenced(reason)}`,
          )
          .join("\n") || "The rules suspect nothing."
      );
    },
  };

  return {
    answer(call) {
      const answer = answers[call.tool] as (call: ToolRequest) => string;
      return cutMiddle(answer(call), LONGEST_RESULT, "\n");
    },
    inspected,
  };
}

function readStep(own: ClassifiedStep, steps: readonly Step[], offset: number): string {
  const pieces = [own.step, ...own.observations].flatMap((at) => {
    const step = steps[at];
    if (step === undefined) return [];
    const text = wholeText(step);
    const shown = offset > 0 ? text.slice(offset, offset + LONGEST_STEP) : cutMiddle(text, LONGEST_STEP, "\n");
    return [`[${at}] ${step.role}, ${text.length} characters:\n${fenced(shown)}`];
  });
  return pieces.join("\n");
}

/** What a step says and calls. */
function wholeText(step: Step): string {
  const calls = step.tool_calls
    .map((call) => `${call.name}(${JSON.stringify(call.arguments)})`)
    .filter((call) => !step.content.includes(call));
  return [step.content, ...calls, step.error].filter((text) => text !== "").join("\n");
}
