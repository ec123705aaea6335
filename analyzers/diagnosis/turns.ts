import type { Step, Trajectory } from "@culprit/schemas";
import { type Action, blockAction, CODE_LANGUAGES, toolAction } from "./tools/actions.ts";
import { codeBlocks, taggedCalls } from "./tools/blocks.ts";

/** What an agent did in one step, and what came back. */
export interface Turn {
  /** 0-based position among the turns of the run. */
  ordinal: number;
  /** The agent's step. */
  step: number;
  agent: string;
  actions: Action[];
  /** Steps that answered it. */
  observations: number[];
  /** Their texts, one under the other. */
  observed: string;
  /** An error status of the step or of what answered it. */
  error: string;
  /** The exit status that the source recorded of the last program; null where none is. */
  exit_code: number | null;
}

/**
 * The turns of a run: every agent step that acts (calls a tool, writes a code block that is run), and, where none does,
 * every agent step. What stands between one agent step and the next answers it. Pure.
 */
export function turnsOf(trajectory: Pick<Trajectory, "steps">): Turn[] {
  const all: Turn[] = [];
  for (const [at, step] of trajectory.steps.entries()) {
    if (step.role === "agent") {
      const answered = trajectory.steps[at + 1]?.role === "environment";
      all.push({
        ordinal: 0,
        step: at,
        agent: step.agent,
        actions: actionsOf(step, answered),
        observations: [],
        observed: "",
        error: step.error,
        exit_code: null,
      });
      continue;
    }
    const turn = all.at(-1);
    if (turn === undefined) continue;
    turn.observations.push(at);
    turn.observed += `${turn.observed === "" ? "" : "\n"}${step.content}`;
    turn.error ||= step.error;
    turn.exit_code = step.exit_code ?? turn.exit_code;
  }
  const acting = all.filter(({ actions }) => actions.length > 0);
  return (acting.length > 0 ? acting : all).map((turn, ordinal) => ({ ...turn, ordinal }));
}

function actionsOf(step: Step, answered: boolean): Action[] {
  if (step.tool_calls.length > 0) return step.tool_calls.map((call) => toolAction(call, "").action);
  const calls = taggedCalls(step.content);
  if (calls.length > 0) return calls.map((call) => toolAction(call, "").action);
  const actions: Action[] = [];
  for (const { language, code } of codeBlocks(step.content)) {
    // Code in prose is only an action where something executed it.
    if (CODE_LANGUAGES.has(language) && !answered) continue;
    const action = blockAction(language, code, "")?.action;
    if (action !== undefined) actions.push(action);
  }
  return actions;
}
