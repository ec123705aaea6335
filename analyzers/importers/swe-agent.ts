import type { ImportFormat, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { asObject, asObjects, asText, messageContent, parseArguments, reasoningOf } from "./json-shape.ts";
import { type AciCall, aciCall } from "./swe-agent-commands.ts";

const AGENT = "SWE-agent";

/**
 * SWE-agent `.traj`: `trajectory` with one thought, action and observation a turn, `history` as the model saw it, `info`
 * with how it ended. Generations: `state` as JSON text seen before the action (2024), as an object seen after it (1.0),
 * with tool calls in the history (function calling). Edits carry the path of the file that was open.
 */
export const sweAgent: ImportFormat = {
  name: "swe-agent",
  description: "SWE-agent .traj: trajectory of thought, action, observation; history; info",
  detect: (file) => turnsOf(file).length > 0,
  parse(file) {
    const document = asObject(file.json) ?? {};
    const turns = turnsOf(file);
    const history = asObjects(document["history"]).filter(({ is_demo }) => is_demo !== true);
    const info = asObject(document["info"]) ?? {};
    const stats = asObject(info["model_stats"]) ?? {};
    const calls = madeCalls(history);
    const steps: ParsedStep[] = [];
    let open = "";
    for (const [at, turn] of turns.entries()) {
      const state = stateOf(turn["state"]);
      // Before 1.0 the state was taken before the action, since then behind it.
      const before = typeof turn["state"] === "string" ? (state.open_file ?? "") : open;
      open = state.open_file ?? open;
      steps.push(...stepsOf(turn, at, calls[at] ?? [], before));
    }
    const exit = asText(info["exit_status"]);
    const cost = stats["instance_cost"] ?? stats["total_cost"];
    const task = taskOf(document, history);
    const model = asText(asObject(asObject(asObject(document["replay_config"])?.["agent"])?.["model"])?.["name"]);
    return {
      subset: "",
      task,
      task_id: asText(document["instance_id"] ?? info["instance_id"]),
      ground_truth: "",
      outcome: outcomeOf(info, exit),
      steps: steps.map((step) => (step.role === "agent" && model !== "" ? { ...step, model } : step)),
      system_prompts: new Map(
        history.filter(({ role }) => role === "system").map(({ content }) => [AGENT, messageContent(content)]),
      ),
      label: null,
      ...(exit === "" ? {} : { exit_status: exit }),
      ...(typeof cost === "number" && cost > 0 ? { cost_usd: cost } : {}),
      also_read: alsoRead(document, info, turns),
      warnings: turns.length === 0 ? ["The run is empty: the agent took no step."] : [],
    };
  },
};

function turnsOf(file: SourceFile): Record<string, unknown>[] {
  const document = asObject(file.json);
  const turns = asObjects(document?.["trajectory"]);
  return turns.every((turn) => "action" in turn && "observation" in turn) && asObject(document?.["info"]) !== undefined
    ? turns
    : [];
}

function stepsOf(turn: Record<string, unknown>, at: number, made: readonly AciCall[], open: string): ParsedStep[] {
  const action = asText(turn["action"]).replace(/\n$/, "");
  const called = made.length > 0 ? made.map((call) => withPath(call, open)) : [aciCall(action, open)];
  const calls = called
    .filter(({ name }) => name !== "")
    .map((call, place) => ({ id: call.id || `${at}.${place}`, name: call.name, arguments: call.arguments }));
  const took = turn["execution_time"];
  const thought = asText(turn["thought"]) || asText(turn["response"]);
  const reasoning = reasoningOf(turn);
  const id = calls[0]?.id ?? "";
  return [
    {
      role: "agent",
      agent: AGENT,
      speaker: AGENT,
      content: thought.trim(),
      tool_calls: calls,
      ...(reasoning === "" || reasoning === thought ? {} : { reasoning }),
    },
    {
      role: "environment",
      agent: calls[0]?.name ?? "environment",
      speaker: "environment",
      content: asText(turn["observation"]),
      ...(id === "" ? {} : { call_id: id }),
      ...(typeof took === "number" && took > 0 ? { duration_ms: took * 1000 } : {}),
    },
  ];
}

/** An edit says lines and text; the file is the one that is open. */
function withPath(call: AciCall, open: string): AciCall {
  const args = asObject(call.arguments);
  const edits = call.name === "edit" || call.name === "insert" || call.name === "append";
  return edits && args !== undefined && !("path" in args) && open !== ""
    ? { ...call, arguments: { path: open, ...(call.arguments as object) } as AciCall["arguments"] }
    : call;
}

/** Tool calls of the history by turn; none for agents that answer in text. */
function madeCalls(history: readonly Record<string, unknown>[]): AciCall[][] {
  return history
    .filter(({ role, message_type }) => role === "assistant" && message_type !== "demonstration")
    .map((message) =>
      asObjects(message["tool_calls"]).map((call) => {
        const called = asObject(call["function"]) ?? {};
        return { id: asText(call["id"]), name: asText(called["name"]), arguments: parseArguments(called["arguments"]) };
      }),
    );
}

function stateOf(value: unknown): { open_file?: string } {
  const state = asObject(typeof value === "string" ? parseArguments(value.trim()) : value);
  const open = state?.["open_file"];
  return typeof open === "string" && open !== "" && open !== "n/a" ? { open_file: open } : {};
}

function taskOf(document: Record<string, unknown>, history: readonly Record<string, unknown>[]): string {
  const first = history.find(({ role }) => role === "user");
  if (first !== undefined) return messageContent(first["content"]);
  const problem = asObject(asObject(document["replay_config"])?.["problem_statement"]);
  return asText(problem?.["text"]);
}

function outcomeOf(info: Record<string, unknown>, exit: string): ParsedRun["outcome"] {
  const resolved = info["resolved"] ?? asObject(info["evaluation"])?.["resolved"];
  if (typeof resolved === "boolean") return resolved ? "success" : "failure";
  // Whoever gave up has failed; whoever handed something in may not have.
  return exit === "" || /submitted/.test(exit) ? "unknown" : "failure";
}

/** Demonstrations, what was handed in, and views of the edited files: read, and no step. */
function alsoRead(
  document: Record<string, unknown>,
  info: Record<string, unknown>,
  turns: readonly Record<string, unknown>[],
): string[] {
  const demos = asObjects(document["history"]).map(({ content }) => messageContent(content));
  const views = Object.entries(info).filter(([key]) => key === "submission" || key.startsWith("edited_files"));
  const config = document["replay_config"];
  return [
    ...demos,
    ...views.map(([, view]) => asText(view)),
    ...turns.flatMap((turn) => [asText(turn["state"]), asText(turn["response"]), asText(turn["action"])]),
    ...(config === undefined ? [] : [asText(config)]),
  ];
}
