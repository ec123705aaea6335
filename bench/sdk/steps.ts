import { agent, tool, wrapOpenAI } from "@culprit/instrumentation";
import { SpanKind, type Tracer } from "@opentelemetry/api";
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import { bareAsync, bareSync } from "./bare.ts";

/** One kind of step three times: untraced, in bare spans, and wrapped; the last two record the same attributes. */
export interface Comparison {
  name: string;
  untraced: () => unknown;
  bare: () => unknown;
  wrapped: () => unknown;
  /** Repetitions of one measurement. */
  times: number;
}

const TASK = "Write a function that merges overlapping intervals.";
const PLAN = "1. Sort by start. 2. Walk and merge. 3. Return the merged list.";
const QUERY = { query: "merge overlapping intervals", limit: 5, filters: { language: "ts", since: 2024 } };
const FOUND = Array.from({ length: 5 }, (_, n) => ({
  title: `Result ${n}`,
  url: `https://example.org/${n}`,
  score: n / 7,
}));

export function comparisons(tracer: Tracer): Comparison[] {
  return [agentStep(tracer), asyncAgentStep(tracer), toolStep(tracer), chatStep(tracer)];
}

function agentStep(tracer: Tracer): Comparison {
  const plan = (task: string) => (task === "" ? "" : PLAN);
  const wrapped = agent("Planner", plan);
  return {
    name: "agent, synchronous",
    times: 10_000,
    untraced: () => plan(TASK),
    wrapped: () => wrapped(TASK),
    bare: () =>
      bareSync(tracer, { name: "invoke_agent Planner", attributes: agentAttributes() }, (span) => {
        const made = plan(TASK);
        span.setAttribute("culprit.output", made);
        return made;
      }),
  };
}

function asyncAgentStep(tracer: Tracer): Comparison {
  const plan = async (task: string) => (task === "" ? "" : PLAN);
  const wrapped = agent("Planner", plan);
  return {
    name: "agent, a promise",
    times: 10_000,
    untraced: () => plan(TASK),
    wrapped: () => wrapped(TASK),
    bare: () =>
      bareAsync(tracer, { name: "invoke_agent Planner", attributes: agentAttributes() }, async (span) => {
        const made = await plan(TASK);
        span.setAttribute("culprit.output", made);
        return made;
      }),
  };
}

function agentAttributes() {
  return { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Planner", "culprit.input": TASK };
}

function toolStep(tracer: Tracer): Comparison {
  const search = async (asked: typeof QUERY) => (asked.limit > 0 ? FOUND : []);
  const wrapped = tool("search", search);
  return {
    name: "tool",
    times: 10_000,
    untraced: () => search(QUERY),
    wrapped: () => wrapped(QUERY),
    bare: () =>
      bareAsync(
        tracer,
        {
          name: "execute_tool search",
          attributes: {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "search",
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.arguments": JSON.stringify(QUERY),
          },
        },
        async (span) => {
          const found = await search(QUERY);
          span.setAttribute("gen_ai.tool.call.result", JSON.stringify(found));
          return found;
        },
      ),
  };
}

const CONVERSATION: ChatCompletionMessageParam[] = [
  { role: "system", content: "You write TypeScript." },
  ...Array.from({ length: 12 }, (_, n): ChatCompletionMessageParam => {
    const content = `${n}: ${"The quick brown fox jumps over the lazy dog. ".repeat(15)}`;
    return n % 2 === 0 ? { role: "user", content } : { role: "assistant", content };
  }),
];
const ANSWER: ChatCompletion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "scripted-1",
  choices: [
    {
      index: 0,
      finish_reason: "stop",
      logprobs: null,
      message: { role: "assistant", content: "Sorted and merged. ".repeat(30), refusal: null },
    },
  ],
  usage: { prompt_tokens: 900, completion_tokens: 120, total_tokens: 1020 },
};

/** What the `openai` client gives for a call. */
class Answered extends Promise<ChatCompletion> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
  asResponse(): Promise<Response> {
    return Promise.resolve(RESPONSE);
  }
}
const RESPONSE = new Response("");

/** Stands in for a client: a real one costs ten times what is measured here, and varies by more than that. */
function scriptedClient() {
  const create = (_body: ChatCompletionCreateParams): Promise<ChatCompletion> => Answered.resolve(ANSWER);
  const client = { baseURL: "http://127.0.0.1:1/v1", chat: { completions: { create } }, withOptions: () => client };
  return client;
}

/** What is recorded around a call that is answered at once. */
function chatStep(tracer: Tracer): Comparison {
  const body: ChatCompletionCreateParams = { model: "scripted-1", messages: CONVERSATION };
  const [plain, traced] = [scriptedClient(), wrapOpenAI(scriptedClient())];
  return {
    name: "model call, 13 messages of 8 KB",
    times: 2000,
    untraced: () => plain.chat.completions.create(body),
    wrapped: () => traced.chat.completions.create(body),
    bare: () =>
      bareAsync(
        tracer,
        {
          name: "chat scripted-1",
          kind: SpanKind.CLIENT,
          attributes: {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "server.address": "127.0.0.1",
            "server.port": 1,
            "gen_ai.request.model": "scripted-1",
            "gen_ai.input.messages": JSON.stringify(CONVERSATION.map(genAiMessage)),
          },
        },
        async (span) => {
          const answer = await plain.chat.completions.create(body);
          const finish = answer.choices.map(({ finish_reason }) => finish_reason);
          span.setAttributes({
            "gen_ai.response.id": answer.id,
            "gen_ai.response.model": answer.model,
            "gen_ai.response.finish_reasons": finish,
            "gen_ai.usage.input_tokens": answer.usage?.prompt_tokens ?? 0,
            "gen_ai.usage.output_tokens": answer.usage?.completion_tokens ?? 0,
            "gen_ai.output.messages": JSON.stringify(
              answer.choices.map(({ message, finish_reason }) => ({ ...genAiMessage(message), finish_reason })),
            ),
          });
          return answer;
        },
      ),
  };
}

function genAiMessage({ role, content }: { role: string; content?: unknown }) {
  return { role, parts: [{ type: "text", content }] };
}
