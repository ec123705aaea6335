import { makeText, type Random } from "./random.ts";

/** Spans of one run; every run of the load has this many. */
export const SPANS_PER_RUN = 10;

/** A span of the load but for its ids and times, which {@link stamp} writes into the encoded body. */
export interface PlainSpan {
  /** Position in its run; 0 is the root. */
  index: number;
  /** Position of the parent in the run, -1 for the root. */
  parent: number;
  name: string;
  /** 0 unset, 1 ok, 2 error. */
  status: number;
  attributes: [key: string, value: string | number][];
}

export const RESOURCE: [key: string, value: string][] = [
  ["service.name", "bench-agents"],
  ["service.version", "1.4.2"],
  ["deployment.environment.name", "bench"],
  ["telemetry.sdk.language", "nodejs"],
  ["telemetry.sdk.name", "opentelemetry"],
  ["telemetry.sdk.version", "2.12.0"],
];
export const SCOPE = { name: "bench.agents", version: "0.1.0" };

const AGENTS = ["Orchestrator", "Planner", "Coder", "Reviewer", "WebSurfer", "FileSurfer", "Terminal", "Critic"];
const MODELS = ["gpt-5.2", "gpt-5.2-mini", "claude-opus-5", "qwen3-32b"];
const TOOLS = ["search_web", "read_file", "run_tests", "write_file"];
/** Bytes of a span that are not message text, about. */
const OVERHEAD = 480;

/** One run of agent work in the words of the GenAI conventions, spans of about `spanBytes` as protobuf. */
export function makeRun(random: Random, spanBytes: number): PlainSpan[] {
  const failed = random.chance(0.2) ? 1 + random.below(SPANS_PER_RUN - 1) : -1;
  return Array.from({ length: SPANS_PER_RUN }, (_, index) => {
    const size = Math.round(spanBytes * (0.6 + (0.8 * random.bits()) / 4_294_967_296));
    const kind = index === 0 ? "invoke_agent" : random.chance(0.3) ? "execute_tool" : "chat";
    const span = describe(random, kind, Math.max(64, size - OVERHEAD));
    return {
      ...span,
      index,
      parent: index === 0 ? -1 : random.chance(0.6) ? 0 : random.below(index),
      status: index === failed ? 2 : 1,
    };
  });
}

function describe(random: Random, operation: string, textBytes: number): Pick<PlainSpan, "name" | "attributes"> {
  const agent = random.pick(AGENTS);
  const common: PlainSpan["attributes"] = [
    ["gen_ai.operation.name", operation],
    ["gen_ai.agent.name", agent],
    ["gen_ai.conversation.id", `conv-${random.bits().toString(16)}`],
  ];
  if (operation === "execute_tool") {
    const tool = random.pick(TOOLS);
    const argument = JSON.stringify({ query: makeText(random, textBytes * 0.3) });
    return {
      name: `execute_tool ${tool}`,
      attributes: [
        ...common,
        ["gen_ai.tool.name", tool],
        ["gen_ai.tool.call.id", `call_${random.bits().toString(36)}`],
        ["gen_ai.tool.call.arguments", argument],
        ["gen_ai.tool.call.result", makeText(random, textBytes * 0.7)],
      ],
    };
  }
  const model = random.pick(MODELS);
  return {
    name: operation === "chat" ? `chat ${model}` : `invoke_agent ${agent}`,
    attributes: [
      ...common,
      ["gen_ai.provider.name", "openai"],
      ["gen_ai.request.model", model],
      ["gen_ai.response.id", `resp_${random.bits().toString(36)}${random.bits().toString(36)}`],
      ["gen_ai.usage.input_tokens", Math.round(textBytes / 4)],
      ["gen_ai.usage.output_tokens", Math.round(textBytes / 16)],
      ["gen_ai.input.messages", messages(random, "user", textBytes * 0.72)],
      ["gen_ai.output.messages", messages(random, "assistant", textBytes * 0.2)],
    ],
  };
}

/** A conversation of messages of up to 4 KB. */
function messages(random: Random, role: string, bytes: number): string {
  const count = Math.max(1, Math.ceil(bytes / 4096));
  return JSON.stringify(
    Array.from({ length: count }, () => ({
      role,
      parts: [{ type: "text", content: makeText(random, bytes / count) }],
    })),
  );
}
