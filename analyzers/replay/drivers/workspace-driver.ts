import { setMaxListeners } from "node:events";
import { type Message, type ToolCall, type Trajectory, textMessage } from "@culprit/schemas";
import { type Action, comparableAction } from "../action.ts";
import { DriftError } from "../drift.ts";
import { isSubmission, type ObservationStyle, observationStyle } from "../workspace/observation.ts";
import { type RecordedTurn, recordedTurns } from "../workspace/recorded-turns.ts";
import { resultDrift } from "../workspace/result-drift.ts";
import type { CommandResult } from "../workspace/run-command.ts";
import { shellAction } from "../workspace/shell-actions.ts";
import { type ShellModel, shellModel, toolOf } from "../workspace/shell-model.ts";
import type { Steady } from "../workspace/volatile.ts";
import { openWorkspace, type Workspace, type WorkspaceOptions } from "../workspace/workspace.ts";
import type { Ended, ExternalContext, ExternalDriver } from "./external.ts";

export interface WorkspaceDriverOptions extends WorkspaceOptions {
  trajectory: Trajectory;
  /** The task's own check: it alone says whether a replay succeeded. */
  check: WorkspaceCheck;
  /** Commands after the corrected step, at most. Default 30. */
  maxSteps?: number | undefined;
  /** The model that goes on. The recorded one when not given. */
  model?: string | undefined;
  apiKey?: string | undefined;
  /** What else commands print that means nothing when it differs. */
  volatile?: Steady | undefined;
}

export interface WorkspaceCheck {
  /** Exit code 0 is success. */
  command: string;
  /** A folder copied over the workspace before the check, such as hidden tests and the originals of visible ones. */
  files?: string | undefined;
  /** Default: 0, and any other. */
  exitCodes?: { success: number; failure: number } | undefined;
}

/** What a shell says when the check itself could not be started. */
const NOT_STARTED = new Set([126, 127]);
const LONGEST_REPORT = 4000;
const DEFAULT_MAX_STEPS = 30;

/**
 * A recorded shell agent, without its program: its workspace is made anew from the base, every recorded command is
 * executed again in it, and what they print is compared with the record. Once the agent is answered something else than
 * recorded, it goes on by itself: its own model is asked, its commands run in the same workspace. Then the check decides.
 *
 * Before the corrected step a result that is not the recorded one is drift and ends the replay; after it, it is simply
 * what the agent sees.
 */
export function workspaceDriver(options: WorkspaceDriverOptions): ExternalDriver {
  const turns = recordedTurns(options.trajectory);
  return async (context) => {
    const workspace = await openWorkspace(options);
    // One listener a call and command: many are no leak.
    setMaxListeners(0, context.signal);
    try {
      await new ShellRun(options, turns, workspace, context).go();
      return { outcome: await decide(options.check, workspace, context.signal), answer: "" };
    } finally {
      await workspace.close();
    }
  };
}

class ShellRun {
  readonly #options: WorkspaceDriverOptions;
  readonly #turns: readonly RecordedTurn[];
  readonly #workspace: Workspace;
  readonly #context: ExternalContext;
  readonly #style: ObservationStyle;
  readonly #ask: ShellModel;

  constructor(
    options: WorkspaceDriverOptions,
    turns: readonly RecordedTurn[],
    workspace: Workspace,
    context: ExternalContext,
  ) {
    this.#options = options;
    this.#turns = turns;
    this.#workspace = workspace;
    this.#context = context;
    this.#style = observationStyle(turns.flatMap(({ observation }) => observation ?? []));
    const agent = turns[0]?.step.agent ?? "";
    this.#ask = shellModel({
      baseUrl: `${context.runUrl}${agent === "" ? "" : `/agents/${encodeURIComponent(agent)}`}/v1`,
      model: options.model ?? turns.findLast(({ step }) => step.model !== "")?.step.model ?? "model",
      apiKey: options.apiKey,
      tool: toolOf(turns.map(({ action }) => action)),
    });
  }

  async go(): Promise<void> {
    const conversation = await this.#follow();
    if (conversation !== null) await this.#goOn(conversation);
  }

  /** Along the record, as long as the agent is answered and sees what it was; then its conversation so far. */
  async #follow(): Promise<Message[] | null> {
    for (const [at, turn] of this.#turns.entries()) {
      const { step } = turn;
      const answer = await this.#ask(step.input, this.#context.signal);
      const same = comparableAction(answer) === comparableAction(turn.action);
      const told = await this.#do(answer, same && step.index < this.#context.step ? turn : null);
      const asRecorded = same && told.drift(turn) === null;
      if (told.over) return null;
      if (!asRecorded) return [...step.input, ...told.messages];
      if (at === this.#turns.length - 1) return null;
    }
    return null;
  }

  async #goOn(conversation: Message[]): Promise<void> {
    const { maxSteps = DEFAULT_MAX_STEPS } = this.#options;
    for (let steps = 0; steps < maxSteps; steps++) {
      const told = await this.#do(await this.#ask(conversation, this.#context.signal), null);
      if (told.over) return;
      conversation.push(...told.messages);
    }
  }

  /**
   * Does what an answer asks for.
   *
   * @param recorded the turn it must repeat; null when it is free
   * @throws DriftError when a recorded turn does not repeat
   */
  async #do(answer: Action, recorded: RecordedTurn | null): Promise<Told> {
    const action = shellAction(answer);
    if (action.kind === "end") return { over: true, messages: [], drift: () => null };
    if (action.kind === "foreign") {
      if (recorded !== null) throw new DriftError(foreignTool(recorded, action.tool));
      const told = `There is no tool ${action.tool} here; use the shell.`;
      return { over: false, messages: conversed(answer, told), drift: () => told };
    }
    if (action.kind === "note") return { over: false, messages: conversed(answer, "Noted."), drift: () => null };
    const result = await this.#workspace.run(action.command, { signal: this.#context.signal });
    this.#context.signal.throwIfAborted();
    const drift = (turn: RecordedTurn) => this.#drift(turn, result);
    if (recorded !== null) {
      const departs = drift(recorded);
      if (departs !== null) throw new DriftError(drifted(recorded, action.command, departs));
    }
    return {
      over: isSubmission(result.output),
      messages: conversed(answer, this.#style.render(result)),
      drift,
    };
  }

  #drift({ observation }: RecordedTurn, result: CommandResult): string | null {
    const read = observation === null ? null : this.#style.read(observation);
    return read === null ? null : resultDrift(read, result, this.#options.volatile);
  }
}

interface Told {
  /** The agent is done. */
  over: boolean;
  /** What the conversation gains. */
  messages: Message[];
  /** How the result departs from a recorded one. */
  drift(turn: RecordedTurn): string | null;
}

function conversed({ content, tool_calls }: Action, told: string): Message[] {
  const said: Message = {
    role: "assistant",
    parts: [...(content === "" ? [] : [{ type: "text", content }]), ...tool_calls.map(callPart)],
  };
  if (tool_calls.length === 0) return [said, textMessage("user", told)];
  return [
    said,
    ...tool_calls.map(({ id }, at) => ({
      role: "tool",
      parts: [{ type: "tool_call_response", id, response: at === 0 ? told : "Only one command a turn is run." }],
    })),
  ];
}

function callPart({ id, name, arguments: given }: ToolCall) {
  return { type: "tool_call", id, name, arguments: given };
}

function drifted({ step }: RecordedTurn, command: string, how: string): string {
  const line = command.trim().split("\n")[0]?.slice(0, 80) ?? "";
  return `The command of step ${step.index} (${line}) no longer does what was recorded: ${how}.`;
}

function foreignTool({ step }: RecordedTurn, tool: string): string {
  return `Step ${step.index} uses the tool ${tool}, which is no shell, so its effect can't be made again.`;
}

/** Ω: what the check says. One that could not be started, or was stopped, decides nothing. */
async function decide(
  { command, files, exitCodes }: WorkspaceCheck,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<Ended> {
  if (files !== undefined) await workspace.overlay(files);
  const { code, output, stopped } = await workspace.run(command, { signal });
  const said = output.trim().slice(-LONGEST_REPORT);
  if (code === null) return { success: null, feedback: `The check was stopped. ${stopped} ${said}`.trim() };
  const success = exitCodes === undefined ? code === 0 : code === exitCodes.success;
  const failure = exitCodes === undefined ? code !== 0 && !NOT_STARTED.has(code) : code === exitCodes.failure;
  const feedback = `The check ended with ${code}.${said === "" ? "" : `\n${said}`}`;
  return { success: success ? true : failure ? false : null, feedback };
}
