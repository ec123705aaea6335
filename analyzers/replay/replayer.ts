import type { Interceptor, ObservedAnswer, ServedAnswer, StepCall, ToolExecution } from "@culprit/instrumentation";
import { type AttributeValue, CulpritError, type Step, type Trajectory } from "@culprit/schemas";
import { type Action, actionOf, comparableAction } from "./action.ts";
import type { Purse } from "./budget.ts";
import { canonicalJson, chatRequest, requestKey, type ScrubRule, toolRequest } from "./canonical.ts";
import { DriftError } from "./drift.ts";
import { type Sees, Tape, type TapeEntry } from "./tape.ts";

const NO_CALL = "No model call arrived: the system makes none, or does not use the base URL it is given.";

export interface ReplayerOptions {
  trajectory: Trajectory;
  /** t. */
  target: number;
  /** a'_t. */
  intervention: Action;
  rules?: readonly ScrubRule[] | undefined;
  purse?: Purse | undefined;
  /** `models` behind a gateway. Default `everything`. */
  sees?: Sees | undefined;
  /** Tools after t. Default `live`. */
  tools?: ToolPolicy | undefined;
  /** Model calls that ask after t what the recorded run asked are answered from the record as well. */
  reuse?: boolean | undefined;
}

/**
 * What becomes of a tool execution after t. A function is a sandbox: it answers in the tool's place. A forbidden tool
 * ends the replay as `unknown`.
 */
export type ToolPolicy =
  | "live"
  | "recorded-if-same-arguments"
  | "forbid"
  | ((call: ToolExecution) => AttributeValue | Promise<AttributeValue>);

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
  readonly #options: Pick<ReplayerOptions, "purse" | "sees" | "tools" | "reuse">;
  /** What was served last for a request, for clients that ask again because they lost the answer. */
  readonly #served = new Map<string, ServedAnswer>();
  readonly #liveSteps = new Map<StepCall, Step>();
  #reached = false;
  #stopped: string | null = null;
  #drift: string | null = null;
  #sameAnswers = true;
  #calls = 0;
  #liveCalls = 0;
  #refused: string | null = null;

  constructor({ trajectory, target, intervention, rules, ...options }: ReplayerOptions) {
    this.#trajectory = trajectory;
    this.#tape = new Tape(trajectory, { rules, sees: options.sees });
    this.#rules = rules;
    this.#target = target;
    this.#intervention = intervention;
    this.#options = options;
  }

  async intercept(call: StepCall): Promise<ServedAnswer | undefined> {
    if (this.#stopped !== null) throw new DriftError(this.#stopped);
    this.#calls++;
    const request = this.#requestOf(call);
    const key = requestKey(request);
    if (call.kind === "chat" && (call.retry ?? 0) > 0) {
      const again = this.#served.get(key);
      if (again !== undefined) return again;
    }
    const entry = this.#tape.take(request);
    if (entry === null && !this.#reached && this.#liveCalls === 0) {
      this.#drift = this.#tape.describe(request, this.#target);
      this.stop(this.#drift);
      throw new DriftError(this.#drift);
    }
    const served = await this.#answer(call, entry);
    if (served !== undefined) this.#served.set(key, served);
    return served;
  }

  #requestOf(call: StepCall): string[] {
    if (call.kind === "tool") return toolRequest(call.name, call.arguments, this.#rules);
    return chatRequest(this.#options.sees === "models" ? "" : call.agent, call.messages, this.#rules);
  }

  async #answer(call: StepCall, entry: TapeEntry | null): Promise<ServedAnswer | undefined> {
    if (entry !== null && entry.step.index < this.#target) {
      // Half of a stream is no answer: behind a gateway the client saw it break.
      if (this.#options.sees === "models" && entry.step.error !== "") throw recordedFailure(entry.step);
      return recordedAnswer(entry.step);
    }
    if (entry !== null && entry.step.index === this.#target) {
      this.#reached = true;
      return { kind: "chat", source: "intervention", ...this.#intervention };
    }
    return call.kind === "tool" ? this.#tool(call, entry) : this.#chat(call, entry);
  }

  #chat(call: StepCall, entry: TapeEntry | null): ServedAnswer | undefined {
    if (entry !== null && this.#options.reuse === true && entry.step.error === "") return recordedAnswer(entry.step);
    this.#wentLive(call, entry);
    const reason = this.#options.purse?.call() ?? null;
    if (reason !== null) this.#refuse(reason);
    return undefined;
  }

  async #tool(call: ToolExecution, entry: TapeEntry | null): Promise<ServedAnswer | undefined> {
    const { tools = "live" } = this.#options;
    if (tools === "recorded-if-same-arguments" && entry !== null) return recordedAnswer(entry.step);
    if (tools === "forbid") this.#refuse(`The tool ${call.name} must not run after the intervention.`);
    if (typeof tools !== "function") return void this.#wentLive(call, entry);
    this.#sameAnswers = false;
    return { kind: "tool", source: "intervention", result: await tools(call) };
  }

  #wentLive(call: StepCall, entry: TapeEntry | null): void {
    this.#liveCalls++;
    if (entry !== null) this.#liveSteps.set(call, entry.step);
  }

  #refuse(reason: string): never {
    this.#refused = reason;
    this.stop(reason);
    throw new CulpritError("replay_refused", reason, { mend: "This replay is over." });
  }

  observed(call: StepCall, answer: ObservedAnswer): void {
    if (answer.usage !== undefined) this.#options.purse?.used(answer.usage);
    const step = this.#liveSteps.get(call);
    this.#liveSteps.delete(call);
    if (step === undefined || !sameAnswer(step, call.kind, answer)) this.#sameAnswers = false;
  }

  /** Fails every call from now on. */
  stop(reason: string): void {
    this.#stopped ??= reason;
  }

  /** Why a call was not allowed, by the budget or the tool policy; null when all were. */
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
    if (this.#calls === 0) return NO_CALL;
    const [missing] = this.#tape.missing(this.#target);
    if (missing === undefined)
      return this.#reached ? null : `Step ${this.#target} is a call that failed and was repeated.`;
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

function recordedFailure(step: Step): CulpritError {
  return new CulpritError("recorded_failure", step.error, { mend: "The recorded run failed here as well." });
}

function recordedAnswer(step: Step): ServedAnswer {
  const action = actionOf(step);
  if (step.error !== "" && step.content === "" && step.result === undefined) throw recordedFailure(step);
  if (step.role === "agent") return { kind: "chat", source: "recorded", ...action };
  return { kind: "tool", source: "recorded", result: recordedResult(step) };
}

function recordedResult(step: Step): AttributeValue {
  if (step.result !== undefined) return step.result;
  return step.content === "" ? null : step.content;
}
