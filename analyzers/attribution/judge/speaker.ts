import type { Step, Trajectory } from "@culprit/schemas";
import { fencedName } from "../../trajectory/fence.ts";

/** How a parsed answer names its step. */
export type Agreement =
  /** The agent named is the one who took the step. */
  | "exact"
  /** Somebody else took the step: the step holds, and the blame goes to who took it. */
  | "speaker_differs"
  /** The step is the observation of the named agent's action: the action is blamed. */
  | "observation";

/** A blame that fits the run, or why a named pair does not. */
export type Spoken =
  | { status: "attributed"; agent: string; step: number; agreement: Agreement }
  | { status: "unknown_agent" | "unknown_step"; reason: string };

/**
 * The blame that an agent and a step named by a model stand for: the agent is the speaker of the step. Names are
 * matched without regard to case, spaces, underscores and hyphens, never by parts. An agent that is not in the run and
 * a step that is not an agent's are refusals, not guesses. Where the named agent exists but did not take the named
 * step, the step wins: it is what a replay can test. Pure.
 *
 * @param pair `agent` may be empty where only the step was asked for
 */
export function speakerOf(pair: { agent: string; step: number }, trajectory: Trajectory): Spoken {
  const said = trajectory.steps[pair.step];
  const names = matchingNames(pair.agent, trajectory.steps);
  const unnamed = pair.agent === "";
  if (names.size === 0 && !unnamed) {
    return { status: "unknown_agent", reason: `The tracer named “${pair.agent}”, who is no agent of this run.` };
  }
  if (said === undefined) {
    const last = trajectory.steps.length - 1;
    return { status: "unknown_step", reason: `The tracer named step ${pair.step}; this run has steps 0 to ${last}.` };
  }
  if (said.role === "agent") {
    const agreement = unnamed || names.has(said.agent) ? "exact" : "speaker_differs";
    return { status: "attributed", agent: said.agent, step: said.index, agreement };
  }
  const action = said.role === "environment" ? actionBefore(trajectory.steps, said.index) : undefined;
  if (action !== undefined && (unnamed || names.has(action.agent))) {
    return { status: "attributed", agent: action.agent, step: action.index, agreement: "observation" };
  }
  return { status: "unknown_step", reason: `The tracer named step ${pair.step}, which is no agent's (${said.role}).` };
}

/** Without the quotes, brackets and emphasis models like to put around a value. */
export function bare(text: string): string {
  return text.trim().replace(/^[\s"'`*<[({“]+|[\s"'`*>\])}”.]+$/g, "");
}

function matchingNames(named: string, steps: readonly Step[]): Set<string> {
  const agents = new Set(steps.filter(({ role }) => role === "agent").map(({ agent }) => agent));
  const wanted = [named, fencedName(named)];
  for (const exact of agents) if (wanted.includes(exact) || wanted.includes(fencedName(exact))) return new Set([exact]);
  const key = nameKey(named);
  return new Set([...agents].filter((agent) => nameKey(agent) === key || nameKey(bare(fencedName(agent))) === key));
}

function nameKey(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/g, "");
}

function actionBefore(steps: readonly Step[], index: number): Step | undefined {
  for (let at = index - 1; at >= 0; at--) if (steps[at]?.role === "agent") return steps[at];
  return undefined;
}
