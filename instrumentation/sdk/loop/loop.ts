import { randomUUID } from "node:crypto";
import { type Blame, CulpritError, describeError, feedbackText } from "@culprit/schemas";
import { context } from "@opentelemetry/api";
import { type OutcomeReport, reportOutcome } from "../outcome.ts";
import { type RunOptions, run } from "../run.ts";
import { contextsFollow, currentAgent, type RoundScope, withRound } from "../scope.ts";
import { collectorFeedback } from "./collector-feedback.ts";

/** Who says what went wrong in a failed round: an attribution, or null where nobody is to blame. */
export interface FeedbackSource {
  (failed: {
    traceId: string;
    /** 0-based. */
    round: number;
    signal: AbortSignal | undefined;
  }): Blame | null | Promise<Blame | null>;
  /** Told which later round used a blame. What it throws is logged, and the loop goes on. */
  applied?(use: AppliedBlame): void | Promise<void>;
}

/** A blame that agents of a later round were told. */
export interface AppliedBlame {
  blame: Blame;
  /** The failed round's run. */
  traceId: string;
  /** The run of the round that was told. */
  appliedIn: string;
  /** The agents that asked for it, by name; an empty name is who asked outside of every `agent()`. */
  told: readonly string[];
}

/** What a round is told. */
export interface RoundInput {
  /** 0-based. */
  index: number;
  /** Whom the round before was blamed on; null in the first round and where nobody knows. */
  blame: Blame | null;
  /**
   * What an agent is told about the round before, marked as untrusted; empty where there is nothing for it. Without a
   * name it is the `agent()` around the caller.
   */
  feedbackFor(agent?: string): string;
}

export interface LoopOptions<Result> {
  /** Attempts in all. Default 3, as in the paper. */
  maxRounds?: number;
  /** The task: each round is a `run()` on it. Without it `run` starts one run itself. */
  task?: string | RunOptions;
  /** One attempt of the agent system. */
  run: (round: RoundInput) => Result | Promise<Result>;
  /** Whether an attempt succeeded, reported as its outcome unless the run has reported one. */
  check: (result: Result, round: RoundInput) => boolean | OutcomeReport | Promise<boolean | OutcomeReport>;
  /** Default: the collector's attribution of the failed run. */
  feedback?: FeedbackSource;
  /** Who is told: every agent (the default), or only the one that is blamed. */
  audience?: "team" | "blamed";
  signal?: AbortSignal;
}

/** What became of one round. */
export interface LoopRound {
  /** 0-based. */
  index: number;
  /** Empty when tracing is off. */
  traceId: string;
  success: boolean;
  score: number | null;
  /** What the attempt threw; a round that throws has failed. */
  error?: unknown;
  /** Whom it was blamed on, told to the next round. */
  blame: Blame | null;
  /** Why there is no blame for a failed round. */
  no_blame?: string;
}

export interface LoopResult<Result> {
  success: boolean;
  /** Of the last round; undefined when that threw. */
  result: Result | undefined;
  rounds: LoopRound[];
  /** `culprit.loop.id` of every round's root span. */
  loopId: string;
}

/**
 * The self-correction loop of AgenTracer, section 5.3: an attempt that fails is attributed, and the attribution is told
 * to the next attempt, until one succeeds or the rounds are used up. Each round is a run of its own, linked to the one
 * before. Rounds without an attribution go on without feedback, and say why.
 *
 * @throws what `check` throws; CulpritError `no_run` when a round starts no run
 */
export async function loop<Result>(options: LoopOptions<Result>): Promise<LoopResult<Result>> {
  const { maxRounds = 3, feedback = collectorFeedback(), signal } = options;
  const loopId = randomUUID();
  const rounds: LoopRound[] = [];
  let result: Result | undefined;
  let previous: RoundScope["previous"];
  let blame: Blame | null = null;
  let failed = "";
  for (let index = 0; index < maxRounds; index++) {
    signal?.throwIfAborted();
    const scope: RoundScope = { loopId, index, previous, run: undefined };
    const told = new Set<string>();
    const attempt = await attemptOnce(options, scope, inputOf(index, blame, options.audience, told));
    result = attempt.result;
    previous = scope.run?.root.spanContext() ?? previous;
    const { success, score = null } = attempt.report;
    const round: LoopRound = { index, traceId: traceIdOf(scope), success, score, blame: null };
    if ("error" in attempt) round.error = attempt.error;
    rounds.push(round);
    if (blame !== null && told.size > 0 && failed !== "" && round.traceId !== "") {
      await sayApplied(feedback, { blame, traceId: failed, appliedIn: round.traceId, told: [...told] });
    }
    failed = round.traceId;
    if (success) break;
    if (index + 1 === maxRounds) break;
    blame = null;
    try {
      if (round.traceId === "") throw new CulpritError("tracing_off", "Tracing is off.");
      blame = await feedback({ traceId: round.traceId, round: index, signal });
      if (blame === null) round.no_blame = "Nobody is blamed.";
    } catch (error) {
      signal?.throwIfAborted();
      round.no_blame = describeError(error);
    }
    round.blame = blame;
  }
  return { success: rounds.at(-1)?.success ?? false, result, rounds, loopId };
}

interface Attempt<Result> {
  result: Result | undefined;
  report: OutcomeReport;
  error?: unknown;
}

async function attemptOnce<Result>(
  { task, run: attempt, check }: LoopOptions<Result>,
  scope: RoundScope,
  input: RoundInput,
): Promise<Attempt<Result>> {
  const outside = context.active();
  const within = withRound(outside, scope);
  let threw: { error: unknown } | undefined;
  const guarded = async (): Promise<Result> => {
    try {
      return await attempt(input);
    } catch (error) {
      threw = { error };
      throw error;
    }
  };
  // What a check does (ask a judge, run tests) is no step of the run it checks.
  const checked = async (made: Result) => toReport(await context.with(outside, () => check(made, input)));
  try {
    if (task === undefined) {
      const result = await context.with(within, guarded);
      requireRun(scope);
      const report = await checked(result);
      if (scope.run !== undefined && !scope.run.reported) await reportLater(scope.run.traceId, report);
      return { result, report };
    }
    let report: OutcomeReport = { success: false };
    const { result } = await context.with(within, () =>
      run(task, async () => {
        const made = await guarded();
        report = await checked(made);
        await reportOutcome(report);
        return made;
      }),
    );
    return { result, report };
  } catch (error) {
    if (threw === undefined) throw error;
    return { result: undefined, report: { success: false }, error: threw.error };
  }
}

function toReport(verdict: boolean | OutcomeReport): OutcomeReport {
  return typeof verdict === "boolean" ? { success: verdict } : verdict;
}

function requireRun({ run: started }: RoundScope): void {
  if (started !== undefined || !contextsFollow()) return;
  throw new CulpritError("no_run", "A round of the loop started no run.", {
    mend: "Give loop a task, or call run() inside of its run function.",
  });
}

/** The verdict is the caller's in any case; that the collector could not be told is no reason to end the loop. */
async function reportLater(traceId: string, report: OutcomeReport): Promise<void> {
  if (/^0+$/.test(traceId)) return;
  try {
    await reportOutcome(report, { traceId });
  } catch (error) {
    console.error(`culprit: the outcome of run ${traceId} was not delivered. ${describeError(error)}`);
  }
}

async function sayApplied(feedback: FeedbackSource, use: AppliedBlame): Promise<void> {
  try {
    await feedback.applied?.(use);
  } catch (error) {
    console.error(
      `culprit: that run ${use.appliedIn} was told of ${use.traceId} was not noted. ${describeError(error)}`,
    );
  }
}

function traceIdOf({ run: started }: RoundScope): string {
  return started === undefined || /^0+$/.test(started.traceId) ? "" : started.traceId;
}

function inputOf(
  index: number,
  blame: Blame | null,
  audience: "team" | "blamed" = "team",
  told: Set<string> = new Set(),
): RoundInput {
  const text = blame === null ? "" : feedbackText(blame);
  return {
    index,
    blame,
    feedbackFor: (agent = currentAgent()) => {
      // A blame without a name can be aimed at nobody.
      const everybody = audience === "team" || blame?.agent === null;
      if (!everybody && agent !== blame?.agent) return "";
      if (text !== "") told.add(agent);
      return text;
    },
  };
}
