import { agent, reportOutcome, run, tool, wrapOpenAI } from "@culprit/instrumentation";
import OpenAI from "openai";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";
import { calculate, written } from "./arithmetic.ts";
import { describeRequest, LEDGER_AGENTS, LEDGER_MODELS, LEDGER_PROMPTS, type LedgerRole } from "./prompts.ts";
import { readConditions, rowsWhere, writeConditions } from "./table.ts";
import { groundTruthOf, type LedgerTask } from "./tasks.ts";

export interface LedgerOptions {
  task: LedgerTask;
  /** An OpenAI-compatible endpoint, such as the scripted one. */
  baseURL: string;
  apiKey?: string;
  /** Model of each role; the scripted ones when not given. */
  models?: Record<LedgerRole, string>;
  /** Set when this run replays another one. */
  replay?: { id: string; of: string };
}

export interface LedgerResult {
  traceId: string;
  answer: string;
  outcome: { success: boolean; score: number; feedback: string };
}

const text = (name: string) => ({
  type: "object",
  properties: Object.fromEntries(name.split(" ").map((key) => [key, { type: "string" }])),
});
const described = (name: string, description: string, given: string): ChatCompletionTool => ({
  type: "function",
  function: { name, description, parameters: text(given) },
});
const TOOLS: Partial<Record<LedgerRole, ChatCompletionTool>> = {
  researcher: described("find_rows", "Rows of a table that conditions hold for.", "table where"),
  analyst: described("calculate", "Value of an arithmetic expression.", "expression"),
  reviewer: described("count_rows", "How many rows conditions hold for.", "table where"),
};
const MOST_CALLS = 4;
const ROUNDS = 2;
/** How far an answer may be from the right one: what rounding to two decimals takes. */
const TOLERANCE = 0.0051;

/**
 * A Lead, a Researcher, an Analyst, a Reviewer and a Writer answer a question about a table. The figure in the Writer's
 * last line decides the outcome.
 */
export async function runLedgerTeam(options: LedgerOptions): Promise<LedgerResult> {
  const { task, replay } = options;
  const { traceId, result } = await run(
    {
      name: "ledger-team",
      task: describeRequest(task),
      taskId: task.id,
      groundTruth: groundTruthOf(task),
      ...(replay === undefined ? {} : { replay }),
    },
    async () => {
      const answer = await new LedgerTeam(options).answer();
      const outcome = checkAnswer(answer, task);
      await reportOutcome({ ...outcome, by: "evaluator" });
      return { answer, outcome };
    },
  );
  return { traceId, ...result };
}

/** Ω: whether the last line of the answer holds the right figure. */
export function checkAnswer(answer: string, task: LedgerTask): LedgerResult["outcome"] {
  const figure = /^Answer: (-?\d+(?:\.\d+)?) (\w+)\s*$/m.exec(answer);
  if (figure === null) return { success: false, score: 0, feedback: "The answer holds no figure with a unit." };
  const right = Math.abs(Number(figure[1]) - task.truth) <= TOLERANCE && figure[2] === task.unit;
  return {
    success: right,
    score: right ? 1 : 0,
    feedback: right ? "The figure is right." : "The figure is not what the table says.",
  };
}

class LedgerTeam {
  readonly #options: LedgerOptions;
  readonly #client: OpenAI;
  readonly #tools: Record<string, (given: Record<string, string>) => Promise<string>>;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#client = wrapOpenAI(
      new OpenAI({ baseURL: options.baseURL, apiKey: options.apiKey ?? "none", maxRetries: 0 }),
    );
    const { table } = options.task;
    const select = (given: Record<string, string>) => {
      if (given["table"] !== table.name) throw new RangeError(`There is no table ${given["table"]}.`);
      return rowsWhere(table, readConditions(given["where"] ?? ""));
    };
    this.#tools = {
      find_rows: tool("find_rows", (given: Record<string, string>) =>
        answered(() => {
          const rows = select(given);
          const lines = rows.map((row) => {
            const [name = "", ...columns] = table.columns;
            return [row[name], ...columns.map((column) => `${column}: ${row[column]}`)].join(" | ");
          });
          return [`${rows.length} rows where ${writeConditions(readConditions(given["where"] ?? ""))}:`, ...lines].join(
            "\n",
          );
        }),
      ),
      count_rows: tool("count_rows", (given: Record<string, string>) => answered(() => `${select(given).length} rows`)),
      calculate: tool("calculate", (given: Record<string, string>) =>
        answered(() => `= ${written(calculate(given["expression"] ?? ""))}`),
      ),
    };
  }

  async answer(): Promise<string> {
    const request = describeRequest(this.#options.task);
    const plan = await this.#ask("lead", request);
    const told = `${request}\n\nPlan from the Lead:\n${plan}`;
    const researching: ChatCompletionMessageParam[] = [user(told)];
    let note = "";
    let result = "";
    for (let round = 0; round < ROUNDS; round++) {
      note = await this.#converse("researcher", researching);
      result = await this.#ask("analyst", `${told}\n\nNote from the Researcher:\n${note}`);
      const verdict = await this.#ask(
        "reviewer",
        `${told}\n\nNote from the Researcher:\n${note}\n\nFrom the Analyst:\n${result}`,
      );
      if (!/verdict:\s*redo/i.test(verdict)) break;
      researching.push({ role: "assistant", content: note }, user(`Review from the Reviewer:\n${verdict}`));
    }
    return await this.#ask("writer", `${request}\n\nFrom the Analyst:\n${result}`);
  }

  #ask(role: LedgerRole, told: string): Promise<string> {
    return this.#converse(role, [user(told)]);
  }

  /** One agent's turn: it may call tools before it answers. */
  #converse(role: LedgerRole, messages: ChatCompletionMessageParam[]): Promise<string> {
    return agent.scope(LEDGER_AGENTS[role], async () => {
      for (let calls = 0; ; calls++) {
        const message = await this.#complete(role, messages);
        const wanted = message.tool_calls ?? [];
        if (wanted.length === 0 || calls === MOST_CALLS) return message.content ?? "";
        messages.push({ role: "assistant", content: message.content, tool_calls: wanted });
        for (const call of wanted) {
          const content = call.type === "function" ? await this.#execute(call.function) : "";
          messages.push({ role: "tool", tool_call_id: call.id, content });
        }
      }
    });
  }

  async #execute({ name, arguments: given }: { name: string; arguments: string }): Promise<string> {
    const execute = Object.hasOwn(this.#tools, name) ? this.#tools[name] : undefined;
    if (execute === undefined) return `There is no tool ${name}.`;
    return await execute(readArguments(given));
  }

  async #complete(role: LedgerRole, messages: readonly ChatCompletionMessageParam[]) {
    const { models = LEDGER_MODELS } = this.#options;
    const offered = TOOLS[role];
    const completion = await this.#client.chat.completions.create({
      model: models[role],
      messages: [{ role: "system", content: LEDGER_PROMPTS[role] }, ...messages],
      temperature: 0,
      ...(offered === undefined ? {} : { tools: [offered] }),
    });
    const message = completion.choices[0]?.message;
    if (message === undefined) throw new TypeError(`The endpoint answered the ${role} without a choice.`);
    return message;
  }
}

/** What a tool says, or why it says nothing. */
function answered(work: () => string): string {
  try {
    return work();
  } catch (error) {
    return `Error: ${error instanceof Error ? error.message : "it did not work"}`;
  }
}

function readArguments(given: string): Record<string, string> {
  try {
    const read: unknown = JSON.parse(given);
    if (typeof read !== "object" || read === null) return {};
    return Object.fromEntries(
      Object.entries(read).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
  } catch {
    return {};
  }
}

function user(content: string): ChatCompletionMessageParam {
  return { role: "user", content };
}
