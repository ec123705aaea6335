import { CulpritError, STRATEGY_NAMES, type StrategyName } from "@culprit/schemas";
import { createRules } from "../diagnosis/rules-strategy.ts";
import { createA2p } from "./a2p/a2p.ts";
import { createAllAtOnce } from "./all-at-once/all-at-once.ts";
import { createBinarySearch } from "./binary-search/binary-search.ts";
import { createCandidates } from "./candidates/candidates.ts";
import type { Endpoint } from "./endpoint/endpoint.ts";
import { createGraph } from "./graph/graph.ts";
import type { JudgeOptions } from "./judge/session.ts";
import { createRaffles } from "./raffles/raffles.ts";
import type { Ranker } from "./ranker/ranker.ts";
import { createStepByStep } from "./step-by-step/step-by-step.ts";
import type { Strategy } from "./strategy.ts";
import { createTracer } from "./tracer/tracer.ts";
import { createVote } from "./vote/vote.ts";

/** What strategies are made of. */
export interface StrategyParts {
  ranker: Ranker;
  /** Absent: only what needs none can be made. One for all strategies: they share its slots, breaker and money. */
  endpoint?: Endpoint | undefined;
  constrain?: boolean | undefined;
  maxChars?: number | undefined;
  voteSamples?: number | undefined;
}

export interface StrategyEntry {
  summary: string;
  needsEndpoint: boolean;
  /** Calls for one run of n agent steps, answers that had to be asked for again not counted. */
  calls: string;
  create(parts: StrategyParts): Strategy;
}

function judged(
  make: (options: JudgeOptions, parts: StrategyParts) => Strategy,
  calls: string,
  summary: string,
): StrategyEntry {
  return { summary, needsEndpoint: true, calls, create: (parts) => make(judgeOptions(parts), parts) };
}

/** Every strategy there is. */
export const STRATEGIES: Record<StrategyName, StrategyEntry> = {
  ranker: {
    summary: "learned ranking of the steps, embedded",
    needsEndpoint: false,
    calls: "0",
    create: ({ ranker }) => ranker,
  },
  tracer: judged(createTracer, "1", "AgenTracer's protocol"),
  "all-at-once": judged(createAllAtOnce, "1", "the numbered run in one question, strict JSON"),
  "step-by-step": judged(createStepByStep, "1 to n", "each step as it came, the first yes"),
  "binary-search": judged(createBinarySearch, "⌈log2 n⌉", "halves the run, all of it in sight"),
  a2p: judged(createA2p, "1", "abduct, act, predict"),
  raffles: judged(createRaffles, "4 to 8", "a judge, three evaluators, critique memory"),
  candidates: judged(
    (options, { ranker }) => createCandidates({ ...options, prior: (trajectory) => ranker.chances(trajectory) }),
    "min(n, 24) + 1",
    "flags steps, then ranks the flagged with the ranker as prior",
  ),
  graph: judged(createGraph, "1 to 12", "backwards from the result, along spans and values"),
  vote: {
    summary: "the majority of several samples; vote:NAME of another strategy than the tracer",
    needsEndpoint: true,
    calls: "samples × its strategy's",
    create: (parts) => voteOf("tracer", parts, "vote"),
  },
  rules: {
    summary: "rules over what a code agent did and what came back, embedded",
    needsEndpoint: false,
    calls: "0",
    create: () => createRules(),
  },
};

/** Whether a strategy of this name asks a model. */
export function needsEndpoint(name: string): boolean {
  return entryOf(name).needsEndpoint;
}

/**
 * The strategy of a name, `vote:NAME` included.
 *
 * @throws CulpritError `usage` for a name there is not, or one that needs an endpoint where there is none
 */
export function createStrategy(name: string, parts: StrategyParts): Strategy {
  const entry = entryOf(name);
  if (entry.needsEndpoint && parts.endpoint === undefined) {
    throw new CulpritError("usage", `The strategy ${name} is not available.`, { mend: "Set CULPRIT_TRACER_URL." });
  }
  return entry.create(parts);
}

function entryOf(name: string): StrategyEntry {
  const voter = /^vote:(.+)$/.exec(name)?.[1];
  if (voter !== undefined && isName(voter) && voter !== "vote" && STRATEGIES[voter].needsEndpoint) {
    return { ...STRATEGIES.vote, create: (parts) => voteOf(voter, parts) };
  }
  if (isName(name)) return STRATEGIES[name];
  throw new CulpritError("usage", `The strategy ${name} is not available.`, {
    mend: `There are: ${STRATEGY_NAMES.join(", ")}, vote:NAME.`,
  });
}

function isName(name: string): name is StrategyName {
  return (STRATEGY_NAMES as readonly string[]).includes(name);
}

function voteOf(voter: StrategyName, parts: StrategyParts, name?: string): Strategy {
  const strategy = STRATEGIES[voter].create(parts);
  return createVote({ strategy, name, endpoint: judgeOptions(parts).endpoint, samples: parts.voteSamples });
}

function judgeOptions({ endpoint, constrain, maxChars }: StrategyParts): JudgeOptions {
  if (endpoint === undefined) throw new TypeError("a strategy that asks a model needs an endpoint");
  return { endpoint, constrain, maxChars };
}
