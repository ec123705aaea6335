import { CulpritError, type Message, messageText, type Step, type Trajectory, textMessage } from "@culprit/schemas";
import { type Action, actionOf } from "../action.ts";

/** One turn of a recorded shell agent. */
export interface RecordedTurn {
  step: Step;
  action: Action;
  /** What the agent was told its command did; null where that is not recorded. */
  observation: string | null;
}

/**
 * A run as its shell agent's turns.
 *
 * @throws CulpritError `not_a_shell_run` for a run of several agents: only the one that is corrected could go on
 */
export function recordedTurns({ trace_id, steps }: Trajectory): RecordedTurn[] {
  const own = steps.filter((step) => step.role === "agent" && !(step.error !== "" && step.content === ""));
  const agents = [...new Set(own.map(({ agent }) => agent))];
  if (agents.length !== 1) {
    const many = agents.length === 0 ? "no agent" : `several agents (${agents.slice(0, 5).join(", ")})`;
    throw new CulpritError("not_a_shell_run", `Run ${trace_id} has ${many}; a workspace is one agent's.`, {
      mend: "Start the system itself, with --command or --target.",
    });
  }
  return own.map((step, at) => ({ step, action: actionOf(step), observation: observed(steps, step, own[at + 1]) }));
}

/** What follows the step in the run, else what the next request says that was not said before. */
function observed(steps: readonly Step[], step: Step, next: Step | undefined): string | null {
  const from = steps.indexOf(step) + 1;
  const until = next === undefined ? steps.length : steps.indexOf(next);
  const answers = steps.slice(from, until).filter(({ role }) => role === "environment");
  if (answers.length > 0) return answers.map(({ content }) => content).join("\n");
  const told = next?.input.slice(step.input.length + 1).filter(({ role }) => role === "user" || role === "tool");
  return told === undefined || told.length === 0 ? null : told.map(messageText).join("\n");
}

/**
 * The run with what each step was asked, where the source recorded only what was said: the task, then every turn so
 * far. Steps that have their own input keep it.
 */
export function withInputs(trajectory: Trajectory): Trajectory {
  const { steps, task } = trajectory;
  if (steps.every((step) => step.role !== "agent" || step.input.length > 0)) return trajectory;
  const said: Message[] = [];
  let open: string[] = [];
  const opening = steps.filter((step) => step.role === "user");
  if (opening.length === 0) said.push(textMessage("user", task));
  return {
    ...trajectory,
    steps: steps.map((step) => {
      if (step.role === "user") said.push(textMessage("user", step.content));
      if (step.role === "environment") said.push(answer(step, open));
      if (step.role !== "agent") return step;
      const input = step.input.length > 0 ? step.input : [...said];
      said.push(asMessage(step));
      open = step.tool_calls.map(({ id }) => id);
      return { ...step, input };
    }),
  };
}

function answer(step: Step, open: string[]): Message {
  const id = open.shift();
  if (id === undefined) return textMessage("user", step.content);
  return { role: "tool", parts: [{ type: "tool_call_response", id, response: step.content }] };
}

function asMessage(step: Step): Message {
  const { content, tool_calls } = actionOf(step);
  return {
    role: "assistant",
    parts: [
      ...(content === "" ? [] : [{ type: "text", content }]),
      ...tool_calls.map(({ id, name, arguments: given }) => ({ type: "tool_call", id, name, arguments: given })),
    ],
  };
}
