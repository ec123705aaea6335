import type { Trajectory } from "@culprit/schemas";
import { type Rendered, renderedUpTo, renderTrajectory } from "../../trajectory/render.ts";
import type { AnswerMessage, Prompt } from "../endpoint/client.ts";
import type { Purse } from "../endpoint/cost.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import type { CallFailure } from "../endpoint/failures.ts";
import type { AttributeOptions, StrategyAnswer } from "../strategy.ts";
import { conversation, type Tail } from "./conversation.ts";
import { DEFAULT_MAX_CHARS, fittingChars, smallerBudget } from "./fit.ts";
import type { Read } from "./read-json.ts";
import { template } from "./templates.ts";

export interface JudgeOptions {
  endpoint: Endpoint;
  /** Characters of a run that the first attempt sends at most; about four to a token. */
  maxChars?: number | undefined;
  /**
   * Send the constraint that a question carries. Only for a server with a reasoning parser: without one the constraint
   * holds from the first token and the model cannot think. A server that refuses it is asked again without.
   */
  constrain?: boolean | undefined;
}

/** One thing asked about the run of a session. */
export interface Question<Value> extends Omit<Tail, "groundTruth"> {
  /** Show the run only up to this step. */
  upTo?: number | undefined;
  read: (message: AnswerMessage) => Read<Value>;
  /** Taken where no answer can be read; without it the strategy ends there. */
  otherwise?: Value | undefined;
  /** How often an answer that cannot be read is asked for again; once by default. */
  rereads?: number | undefined;
  /** Body fields that hold the server to the form of the answer. */
  constraint?: object | undefined;
}

export interface Answered<Value> {
  value: Value;
  think: string;
}

/** Why a strategy ends without a blame. */
export class NoVerdict extends Error {
  readonly status: StrategyAnswer["status"];

  constructor(status: StrategyAnswer["status"], reason: string) {
    super(reason);
    this.status = status;
  }
}

/** One attribution's conversation with an endpoint about one run. */
export interface Session {
  readonly trajectory: Trajectory;
  /** Tokens so far, and the model that answered last. */
  readonly spent: Pick<StrategyAnswer, "model" | "input_tokens" | "output_tokens">;
  /** Characters of the run that were left out of the last prompt. */
  cut(): number;
  /** @throws NoVerdict, and the signal's reason */
  ask<Value>(question: Question<Value>): Promise<Answered<Value>>;
  /**
   * Asks all at a time, as far as budget and endpoint allow; the first alone while nothing was asked yet, so that the
   * others find their prefix cached. Answers come in the order of the questions; when one ends the strategy, the
   * others are cancelled.
   */
  askAll<Value>(questions: readonly Question<Value>[]): Promise<Answered<Value>[]>;
}

/** Attempts with a shorter run after one that did not fit. */
const SHRINKS = 2;

export type OpenSession = (trajectory: Trajectory, options?: AttributeOptions) => Session;

/** What strategies of one endpoint ask through. A run's size is found out once, also over the samples of a vote. */
export function createSessions({ endpoint, maxChars = DEFAULT_MAX_CHARS, ...options }: JudgeOptions): OpenSession {
  const sizes = new WeakMap<Trajectory, number>();
  let constrain = options.constrain ?? false;

  return (trajectory, { groundTruth = false, budget = {}, sampling, signal } = {}) => {
    const spent = { model: endpoint.model, input_tokens: 0, output_tokens: 0 };
    const purse: Purse = budget.purse ?? endpoint.purse({ cost: budget.cost, calls: budget.calls });
    let asked = false;
    let shown: { size: number; rendered: Rendered } | undefined;

    const record = async (within: AbortSignal | undefined): Promise<{ size: number; rendered: Rendered }> => {
      let size = sizes.get(trajectory);
      if (size === undefined) {
        const render = (chars: number) =>
          `${template("judge", "system")}\n${renderTrajectory(trajectory, { maxChars: chars }).text}`;
        const { measure, maxTokens } = endpoint;
        size = await fittingChars(render, maxChars, { measure, maxTokens, signal: within });
        sizes.set(trajectory, size);
      }
      if (shown?.size !== size) shown = { size, rendered: renderTrajectory(trajectory, { maxChars: size }) };
      return shown;
    };

    const complete = async (prompt: Prompt, seed: number, constraint: object | undefined, within?: AbortSignal) => {
      const varied = seed === 0 ? {} : { seed };
      const extra = sampling === undefined ? varied : { ...sampling, seed: (sampling.seed ?? 0) + seed };
      const call = { signal: within, purse };
      if (constrain && constraint !== undefined) {
        const result = await endpoint.complete(prompt, { ...call, extra: { ...extra, ...constraint } });
        if (result.ok || result.failure.kind !== "rejected") return result;
        constrain = false;
      }
      return endpoint.complete(prompt, { ...call, extra });
    };

    async function ask<Value>(question: Question<Value>, within = signal): Promise<Answered<Value>> {
      let unread = 0;
      for (let shrunk = 0; ; ) {
        const { size, rendered } = await record(within);
        const text = question.upTo === undefined ? rendered.text : renderedUpTo(rendered, question.upTo);
        const prompt = conversation(text, { ...question, groundTruth: groundTruth ? trajectory.ground_truth : "" });
        const result = await complete(prompt, unread, question.constraint, within);
        asked = true;
        let tooLong: string;
        if (result.ok) {
          spent.model = result.completion.model;
          spent.input_tokens += result.completion.input_tokens;
          spent.output_tokens += result.completion.output_tokens;
          const answer = question.read(result.completion.message);
          if (answer.ok) return answer;
          if (result.completion.finish !== "length") {
            if (unread++ < (question.rereads ?? 1)) continue;
            if (question.otherwise !== undefined) return { value: question.otherwise, think: "" };
            throw new NoVerdict("unparsable_answer", answer.reason);
          }
          tooLong = "The tracer ran out of tokens before it answered.";
        } else if (result.failure.kind === "overflow") tooLong = result.failure.reason;
        else throw noVerdictOf(result.failure);
        const smaller = smallerBudget(prompt.user.length, size, result.ok ? undefined : result.failure);
        if (shrunk++ === SHRINKS || smaller >= size) {
          throw new NoVerdict("too_long", `${tooLong} Shrinking its contents ${shrunk - 1} times did not help.`);
        }
        // Of questions that overflow at the same time the first one shrinks for all.
        if (sizes.get(trajectory) === size) sizes.set(trajectory, smaller);
      }
    }

    async function askAll<Value>(questions: readonly Question<Value>[]): Promise<Answered<Value>[]> {
      const answers: Answered<Value>[] = [];
      const [first] = questions;
      if (first === undefined) return answers;
      let next = 0;
      if (!asked) answers[next++] = await ask(first);
      const stop = new AbortController();
      const within = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
      const lane = async () => {
        for (let at = next++; at < questions.length; at = next++) {
          answers[at] = await ask(questions[at] as Question<Value>, within);
        }
      };
      const lanes = Array.from({ length: Math.max(1, budget.concurrency ?? questions.length) }, () =>
        lane().catch((error: unknown) => {
          stop.abort(error);
          throw error;
        }),
      );
      const ended = (await Promise.allSettled(lanes)).find(({ status }) => status === "rejected");
      if (ended !== undefined) throw stop.signal.reason;
      return answers;
    }

    return { trajectory, spent, cut: () => shown?.rendered.cut ?? 0, ask: (question) => ask(question), askAll };
  };
}

function noVerdictOf(failure: CallFailure): NoVerdict {
  return new NoVerdict(failure.kind === "nonsense" ? "unparsable_answer" : "tracer_unavailable", failure.reason);
}
