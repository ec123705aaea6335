import type { Trajectory } from "@culprit/schemas";
import type { Strategy, StrategyAnswer } from "../strategy.ts";
import { createSessions, type JudgeOptions, NoVerdict, type Session } from "./session.ts";
import { type Agreement, speakerOf } from "./speaker.ts";
import { template, versionOf } from "./templates.ts";

/** A strategy's answer before its tokens are counted. */
export type Decision = Omit<StrategyAnswer, "model" | "input_tokens" | "output_tokens">;

export interface JudgeStrategyOptions {
  /** The folder of its templates. */
  name: string;
  /** Names of its templates, and whatever else its answers depend on. */
  templates: readonly string[];
  settings?: readonly (string | number)[];
  decide: (session: Session) => Promise<Decision>;
}

/** A strategy that asks an endpoint: counts its tokens and turns every failure into a status. */
export function judgeStrategy(
  options: JudgeOptions,
  { name, templates, settings = [], decide }: JudgeStrategyOptions,
): Strategy {
  const version = versionOf([
    options.endpoint.model,
    ...["system", "ground-truth", "notes"].map((part) => template("judge", part)),
    ...templates.map((part) => template(name, part)),
    ...settings.map(String),
  ]);
  return { name, version, attribute: attributing(options, decide) };
}

/** {@link judgeStrategy} without a name and version. */
export function attributing(options: JudgeOptions, decide: JudgeStrategyOptions["decide"]): Strategy["attribute"] {
  const open = createSessions(options);
  return async (trajectory, given = {}) => {
    const session = open(trajectory, given);
    try {
      const decided = await decide(session);
      return { ...session.spent, ...decided };
    } catch (error) {
      if (error instanceof NoVerdict) return { ...session.spent, ...noBlame(error.status, error.message) };
      throw error;
    }
  };
}

export function noBlame(status: StrategyAnswer["status"], reason: string): Decision {
  return { status, agent: null, step: null, reason, confidence: 0 };
}

/** How much of a strategy's confidence is left where its answer contradicts the run. */
const TRUST: Record<Agreement, number> = { exact: 1, observation: 0.75, speaker_differs: 0.5 };
const REASON_CHARS = 4_000;

/**
 * The decision that a named agent and step stand for: see {@link speakerOf}.
 *
 * @param pair `agent` is empty where only the step was asked for
 * @param confidence of an answer that fits the run
 */
export function decision(
  session: Pick<Session, "trajectory" | "cut">,
  pair: { agent: string; step: number },
  reason: string,
  confidence: number,
): Decision {
  const spoken = speakerOf(pair, session.trajectory);
  if (spoken.status !== "attributed") return noBlame(spoken.status, spoken.reason);
  const notes: string[] = [];
  if (spoken.agreement === "speaker_differs")
    notes.push("The tracer named another agent than the one who took this step.");
  if (spoken.agreement === "observation") notes.push("The tracer named the observation; its action is blamed.");
  if (session.cut() > 0)
    notes.push(`${session.cut()} characters of the run were left out to fit the tracer's context.`);
  return {
    status: "attributed",
    agent: spoken.agent,
    step: spoken.step,
    reason: [lastPart(reason.trim()), ...notes].filter((text) => text !== "").join("\n"),
    confidence: confidence * TRUST[spoken.agreement],
  };
}

/** Steps that can be blamed, in order. */
export function agentSteps(trajectory: Trajectory): number[] {
  return trajectory.steps.filter(({ role }) => role === "agent").map(({ index }) => index);
}

/** The conclusion of a long thought is at its end. */
function lastPart(think: string): string {
  return think.length <= REASON_CHARS ? think : `… ${think.slice(-REASON_CHARS)}`;
}
