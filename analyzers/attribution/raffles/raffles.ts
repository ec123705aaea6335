import { z } from "zod";
import { jsonConstraint } from "../judge/constraint.ts";
import { type Decision, decision, judgeStrategy } from "../judge/judge-strategy.ts";
import { readJson, score, stepNumber } from "../judge/read-json.ts";
import { type JudgeOptions, NoVerdict, type Session } from "../judge/session.ts";
import { filled, template } from "../judge/templates.ts";
import type { Strategy } from "../strategy.ts";

export interface RafflesOptions extends JudgeOptions {
  /** Most candidates that are proposed. */
  rounds?: number | undefined;
  /** A candidate whose scores sum to this, of 400, ends the search. */
  stopAt?: number | undefined;
}

const ROUNDS = 2;
const STOP_AT = 350;
const EVALUATORS = ["fault", "primacy", "decisiveness"] as const;

const text = z.string().default("");
const proposalSchema = z.object({
  fault: text,
  primacy: text,
  decisiveness: text,
  agent: z.string(),
  step: stepNumber,
});
type Proposal = z.infer<typeof proposalSchema>;
const evaluationSchema = z.object({ critique: text, score });
type Evaluation = z.infer<typeof evaluationSchema>;

/** A proposal with what was said of it. */
interface Candidate {
  decision: Decision;
  /** Sum of the evaluators' scores and the rule check: 0 to 400. */
  score: number;
  memory: string;
}

/**
 * A judge proposes, three evaluators score the proposal (fault, primacy, decisiveness) and a rule checks it against the
 * record; their critique is the judge's memory in the next round. The best-scored candidate wins. 4 calls a round, the
 * evaluators at a time. (RAFFLES, EACL 2026: K = 2, stop at 350 of 400.)
 */
export function createRaffles(options: RafflesOptions): Strategy {
  const { rounds = ROUNDS, stopAt = STOP_AT } = options;
  return judgeStrategy(options, {
    name: "raffles",
    templates: ["judge-instruction", "judge-question", "evaluator-instruction", ...EVALUATORS.map(questionOf)],
    settings: [rounds, stopAt],
    async decide(session) {
      const candidates: Candidate[] = [];
      for (let round = 0; round < rounds; round++) {
        const candidate = await oneRound(session, candidates).catch((error: unknown) => {
          // What was found before the endpoint, the money or the context gave out is still the best there is.
          if (error instanceof NoVerdict && candidates.some(named)) return undefined;
          throw error;
        });
        if (candidate === undefined) break;
        candidates.push(candidate);
        if (candidate.score >= stopAt) break;
      }
      const [best] = candidates.toSorted(
        (left, right) => Number(named(right)) - Number(named(left)) || right.score - left.score,
      );
      if (best === undefined) throw new RangeError("raffles needs at least one round");
      return best.decision;
    },
  });
}

async function oneRound(session: Session, before: readonly Candidate[]): Promise<Candidate> {
  const { value: proposal } = await session.ask({
    instruction: template("raffles", "judge-instruction"),
    notes: before.map(({ memory }) => memory).join("\n\n"),
    question: template("raffles", "judge-question"),
    read: (message) => readJson(message, proposalSchema),
    constraint: jsonConstraint(proposalSchema),
  });
  const ruled = decision(session, proposal, reasonOf(proposal), 1);
  if (ruled.step === null) {
    // A step or agent that is not in the run: nothing for the evaluators to look at.
    return {
      decision: ruled,
      score: 0,
      memory: memoryOf(proposal, proposal.step, [`rule check (0): ${ruled.reason}`]),
    };
  }
  const step = ruled.step;
  const evaluations = await session.askAll<Evaluation>(
    EVALUATORS.map((evaluator) => ({
      instruction: template("raffles", "evaluator-instruction"),
      notes: `Proposal: step ${step}\n${reasonOf(proposal)}`,
      question: filled(template("raffles", questionOf(evaluator)), { step }),
      read: (message) => readJson(message, evaluationSchema),
      otherwise: { critique: "", score: 0 },
    })),
  );
  // The rule check: how well the named pair agrees with the record, 0 to 100.
  const rule = 100 * ruled.confidence;
  const total = evaluations.reduce((sum, { value }) => sum + value.score, rule);
  const remarks = evaluations.map(({ value }, at) => `${EVALUATORS[at]} (${value.score}): ${value.critique}`);
  return {
    decision: { ...ruled, confidence: confidenceOf(total) },
    score: total,
    memory: memoryOf(proposal, step, [...remarks, `rule check (${rule})`]),
  };
}

function questionOf(evaluator: (typeof EVALUATORS)[number]): string {
  return `${evaluator}-question`;
}

function named({ decision: { step } }: Candidate): boolean {
  return step !== null;
}

/** Published step accuracies are 52 and 28 % for the candidates it settles on; a doubted one is worth less. */
function confidenceOf(total: number): number {
  return 0.45 * (total / 400);
}

function reasonOf({ fault, primacy, decisiveness }: Proposal): string {
  return [fault, primacy, decisiveness].filter((said) => said !== "").join("\n");
}

function memoryOf(proposal: Proposal, step: number, remarks: readonly string[]): string {
  return [`Candidate: step ${step}. ${proposal.fault}`, ...remarks].join("\n");
}
