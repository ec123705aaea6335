import { randomBytes } from "node:crypto";

const AGENTS = ["Planner", "Coder", "Tester"];
const STEP_MS = 40n;
const REQUEST_SPANS = 1_000;

/** A failed run of an agent span and its model call an act, as OTLP/JSON requests. */
export function longRun(spans: number): { traceId: string; requests: string[] } {
  const traceId = randomBytes(16).toString("hex");
  const root = id();
  let clock = BigInt(Date.now() - 600_000) * 1_000_000n;
  const tick = () => {
    clock += STEP_MS * 1_000_000n;
    return String(clock);
  };
  const first = tick();
  const told: object[] = [];
  for (let act = 0; told.length < spans - 1; act++) {
    const agent = id();
    const name = AGENTS[act % AGENTS.length] as string;
    const times = { startTimeUnixNano: tick(), endTimeUnixNano: tick() };
    const says = `File ${act}: ${"done as planned. ".repeat((act % 7) + 1)}`;
    const of = { traceId, ...times };
    told.push({
      ...of,
      spanId: agent,
      parentSpanId: root,
      name: `invoke_agent ${name}`,
      attributes: texts({ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name }),
    });
    told.push({
      ...of,
      spanId: id(),
      parentSpanId: agent,
      name: "chat",
      attributes: texts({
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "scripted",
        "gen_ai.input.messages": JSON.stringify([message("user", `Go on with file ${act}, ${name}.`)]),
        "gen_ai.output.messages": JSON.stringify([message("assistant", says)]),
      }),
    });
  }
  told.push({
    traceId,
    spanId: root,
    name: "run",
    startTimeUnixNano: first,
    endTimeUnixNano: tick(),
    attributes: texts({
      "gen_ai.operation.name": "invoke_workflow",
      "culprit.task": "Migrate the whole repository, file by file.",
      "culprit.outcome": "failure",
    }),
  });
  const requests: string[] = [];
  for (let at = 0; at < told.length; at += REQUEST_SPANS) {
    requests.push(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: told.slice(at, at + REQUEST_SPANS) }] }] }));
  }
  return { traceId, requests };
}

function message(role: string, content: string): object {
  return { role, parts: [{ type: "text", content }] };
}

function texts(values: Record<string, string>): object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function id(): string {
  return randomBytes(8).toString("hex");
}
