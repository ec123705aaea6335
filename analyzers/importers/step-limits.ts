import { cutMiddle } from "../trajectory/fence.ts";
import type { ParsedRun, ParsedStep } from "./format.ts";

/** Most characters of one text of a step: what a collector takes in one value, with room to spare. */
const LONGEST_TEXT = 1_000_000;
/** Most steps of one run. */
const MOST_STEPS = 100_000;

/** A run whose texts and steps fit the store; what had to go is said in its warnings. */
export function boundedRun(run: ParsedRun): ParsedRun {
  if (run.spans !== undefined) return run;
  let cut = 0;
  const short = (text: string): string => {
    if (text.length <= LONGEST_TEXT) return text;
    cut++;
    return cutMiddle(text, LONGEST_TEXT, "\n");
  };
  const steps = run.steps.slice(0, MOST_STEPS).map((step): ParsedStep => {
    const { content, reasoning, input } = step;
    if (content.length + (reasoning?.length ?? 0) + (input?.length ?? 0) <= LONGEST_TEXT) return step;
    return {
      ...step,
      content: short(content),
      ...(reasoning === undefined ? {} : { reasoning: short(reasoning) }),
      ...(input === undefined ? {} : { input: short(input) }),
    };
  });
  const task = short(run.task);
  const warnings = [
    ...run.warnings,
    ...(cut > 0 ? [`${cut} texts of more than ${LONGEST_TEXT} characters lost their middle.`] : []),
    ...(run.steps.length > MOST_STEPS ? [`Steps after the first ${MOST_STEPS} were left out.`] : []),
  ];
  return { ...run, task, steps, warnings };
}
