import type { Trajectory } from "@culprit/schemas";
import { z } from "zod";
import { agentSteps, decision, judgeStrategy } from "../judge/judge-strategy.ts";
import { readJson, score, stepNumber } from "../judge/read-json.ts";
import type { JudgeOptions, Session } from "../judge/session.ts";
import { filled, template } from "../judge/templates.ts";
import { yesOrNo } from "../judge/yes-or-no.ts";
import type { Strategy } from "../strategy.ts";

/** Probability of each agent step, by its index, to be the decisive one. */
export type StepPrior = (trajectory: Trajectory) => ReadonlyMap<number, number>;

export interface CandidatesOptions extends JudgeOptions {
  /** Such as the ranker's probabilities; absent: all steps alike. */
  prior?: StepPrior | undefined;
  /** Steps that are asked about, the most probable first. */
  most?: number | undefined;
}

const MOST = 24;
/** Candidates whether flagged or not. */
const UNFLAGGED = 2;
/** How much the prior counts beside the judge, as the exponent of a product of experts. */
const PRIOR_WEIGHT = 0.5;

const flagSchema = z.object({ reason: z.string().default(""), flag: yesOrNo });
type Flag = z.infer<typeof flagSchema>;
const rankingSchema = z.object({
  reason: z.string().default(""),
  scores: z.array(z.object({ step: stepNumber, score })).min(1),
});

/**
 * Flags single steps (a good generator of candidates and a bad first hit: the true step is among the flagged in about
 * 70 % of Who&When), then ranks the flagged against each other, with the prior as second opinion. As many calls as
 * agent steps, at most {@link CandidatesOptions.most}, all over one cached prefix, and one for the ranking.
 */
export function createCandidates(options: CandidatesOptions): Strategy {
  const { most = MOST, prior = alike } = options;
  return judgeStrategy(options, {
    name: "candidates",
    templates: ["flag-instruction", "flag-question", "rerank-instruction", "rerank-question"],
    settings: [most, UNFLAGGED, PRIOR_WEIGHT],
    async decide(session) {
      const chances = prior(session.trajectory);
      const chance = (step: number) => chances.get(step) ?? 0;
      const probable = agentSteps(session.trajectory).toSorted((left, right) => chance(right) - chance(left));
      const asked = probable.slice(0, most).toSorted((left, right) => left - right);
      const flags = await flag(session, asked);
      const flagged = asked.filter((_, at) => flags[at]?.flag === true);
      const shortlist = [...new Set([...flagged, ...probable.slice(0, UNFLAGGED)])].sort((left, right) => left - right);
      const reasons = new Map(asked.map((step, at) => [step, flags[at]?.reason ?? ""]));
      const notes = shortlist.map((step) => {
        const said = flagged.includes(step) ? (reasons.get(step) ?? "") : "not flagged, but probable by its features";
        return `Step ${step}: ${said}`;
      });
      const { value } = await session.ask({
        instruction: template("candidates", "rerank-instruction"),
        notes: notes.join("\n"),
        question: filled(template("candidates", "rerank-question"), { steps: shortlist.join(", ") }),
        read: (message) => readJson(message, rankingSchema),
      });
      const scores = new Map(value.scores.map((one) => [one.step, one.score / 100]));
      const floor = 1 / (10 * Math.max(1, probable.length));
      const weights = shortlist.map((step) => (scores.get(step) ?? 0) * Math.max(chance(step), floor) ** PRIOR_WEIGHT);
      const best = weights.indexOf(Math.max(...weights));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const step = shortlist[best] ?? 0;
      const reason = [reasons.get(step) ?? "", value.reason].filter((said) => said !== "").join("\n");
      return decision(
        session,
        { agent: "", step },
        reason,
        total === 0 ? 0 : HIT_RATE * ((weights[best] ?? 0) / total),
      );
    },
  });
}

/** The true step is flagged in about 7 of 10 runs. */
const HIT_RATE = 0.7;

async function flag(session: Session, steps: readonly number[]): Promise<Flag[]> {
  const answers = await session.askAll<Flag>(
    steps.map((step) => ({
      instruction: template("candidates", "flag-instruction"),
      question: filled(template("candidates", "flag-question"), { step }),
      read: (message) => readJson(message, flagSchema),
      otherwise: { reason: "", flag: false },
    })),
  );
  return answers.map(({ value }) => value);
}

function alike(trajectory: Trajectory): ReadonlyMap<number, number> {
  const steps = agentSteps(trajectory);
  return new Map(steps.map((step) => [step, 1 / steps.length]));
}
