import type { AttributionStatus, Trajectory } from "@culprit/schemas";
import type { CallResult, Prompt } from "../../attribution/endpoint/client.ts";
import type { Purse } from "../../attribution/endpoint/cost.ts";
import type { Endpoint } from "../../attribution/endpoint/endpoint.ts";
import type { CallFailure } from "../../attribution/endpoint/failures.ts";
import { readJson } from "../../attribution/judge/read-json.ts";
import { splitThinking } from "../../attribution/judge/split-thinking.ts";
import { template, versionOf } from "../../attribution/judge/templates.ts";
import { cutMiddle, fenced } from "../../trajectory/fence.ts";
import { diagnoseByRules } from "../diagnose-by-rules.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { type Compactions, compact } from "./compact.ts";
import { type Conversation, charsOf, type Exchange, promptOf } from "./conversation.ts";
import { createMeter } from "./meter.ts";
import { TOOL_NAMES, toolCallSchema, type Verdict } from "./protocol.ts";
import type { DiagnosisState, StateFile } from "./state.ts";
import { createViewer } from "./tools.ts";
import { diagnosisOf, objections, withoutObjectionable } from "./verdict.ts";

export interface DiagnoseOptions {
  endpoint: Endpoint;
  /** Turns of the model in all; its verdict is asked for before they run out. */
  maxTurns?: number | undefined;
  /** Tokens read and written in all. */
  maxTokens?: number | undefined;
  /** Ceiling in the currency of the endpoint's prices. */
  cost?: number | undefined;
  /** Tokens that a prompt may take; what the server says holds where it says less. */
  contextTokens?: number | undefined;
  /** What is known of such runs, in sentences of ours. */
  memory?: readonly string[] | undefined;
  /** Where the diagnosis is kept while it is under way, to go on from. */
  state?: StateFile | undefined;
  signal?: AbortSignal | undefined;
  onTurn?: ((turn: number, tool: string) => void) | undefined;
}

export interface ModelDiagnosis {
  diagnosis: Diagnosis;
  /** Why the rules answered in the model's place; null where the model did. */
  degraded: { cause: AttributionStatus; reason: string } | null;
  /** All that was said, in order. */
  transcript: readonly Exchange[];
  input_tokens: number;
  output_tokens: number;
  calls: number;
  /** In the currency of the endpoint's prices. */
  cost: number;
  compactions: Compactions;
  /** Labels that were refused because their step had not been read. */
  refusals: number;
  model: string;
}

const MAX_TURNS = 40;
const MAX_TOKENS = 2_000_000;
/** As CodeTracer's: what a context of 128,000 holds beside the answer. */
const CONTEXT_TOKENS = 115_000;
/** Answers in a row that are no call. */
const UNREADABLE = 4;
const REFUSALS = 3;
const LONGEST_CALL = 20_000;

/**
 * A diagnosis by a model that explores the run through read-only tools, one call a turn. It must have read each step
 * that it labels. Nothing that the run says can make it act: there is nothing to act with. Where the model gives none,
 * the rules' diagnosis stands in its place, marked as degraded.
 *
 * @throws the signal's reason when `signal` aborts; every other failure is in the result
 */
export async function diagnoseWithModel(trajectory: Trajectory, options: DiagnoseOptions): Promise<ModelDiagnosis> {
  const { endpoint, signal, state: file } = options;
  const maxTurns = options.maxTurns ?? MAX_TURNS;
  const instruction = template("../diagnosis/agent", "instruction");
  const rules = diagnoseByRules(trajectory);
  const opening = openingOf(trajectory, rules, options.memory ?? []);
  const key = versionOf([
    endpoint.model,
    instruction,
    opening,
    JSON.stringify(trajectory.steps.map(({ content, tool_calls }) => [content, tool_calls])),
  ]);
  const kept = (await file?.load(key)) ?? null;
  const state: DiagnosisState = kept ?? {
    key,
    summary: "",
    exchanges: [],
    transcript: [],
    inspected: [],
    refusals: 0,
    spent: { input: 0, output: 0, calls: 0, cost: 0 },
    compactions: { summaries: 0, windows: 0, failures: 0 },
  };
  const viewer = createViewer(trajectory, rules, state.inspected);
  const meter = createMeter(state.spent);
  const before = state.spent.cost;
  const purse: Purse = endpoint.purse({
    cost: options.cost === undefined ? undefined : Math.max(0, options.cost - before),
  });
  const failedInARow = { count: 0 };
  let model = endpoint.model;
  let budget = options.contextTokens ?? CONTEXT_TOKENS;
  let conversation: Conversation = { system: instruction, opening, summary: state.summary, exchanges: state.exchanges };

  const ask = async (prompt: Prompt): Promise<CallResult> => {
    const result = await endpoint.complete(prompt, { signal, purse });
    if (result.ok) {
      model = result.completion.model;
      const chars =
        prompt.system.length +
        prompt.user.length +
        (prompt.turns ?? []).reduce((sum, { content }) => sum + content.length, 0);
      meter.reported(chars, result.completion.input_tokens, result.completion.output_tokens);
    }
    return result;
  };
  const shrink = async (): Promise<boolean> => {
    const shorter = await compact(conversation, {
      instruction: template("../diagnosis/agent", "summary-instruction"),
      ask,
      counts: state.compactions,
      failedInARow,
    });
    meter.shortened();
    if (shorter === null) return false;
    conversation = shorter;
    return true;
  };
  const save = async () => {
    Object.assign(state, {
      summary: conversation.summary,
      exchanges: [...conversation.exchanges],
      inspected: [...viewer.inspected],
      spent: { input: meter.input, output: meter.output, calls: meter.calls, cost: before + purse.spent },
    });
    await file?.save(state);
  };
  const ended = (diagnosis: Diagnosis, degraded: ModelDiagnosis["degraded"]): ModelDiagnosis => ({
    diagnosis,
    degraded,
    transcript: state.transcript,
    input_tokens: meter.input,
    output_tokens: meter.output,
    calls: meter.calls,
    cost: before + purse.spent,
    compactions: state.compactions,
    refusals: state.refusals,
    model,
  });
  const instead = async (cause: AttributionStatus, reason: string): Promise<ModelDiagnosis> => {
    await save();
    return ended(
      {
        ...rules,
        attribution: { ...rules.attribution, input_tokens: meter.input, output_tokens: meter.output, model },
      },
      { cause, reason },
    );
  };
  const accepted = async (verdict: Verdict): Promise<ModelDiagnosis> => {
    await file?.remove();
    return ended(
      diagnosisOf(verdict, trajectory, rules, { model, input_tokens: meter.input, output_tokens: meter.output }),
      null,
    );
  };

  let unreadable = 0;
  let refused = 0;
  while (state.transcript.length < maxTurns) {
    signal?.throwIfAborted();
    if (meter.input + meter.output >= (options.maxTokens ?? MAX_TOKENS)) {
      return await instead(
        "too_long",
        `The diagnosis used its ${options.maxTokens ?? MAX_TOKENS} tokens without a verdict.`,
      );
    }
    if (meter.expected(charsOf(conversation)) > budget) {
      if (await shrink()) continue;
    }
    const result = await ask(promptOf(conversation));
    if (!result.ok) {
      if (result.failure.kind !== "overflow") return await instead(statusOf(result.failure), result.failure.reason);
      budget = smaller(budget, meter.expected(charsOf(conversation)), result.failure);
      if (await shrink()) continue;
      return await instead("too_long", result.failure.reason);
    }
    const { message } = result.completion;
    const call = cutMiddle(splitThinking(message).final.trim() || (message.content ?? ""), LONGEST_CALL);
    const request = readJson(message, toolCallSchema);
    const turns = maxTurns - state.transcript.length - 1;
    let answer: string;
    if (!request.ok) {
      if (++unreadable >= UNREADABLE) return await instead("unparsable_answer", request.reason);
      answer = `That is no call of a tool. Answer with one JSON object whose "tool" is one of ${TOOL_NAMES.join(", ")}, and nothing after it.`;
    } else if (request.value.tool === "finish") {
      const against = objections(request.value, rules, viewer.inspected);
      if (against.length === 0) {
        state.transcript.push({ call, result: "The verdict was taken." });
        return await accepted(request.value);
      }
      state.refusals++;
      // A model that won't read is not asked for ever: what it has read counts, the rest does not.
      if (++refused >= REFUSALS || turns === 0) {
        state.transcript.push({ call, result: `Taken without what was refused. ${against.join(" ")}` });
        return await accepted(withoutObjectionable(request.value, rules, viewer.inspected));
      }
      answer = `Refused. ${against.join(" ")}`;
    } else {
      unreadable = 0;
      answer = viewer.answer(request.value);
    }
    options.onTurn?.(state.transcript.length + 1, request.ok ? request.value.tool : "?");
    if (turns <= 3)
      answer += turns === 1 ? "\nThe next turn is the last: answer with finish." : `\n${turns} turns are left.`;
    state.transcript.push({ call, result: answer });
    conversation = { ...conversation, exchanges: [...conversation.exchanges, { call, result: answer }] };
    await save();
  }
  return await instead("too_long", `The diagnosis used its ${maxTurns} turns without a verdict.`);
}

function openingOf(trajectory: Trajectory, rules: Diagnosis, memory: readonly string[]): string {
  const stages = rules.stages.map(({ id, kind, from, to }) => `stage ${id}: ${kind}, [${from}] to [${to}]`);
  const feedback =
    trajectory.outcome.feedback === ""
      ? ""
      : `What its check said:\n${fenced(cutMiddle(trajectory.outcome.feedback, 4_000))}\n`;
  const known =
    memory.length === 0
      ? ""
      : `What was found in other runs of such agents, which may not hold here:\n${memory.join("\n")}\n`;
  return `The task of the run:\n${fenced(cutMiddle(trajectory.task, 8_000, "\n"))}\nIts outcome: ${trajectory.outcome.outcome}.\n${feedback}It has ${rules.steps.length} action steps:\n${cutMiddle(stages.join("\n"), 4_000, "\n")}\n${known}Begin.`;
}

/** The room there seems to be after a prompt that did not fit: what the server names, else three quarters of it. */
function smaller(budget: number, tried: number, failure: CallFailure): number {
  const named = failure.kind === "overflow" ? failure.limit : undefined;
  const guess = Math.floor(0.75 * Math.min(budget, tried));
  return Math.max(1, named === undefined ? guess : Math.min(guess, Math.floor(0.9 * named)));
}

function statusOf(failure: CallFailure): AttributionStatus {
  return failure.kind === "nonsense" ? "unparsable_answer" : "tracer_unavailable";
}
