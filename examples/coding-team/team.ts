import { agent, reportOutcome, run, tool, wrapOpenAI } from "@culprit/instrumentation";
import OpenAI from "openai";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";
import { FEEDBACK_HEADING, SCRIPTED_MODELS } from "../scripted-endpoint/policies/policy.ts";
import { type CheckResult, checkSolution, testReport } from "./check.ts";
import { describeTask, groundTruthOf, SYSTEM_PROMPTS } from "./prompts.ts";
import { OutlastedError } from "./sandbox.ts";
import type { CodingTask } from "./tasks.ts";

export type TeamRole = keyof typeof SYSTEM_PROMPTS;

export interface TeamOptions {
  task: CodingTask;
  /** An OpenAI-compatible endpoint, such as the scripted one. */
  baseURL: string;
  apiKey?: string;
  /** Model of each role; the scripted ones when not given. */
  models?: Record<TeamRole, string>;
  /** Rounds of code and review. Default 3. */
  maxRounds?: number;
  /** What was found out about an earlier attempt; told to every agent. */
  feedback?: string;
  /** Set when this run replays another one. */
  replay?: { id: string; of: string };
  /** Asks for event streams instead of whole answers. */
  stream?: boolean;
  /** `seed` of every request; where an endpoint heeds it, another one is another try. */
  sampling?: number;
  /** Who runs the produced code; the sandbox when not given. */
  examiner?: Examiner;
}

/** Runs produced code: against the hidden tests, and against the visible examples. */
export interface Examiner {
  check(code: string, task: CodingTask): Promise<CheckResult>;
  report(code: string, task: CodingTask): Promise<string>;
}

const SANDBOX: Examiner = { check: (code, task) => checkSolution(code, task), report: testReport };

export interface TeamResult {
  traceId: string;
  /** The code the team settled on. */
  code: string;
  outcome: CheckResult;
}

const RUN_TESTS: ChatCompletionTool = {
  type: "function",
  function: {
    name: "run_tests",
    description: "Runs the visible examples against a JavaScript function and reports what failed.",
    parameters: { type: "object", properties: { code: { type: "string" } }, required: ["code"] },
  },
};

/**
 * A Planner, a Coder and a Tester solve one task: the Planner plans, then for at most `maxRounds` rounds the Coder
 * writes and the Tester runs the visible examples and approves or asks for changes. The hidden tests decide the outcome;
 * where the machine was too busy to run them it stays unknown.
 */
export async function runTeam(options: TeamOptions): Promise<TeamResult> {
  const { task, replay, examiner = SANDBOX } = options;
  const team = new Team(options);
  const { traceId, result } = await run(
    {
      name: "coding-team",
      task: describeTask(task),
      taskId: task.id,
      groundTruth: groundTruthOf(task),
      ...(replay === undefined ? {} : { replay }),
    },
    async () => {
      try {
        const code = await team.solve();
        const { success, score, feedback } = await examiner.check(code, task);
        if (success !== null) await reportOutcome({ success, score, feedback, by: "evaluator" });
        return { code, outcome: { success, score, feedback } };
      } catch (error) {
        if (!(error instanceof OutlastedError)) throw error;
        return { code: "", outcome: { success: null, score: 0, feedback: error.message } };
      }
    },
  );
  return { traceId, ...result };
}

class Team {
  readonly #options: TeamOptions;
  readonly #client: OpenAI;
  readonly #runTests: (call: { code: string }) => Promise<string>;

  constructor(options: TeamOptions) {
    this.#options = options;
    this.#client = wrapOpenAI(
      new OpenAI({ baseURL: options.baseURL, apiKey: options.apiKey ?? "none", maxRetries: 0 }),
    );
    this.#runTests = tool("run_tests", ({ code }: { code: string }) =>
      (options.examiner ?? SANDBOX).report(code, options.task),
    );
  }

  async solve(): Promise<string> {
    const { task, maxRounds = 3 } = this.#options;
    const plan = await agent.scope("Planner", () => this.#ask("planner", [user(`Task:\n${describeTask(task)}`)]));
    const coding: ChatCompletionMessageParam[] = [
      user(`Task:\n${describeTask(task)}\n\nPlan from the Planner:\n\n${plan}`),
    ];
    let code = "";
    for (let round = 0; round < maxRounds; round++) {
      const written = await agent.scope("Coder", () => this.#ask("coder", coding));
      code = codeBlock(written) ?? code;
      const verdict = await agent.scope("Tester", () => this.#test(code));
      if (/verdict:\s*approve/i.test(verdict)) break;
      coding.push({ role: "assistant", content: written }, user(`Review from the Tester:\n\n${verdict}`));
    }
    return code;
  }

  async #test(code: string): Promise<string> {
    const { task } = this.#options;
    const messages: ChatCompletionMessageParam[] = [
      user(`Task:\n${describeTask(task)}\n\nCode from the Coder:\n\n\`\`\`js\n${code}\n\`\`\``),
    ];
    const first = await this.#complete("tester", messages, [RUN_TESTS]);
    const calls = first.tool_calls ?? [];
    if (calls.length === 0) return first.content ?? "";
    messages.push({ role: "assistant", content: first.content, tool_calls: calls });
    for (const call of calls) {
      const report = call.type === "function" ? await this.#runTests(testArguments(call.function.arguments)) : "";
      messages.push({ role: "tool", tool_call_id: call.id, content: report });
    }
    return (await this.#complete("tester", messages, [RUN_TESTS])).content ?? "";
  }

  async #ask(role: TeamRole, messages: readonly ChatCompletionMessageParam[]): Promise<string> {
    return (await this.#complete(role, messages)).content ?? "";
  }

  async #complete(role: TeamRole, messages: readonly ChatCompletionMessageParam[], tools?: ChatCompletionTool[]) {
    const { models = SCRIPTED_MODELS, feedback, stream = false, sampling } = this.#options;
    const system: ChatCompletionMessageParam[] = [{ role: "system", content: SYSTEM_PROMPTS[role] }];
    if (feedback) system.push({ role: "system", content: `${FEEDBACK_HEADING}\n${feedback}` });
    const body = {
      model: models[role],
      messages: [...system, ...messages],
      temperature: 0,
      ...(sampling === undefined ? {} : { seed: sampling }),
      ...(tools === undefined ? {} : { tools }),
    };
    const completion = stream
      ? await this.#client.chat.completions.stream(body).finalChatCompletion()
      : await this.#client.chat.completions.create(body);
    const message = completion.choices[0]?.message;
    if (message === undefined) throw new TypeError(`The endpoint answered the ${role} without a choice.`);
    return message;
  }
}

function user(content: string): ChatCompletionMessageParam {
  return { role: "user", content };
}

function codeBlock(text: string): string | null {
  return [...text.matchAll(/```(?:js|javascript)?\n([\s\S]*?)```/g)].at(-1)?.[1]?.trimEnd() ?? null;
}

function testArguments(text: string): { code: string } {
  try {
    const given = JSON.parse(text) as { code?: unknown };
    return { code: typeof given.code === "string" ? given.code : "" };
  } catch {
    return { code: "" };
  }
}
