import type { Blame } from "@culprit/instrumentation";
import OpenAI from "openai";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";

/** What a critic is given of a failed attempt: no ground truth, no hidden test. */
export interface Attempt {
  task: string;
  /** What the agents did, as text. */
  transcript: string;
  /** What the attempt produced. */
  output: string;
}

export interface CriticClientOptions {
  /** An OpenAI-compatible endpoint. */
  baseURL: string;
  apiKey?: string;
  model: string;
  /** `seed` of every request. */
  sampling?: number;
}

/** Feedback on a failed attempt; it blames nobody by name, its text is what the next attempt is told. */
export type Critic = (attempt: Attempt) => Promise<Blame | null>;

const SELF_REFINE =
  "You are the model behind a team of agents. You are shown the task and your own last attempt, which failed. Give " +
  "feedback on it: name the agent whose work should change, quote what is wrong, and say what to do instead. Do not solve " +
  "the task.";

/**
 * Self-Refine (Madaan et al., NeurIPS 2023): the model that made the attempt gives feedback on it, without tools, and the
 * next attempt is told. The refining is the team's next round.
 */
export function selfRefine(options: CriticClientOptions): Critic {
  const client = clientOf(options);
  return async (attempt) => {
    const answer = await complete(client, options, [system(SELF_REFINE), user(shown(attempt))]);
    return toBlame(answer.content);
  };
}

const CRITIC =
  "You check the work of a team of agents with tools. You are shown the task and the team's last attempt, which failed. " +
  "First verify its output with the tools, then write a critique that rests on what they showed: name the agent whose work " +
  "should change, quote what is wrong, and say what to do instead. Do not solve the task.";

export interface CriticTool {
  definition: ChatCompletionTool;
  call(given: Record<string, unknown>): Promise<string>;
}

const MOST_TURNS = 4;

/**
 * CRITIC (Gou et al., ICLR 2024): the attempt's output is verified by interacting with tools, the critique rests on what
 * they showed, and the next attempt is told.
 */
export function critic(options: CriticClientOptions, tools: readonly CriticTool[]): Critic {
  const client = clientOf(options);
  return async (attempt) => {
    const messages = [system(CRITIC), user(shown(attempt))];
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const answer = await complete(
        client,
        options,
        messages,
        tools.map(({ definition }) => definition),
      );
      const calls = answer.tool_calls ?? [];
      if (calls.length === 0) return toBlame(answer.content);
      messages.push({ role: "assistant", content: answer.content, tool_calls: calls });
      for (const call of calls) {
        messages.push({ role: "tool", tool_call_id: call.id, content: await answerOf(call, tools) });
      }
    }
    return null;
  };
}

async function answerOf(
  call: NonNullable<OpenAI.ChatCompletionMessage["tool_calls"]>[number],
  tools: readonly CriticTool[],
): Promise<string> {
  if (call.type !== "function") return "There is no such tool.";
  const tool = tools.find(
    ({ definition }) => definition.type === "function" && definition.function.name === call.function.name,
  );
  if (tool === undefined) return `There is no tool ${call.function.name}.`;
  try {
    return await tool.call(JSON.parse(call.function.arguments) as Record<string, unknown>);
  } catch (error) {
    return `Error: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function toBlame(text: string | null): Blame | null {
  return text ? { agent: null, step: null, reason: text } : null;
}

function shown({ task, transcript, output }: Attempt): string {
  return `Task:\n${task}\n\nThe attempt:\n\n${transcript}\n\nWhat it produced:\n\n${output}`;
}

function clientOf({ baseURL, apiKey = "none" }: CriticClientOptions): OpenAI {
  return new OpenAI({ baseURL, apiKey });
}

async function complete(
  client: OpenAI,
  { model, sampling }: CriticClientOptions,
  messages: ChatCompletionMessageParam[],
  tools: ChatCompletionTool[] = [],
): Promise<OpenAI.ChatCompletionMessage> {
  const completion = await client.chat.completions.create({
    model,
    messages,
    temperature: 0,
    ...(tools.length === 0 ? {} : { tools }),
    ...(sampling === undefined ? {} : { seed: sampling }),
  });
  const message = completion.choices[0]?.message;
  if (message === undefined) throw new TypeError(`The endpoint answered ${model} without a choice.`);
  return message;
}

function system(content: string): ChatCompletionMessageParam {
  return { role: "system", content };
}

function user(content: string): ChatCompletionMessageParam {
  return { role: "user", content };
}
