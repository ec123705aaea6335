import type { Endpoint } from "../endpoint/endpoint.ts";
import { versionOf } from "../judge/templates.ts";
import type { Strategy, StrategyAnswer } from "../strategy.ts";

export interface VoteOptions {
  /** Who is asked again and again. */
  strategy: Strategy;
  /** Whose limits hold for all samples of a run together. */
  endpoint: Pick<Endpoint, "purse">;
  /** `vote:` and the strategy's by default. */
  name?: string | undefined;
  samples?: number | undefined;
  /** Of every sample; high enough that they differ. */
  temperature?: number | undefined;
}

const SAMPLES = 5;
const TEMPERATURE = 0.8;

/**
 * Self-consistency (arXiv 2203.11171) over any strategy that samples: the step most samples blame. The first sample
 * alone, so that the others find its prefix cached, then all at a time. A tie goes to the more confident samples, then
 * to the earlier step. Samples that name nobody count against everybody; where none does, the answer is the first one's.
 */
export function createVote({ strategy, endpoint, ...options }: VoteOptions): Strategy {
  const { name = `vote:${strategy.name}`, samples = SAMPLES, temperature = TEMPERATURE } = options;
  return {
    name,
    version: versionOf([strategy.version, String(samples), String(temperature)]),
    async attribute(trajectory, given = {}) {
      const budget = { ...given.budget, purse: given.budget?.purse ?? endpoint.purse(given.budget) };
      const base = given.sampling?.seed ?? 0;
      const sample = (at: number) =>
        strategy.attribute(trajectory, {
          ...given,
          budget,
          sampling: { temperature, seed: base + at * SEED_STRIDE },
        });
      const first = await sample(0);
      const rest = first.status === "tracer_unavailable" || first.status === "too_long" ? [] : others(samples);
      const answers = [first, ...(await Promise.all(rest.map(sample)))];
      return { ...elected(answers, samples), ...spent(answers) };
    },
  };
}

/** Strategies count up from a seed where they ask again. */
const SEED_STRIDE = 1_000;

function others(samples: number): number[] {
  return Array.from({ length: Math.max(0, samples - 1) }, (_, at) => at + 1);
}

function elected(answers: readonly StrategyAnswer[], samples: number): StrategyAnswer {
  const ballots = new Map<number, StrategyAnswer[]>();
  for (const answer of answers) {
    if (answer.step !== null) ballots.set(answer.step, [...(ballots.get(answer.step) ?? []), answer]);
  }
  const [winner] = [...ballots].sort(
    ([leftStep, left], [rightStep, right]) =>
      right.length - left.length || weight(right) - weight(left) || leftStep - rightStep,
  );
  const [first] = answers;
  if (winner === undefined) return first as StrategyAnswer;
  const [, votes] = winner;
  const best = votes.reduce((left, right) => (right.confidence > left.confidence ? right : left));
  return {
    ...best,
    // Laplace's rule with two imagined samples against: unanimity of a few is no certainty.
    confidence: votes.length / (samples + 2),
    reason: `${votes.length} of ${samples} samples agree.\n${best.reason}`,
  };
}

function weight(votes: readonly StrategyAnswer[]): number {
  return votes.reduce((sum, { confidence }) => sum + confidence, 0);
}

function spent(answers: readonly StrategyAnswer[]): Pick<StrategyAnswer, "input_tokens" | "output_tokens"> {
  const sum = (key: "input_tokens" | "output_tokens") => answers.reduce((total, answer) => total + answer[key], 0);
  return { input_tokens: sum("input_tokens"), output_tokens: sum("output_tokens") };
}
