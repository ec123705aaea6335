import type { Oracle } from "@culprit/analyzers";
import type { Step, Trajectory } from "@culprit/schemas";
import { recordedMessage } from "../scripted-endpoint/chat.ts";
import type { Project } from "./projects/project.ts";
import { answerOf, FLAWLESS, nextAct, type Story, turnsOf } from "./scripted/policy.ts";

/**
 * What the flawless agent does where a recorded one stood, given the very messages of that step; null where it does
 * the same. It looks at one step alone and knows neither story nor outcome.
 */
export function shellOracle(project: Project): Oracle {
  return ({ step }) => {
    const right = actAt(FLAWLESS, project, step);
    if (right === null || right.command === commandOf(step)) return null;
    const { content, tool_calls } = answerOf(right, step.index);
    const calls = tool_calls.map(({ id, name }) => ({ id, name, arguments: { command: right.command } }));
    return { content, tool_calls: calls };
  };
}

/** The mistakes of an attempt, known by construction. */
export interface SeededSteps {
  /** Steps at which its story's fault made the agent act otherwise; the first one is the decisive one. */
  incorrect: number[];
  /** Steps of a slip that changed nothing. */
  unuseful: number[];
}

/** Where a story departs from the flawless one, from the two policies alone and no replay. */
export function seededSteps(story: Story, project: Project, trajectory: Pick<Trajectory, "steps">): SeededSteps {
  const found: SeededSteps = { incorrect: [], unuseful: [] };
  for (const step of trajectory.steps) {
    const right = step.role === "agent" ? actAt(FLAWLESS, project, step) : null;
    const calm = step.role === "agent" ? actAt({ ...story, slip: false }, project, step) : null;
    if (right === null || calm === null) continue;
    if (calm.command !== right.command) found.incorrect.push(step.index);
    else if (commandOf(step) !== right.command) found.unuseful.push(step.index);
  }
  return found;
}

function actAt(story: Story, project: Project, step: Step) {
  if (step.input.length === 0) return null;
  return nextAct(story, project, turnsOf(step.input.map(recordedMessage)));
}

function commandOf({ tool_calls }: Step): string {
  const given = tool_calls[0]?.arguments;
  return typeof given === "object" && given !== null && !Array.isArray(given) ? String(given["command"] ?? "") : "";
}
