import type { Interceptor, ObservedAnswer, ServedAnswer, StepCall } from "@culprit/instrumentation";
import { type AttributeValue, CulpritError, type Step, type Trajectory } from "@culprit/schemas";
import { type Action, actionOf, comparableAction } from "./action.ts";
import type { Purse } from "./budget.ts";
import { canonicalJson, chatRequest, type ScrubRule, toolRequest } from "./canonical.ts";
import { DriftError } from "./drift.ts";
import { Tape } from "./tape.ts";

export interface ReplayerOptions {
  trajectory: Trajectory;
  /** t. */
  target: number;
  /** a'_t. */
  intervention: Action;
  rules?: readonly ScrubRule[] | undefined;
  purse?: Purse | undefined;
}

/**
 * R(τ, t, a') inside one process: calls recorded before step t are answered from the record, tools included; the call
 * recorded as step t is answered with the intervention; every other call goes live. A call that was not recorded, made
 * while everything so far came from the record, is drift: it and all calls after it fail.
 */
export class Replayer implements Interceptor {
  readonly #trajectory: Trajectory;
  readonly #tape: Tape;
  readonly #rules: readonly ScrubRule[] | undefined;
  readonly #target: number;
  readonly #intervention: Action;
  readonly #purse: Purse | undefined;
  readonly #liveSteps = new Map<StepCall, Step>();
  #reached = false;
  #stopped: string | null = null;
  #drift: string | null = null;
  #sameAnswers = true;
  #liveCalls = 0;
  #refused: string | null = null;

  constructor({ trajectory, target, intervention, rules, purse }: ReplayerOptions) {
    this.#trajectory = trajectory;
    this.#tape = new Tape(trajectory, rules);
    this.#rules = rules;
    this.#target = target;
    this.#intervention = intervention;
    this.#purse = purse;
  }

  async intercept(call: StepCall): Promise<ServedAnswer | undefined> {
    if (this.#stopped !== null) throw new DriftError(this.#stopped);
    const request =
      call.kind === "chat"
        ? chatRequest(call.agent, call.messages, this.#rules)
        : toolRequest(call.name, call.arguments, this.#rules);
    const entry = this.#tape.take(request);
    if (entry === null && !this.#reached && this.#liveCalls === 0) {
      this.#drift = this.#tape.describe(request, this.#target);
      this.stop(this.#drift);
      throw new DriftError(this.#drift);
    }
    if (entry === null || entry.step.index > this.#target) {
      this.#liveCalls++;
      if (call.kind === "chat") this.#pay();
      if (entry !== null) this.#liveSteps.set(call, entry.step);
      return undefined;
    }
    if (entry.step.index < this.#target) return recordedAnswer(entry.step);
    this.#reached = true;
    return { kind: "chat", source: "intervention", ...this.#intervention };
  }

  #pay(): void {
    const reason = this.#purse?.call() ?? null;
    if (reason === null) return;
    this.#refused = reason;
    this.stop(reason);
    throw new CulpritError("budget_spent", reason, { mend: "Raise the budget, or go on from what was replayed." });
  }

  observed(call: StepCall, answer: ObservedAnswer): void {
    if (answer.usage !== undefined) this.#purse?.used(answer.usage);
    const step = this.#liveSteps.get(call);
    this.#liveSteps.delete(call);
    if (step === undefined || !sameAnswer(step, call.kind, answer)) this.#sameAnswers = false;
  }

  /** Fails every call from now on. */
  stop(reason: string): void {
    this.#stopped ??= reason;
  }

  /** Why a live call was not paid for; null when all were. */
  refused(): string | null {
    return this.#refused;
  }

  /** Where the run departed from the record; null when it did not. */
  drifted(): string | null {
    return this.#drift === null ? null : `The system no longer does what the recorded run did. ${this.#drift}`;
  }

  /** Why this replay says nothing about step t; null when it does. Ask once the run is over. */
  invalid(): string | null {
    const drifted = this.drifted();
    if (drifted !== null) return drifted;
    const [missing] = this.#tape.missing(this.#target);
    if (missing === undefined) return null;
    const { index, agent } = missing.step;
    return index === this.#target
      ? `Step ${index} (${agent}) was never asked again, so the intervention was not served.`
      : `The system no longer does what the recorded run did. Step ${index} (${agent}) was not asked again.`;
  }

  /** Every recorded call was made again, no other was, and each live one was answered as recorded. */
  reproduced(): boolean {
    const { steps } = this.#trajectory;
    return this.#sameAnswers && this.#liveSteps.size === 0 && this.#tape.missing(steps.at(-1)?.index ?? 0).length === 0;
  }
}

function sameAnswer(
  step: Step,
  kind: StepCall["kind"],
  { content = "", tool_calls = [], result }: ObservedAnswer,
): boolean {
  if (kind === "chat") return comparableAction(actionOf(step)) === comparableAction({ content, tool_calls });
  return canonicalJson(recordedResult(step)) === canonicalJson(result ?? null);
}

function recordedAnswer(step: Step): ServedAnswer {
  const action = actionOf(step);
  if (step.error !== "" && step.content === "" && step.result === undefined) {
    throw new CulpritError("recorded_failure", step.error, { mend: "The recorded run failed here as well." });
  }
  if (step.role === "agent") return { kind: "chat", source: "recorded", ...action };
  return { kind: "tool", source: "recorded", result: recordedResult(step) };
}

function recordedResult(step: Step): AttributeValue {
  if (step.result !== undefined) return step.result;
  return step.content === "" ? null : step.content;
}
