import { randomBytes } from "node:crypto";

/** One action of a run as a test tells it. */
export interface Act {
  agent: string;
  says?: string;
  /** What the agent was shown. */
  shown?: { role: string; text: string; name?: string }[];
  calls?: { name: string; arguments: unknown };
  /** A tool's answer, when this act is the tool's. */
  answers?: string;
  error?: string;
}

export interface Story {
  task: string;
  acts: Act[];
  outcome?: "success" | "failure";
  feedback?: string;
  groundTruth?: string;
  source?: string;
  model?: string;
  /** The run that this one replays. */
  replayOf?: string;
}

type Attribute = { key: string; value: { stringValue: string } | { intValue: string } };

/** Tells a story as an OTLP/JSON export of the GenAI conventions: a root, an agent span with its model call an act; tools answer in it. */
export function toOtlp(story: Story): { traceId: string; body: string } {
  const traceId = randomBytes(16).toString("hex");
  let clock = BigInt(Date.now() - 60_000) * 1_000_000n;
  const tick = (): string => {
    clock += 40_000_000n;
    return String(clock);
  };
  const spans: Record<string, unknown>[] = [];
  const add = (name: string, parentSpanId: string, attributes: Attribute[], error?: string): string => {
    const spanId = randomBytes(8).toString("hex");
    const status = error === undefined ? {} : { status: { code: 2, message: error } };
    const times = { startTimeUnixNano: tick(), endTimeUnixNano: tick() };
    spans.push({ traceId, spanId, parentSpanId, name, kind: 1, ...times, attributes, ...status });
    return spanId;
  };
  const root = add("run", "", [
    text("gen_ai.operation.name", "invoke_workflow"),
    text("culprit.task", story.task),
    text("culprit.outcome", story.outcome ?? "failure"),
    ...optional("culprit.outcome.feedback", story.feedback),
    ...optional("culprit.task.ground_truth", story.groundTruth),
    ...optional("culprit.source", story.source),
    ...optional("culprit.replay.of", story.replayOf),
  ]);
  let agent = root;
  for (const act of story.acts) {
    if (act.answers !== undefined) {
      add(`execute_tool ${act.agent}`, agent, tool(act), act.error);
      continue;
    }
    const attributes = [text("gen_ai.operation.name", "invoke_agent"), text("gen_ai.agent.name", act.agent)];
    agent = add(`invoke_agent ${act.agent}`, root, attributes);
    add("chat", agent, chat(act, story.model ?? "scripted"), act.error);
  }
  spans[0] = { ...spans[0], endTimeUnixNano: tick() };
  const resource = { attributes: [text("service.name", "e2e")] };
  return { traceId, body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }) };
}

/** Exports stories to a collector, as an agent system would. */
export async function tell(url: string, story: Story): Promise<string> {
  const { traceId, body } = toOtlp(story);
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/v1/traces`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`The collector answered ${response.status}: ${await response.text()}`);
  return traceId;
}

function chat(act: Act, model: string): Attribute[] {
  const shown = act.shown ?? [{ role: "user", text: `Go on, ${act.agent}.` }];
  const input = shown.map(({ role, text: content, name }) => ({
    role,
    parts: [{ type: "text", content }],
    ...(name === undefined ? {} : { name }),
  }));
  const parts: unknown[] = [];
  if (act.says !== undefined) parts.push({ type: "text", content: act.says });
  if (act.calls) parts.push({ type: "tool_call", id: "call_1", ...act.calls });
  return [
    text("gen_ai.operation.name", "chat"),
    text("gen_ai.request.model", model),
    text("gen_ai.input.messages", JSON.stringify(input)),
    text("gen_ai.output.messages", JSON.stringify([{ role: "assistant", parts }])),
    { key: "gen_ai.usage.input_tokens", value: { intValue: "120" } },
    { key: "gen_ai.usage.output_tokens", value: { intValue: "30" } },
  ];
}

function tool(act: Act): Attribute[] {
  return [
    text("gen_ai.operation.name", "execute_tool"),
    text("gen_ai.tool.name", act.agent),
    text("gen_ai.tool.call.result", act.answers ?? ""),
  ];
}

function text(key: string, value: string): Attribute {
  return { key, value: { stringValue: value } };
}

function optional(key: string, value: string | undefined): Attribute[] {
  return value === undefined ? [] : [text(key, value)];
}
