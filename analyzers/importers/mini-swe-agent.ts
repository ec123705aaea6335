import { dirname, join } from "node:path";
import { fencedCommand, readObservation } from "./fenced-command.ts";
import type { ImportFormat, Malformed, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { asObject, asObjects, asText, messageContent, parseArguments, reasoningOf } from "./json-shape.ts";
import { parseTime } from "./run-times.ts";
import { isVerdictFile, type TrialVerdict, trialPaths, trialVerdict, verdictFields } from "./trial-verdict.ts";

const AGENT = "mini-swe-agent";
/** The same run once more, as its terminal showed it. */
const SAME_RUN = ["sessions/agent.log", "commands.txt"];
const SUBMITTED = new Set(["submitted"]);

/**
 * mini-SWE-agent. Version 1: a list of chat messages, or `{info, messages, trajectory_format: "mini-swe-agent-1"}`; the
 * command in a shell fence, its result in the next user message. Version 2 (`mini-swe-agent-1.1` and later): the same,
 * or tool calls answered by `tool` messages; commands also under `extra.actions`, results under `extra`.
 * Whether the task was solved is not in the file: `exit_status` is how it ended.
 */
export const miniSweAgent: ImportFormat = {
  name: "mini-swe-agent",
  description: "mini-SWE-agent .traj.json of version 1 and 2: messages with one command a turn",
  detect(file) {
    const document = asObject(file.json);
    if (document !== undefined && asText(document["trajectory_format"]).startsWith("mini-swe-agent")) return true;
    const printed = file.json === undefined && file.records === undefined;
    if (printed) return printedMessages(file.text).some(({ role }) => role === "assistant");
    return (
      messagesOf(file).some(
        ({ role, content }) =>
          role === "assistant" && typeof content === "string" && /```mswea_bash_command\n/.test(content),
      ) || isVersion1(messagesOf(file))
    );
  },
  besidePaths: (file) => [...trialPaths(file.path), ...SAME_RUN.map((path) => join(dirname(file.path), "..", path))],
  isBeside: (file) => isVerdictFile(file) || SAME_RUN.some((path) => file.path.endsWith(`/${path}`)),
  parse: (file, _, beside) => parseMessages(file, trialVerdict(beside.values())),
};

/** What the agent prints: `mini-swe-agent (step 3, $0.01):` before what it says, `User:` before what it is told. */
const PRINTED = /^(?:mini-swe-agent \(step \d+, \$[\d.]+\)|(User|System|Exit|Tool)):[^\S\n]*$/;

/** The messages of a printed log; none for any other text. */
function printedMessages(text: string): Record<string, unknown>[] {
  if (!/^mini-swe-agent \(step \d+, \$[\d.]+\):/m.test(text.slice(0, 200_000))) return [];
  const messages: { role: string; lines: string[] }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const found = PRINTED.exec(line);
    if (found) messages.push({ role: found[1]?.toLowerCase() ?? "assistant", lines: [] });
    else messages.at(-1)?.lines.push(line);
  }
  return messages.map(({ role, lines }) => ({ role, content: lines.join("\n").trim() }));
}

function messagesOf(file: SourceFile): Record<string, unknown>[] {
  if (file.json === undefined && file.records === undefined) return printedMessages(file.text);
  return Array.isArray(file.json) ? chat(file.json) : chat(asObject(file.json)?.["messages"]);
}

function chat(value: unknown): Record<string, unknown>[] {
  const messages = asObjects(value);
  return messages.every(
    (message) =>
      typeof message["role"] === "string" ||
      message["type"] === "function_call_output" ||
      message["object"] === "response",
  )
    ? messages
    : [];
}

/** Shell fences by the assistant, return codes by the user. */
function isVersion1(messages: readonly Record<string, unknown>[]): boolean {
  return (
    messages.some(
      ({ role, content }) => role === "user" && typeof content === "string" && /^\s*<returncode>/.test(content),
    ) &&
    messages.some(
      ({ role, content }) =>
        role === "assistant" && typeof content === "string" && fencedCommand(content) !== undefined,
    )
  );
}

function parseMessages(file: SourceFile, verdict: TrialVerdict): ParsedRun | Malformed {
  const document = asObject(file.json) ?? {};
  const messages = messagesOf(file);
  if (messages.length === 0) return { malformed: "`messages` holds no chat messages." };
  const info = asObject(document["info"]) ?? {};
  const model = modelOf(info);
  const steps: ParsedStep[] = [];
  const system: string[] = [];
  let task = "";
  /** Calls of the last agent step that nothing has answered yet. */
  let open: { id: string }[] = [];
  for (const [at, message] of messages.entries()) {
    const role = asText(message["role"]);
    // What a file that ends early has left of its last message.
    if (!("content" in message || "tool_calls" in message || "output" in message)) continue;
    if (role === "assistant" || message["object"] === "response") {
      const step = agentStep(message, at, model);
      open = (step.tool_calls ?? []).map(({ id }) => ({ id }));
      steps.push(step);
    } else if (role === "system") system.push(messageContent(message["content"]));
    else if (role === "exit") continue;
    else if (steps.length === 0) task = task === "" ? messageContent(message["content"]) : task;
    else {
      const answered = observationStep(message, open.shift()?.id ?? "");
      if (answered.role === "user" && answered.content === "") continue;
      steps.push(answered);
    }
  }
  if (!steps.some(({ role }) => role === "agent")) return { malformed: "no assistant message is in it." };
  const exit = asText(info["exit_status"]);
  const cost = asObject(info["model_stats"])?.["instance_cost"];
  const known = verdictFields(verdict, { task, task_id: asText(document["instance_id"] ?? info["instance_id"]) });
  const gaveUp = exit !== "" && !SUBMITTED.has(exit.toLowerCase());
  return {
    subset: "",
    ground_truth: "",
    ...known,
    outcome: known.outcome === "unknown" && gaveUp ? "failure" : known.outcome,
    steps,
    system_prompts: new Map(system.length === 0 ? [] : [[AGENT, system.join("\n\n")]]),
    label: null,
    ...(exit === "" ? {} : { exit_status: exit }),
    ...(typeof cost === "number" && cost > 0 ? { cost_usd: cost } : {}),
    warnings: [],
  };
}

function agentStep(message: Record<string, unknown>, at: number, model: string): ParsedStep {
  const content = messageContent(message["content"] ?? message["output"]);
  const extra = asObject(message["extra"]) ?? {};
  const time = parseTime(extra["timestamp"]);
  const reasoning = reasoningOf(message);
  const usage = asObject(asObject(extra["response"])?.["usage"]);
  return {
    role: "agent",
    agent: AGENT,
    speaker: "assistant",
    content,
    tool_calls: callsOf(message, extra, content, at),
    ...(reasoning === "" ? {} : { reasoning }),
    ...(time === undefined ? {} : { at_ms: time }),
    ...(model === "" ? {} : { model }),
    ...tokens(usage),
  };
}

function tokens(usage: Record<string, unknown> | undefined): Pick<ParsedStep, "input_tokens" | "output_tokens"> {
  const [input, output] = [usage?.["prompt_tokens"], usage?.["completion_tokens"]];
  return {
    ...(Number.isSafeInteger(input) ? { input_tokens: Number(input) } : {}),
    ...(Number.isSafeInteger(output) ? { output_tokens: Number(output) } : {}),
  };
}

/** Tool calls as they were made; else the commands that the run itself read out of the text; else the fenced one. */
function callsOf(
  message: Record<string, unknown>,
  extra: Record<string, unknown>,
  content: string,
  at: number,
): NonNullable<ParsedStep["tool_calls"]> {
  const made = asObjects(message["tool_calls"]).map((call, place) => {
    const called = asObject(call["function"]) ?? call;
    const id = asText(call["id"]) || `${at}.${place}`;
    return { id, name: asText(called["name"]) || "bash", arguments: parseArguments(called["arguments"]) };
  });
  const responded = asObjects(message["output"])
    .filter(({ type }) => type === "function_call")
    .map((call, place) => ({
      id: asText(call["call_id"]) || `${at}.${place}`,
      name: asText(call["name"]) || "bash",
      arguments: parseArguments(call["arguments"]),
    }));
  if (made.length + responded.length > 0) return [...made, ...responded];
  const actions = Array.isArray(extra["actions"]) ? extra["actions"] : [];
  const read = actions
    .map((action) => (typeof action === "string" ? { command: action } : (asObject(action) ?? {})))
    .filter((action) => typeof action["command"] === "string");
  if (read.length > 0) {
    return read.map((action, place) => ({
      id: asText(action["tool_call_id"]) || `${at}.${place}`,
      name: "bash",
      arguments: { command: asText(action["command"]) },
    }));
  }
  const command = fencedCommand(content);
  return command === undefined ? [] : [{ id: `${at}.0`, name: "bash", arguments: { command } }];
}

/** What came back; a user message that answers no command (a complaint about the form) is the system's too. */
function observationStep(message: Record<string, unknown>, open: string): ParsedStep {
  const extra = asObject(message["extra"]) ?? {};
  const text = messageContent(message["content"] ?? message["output"]);
  const { output, exit_code } = readObservation(text);
  const code = extra["returncode"] ?? exit_code;
  const raw = extra["raw_output"];
  const time = parseTime(extra["timestamp"]);
  const call_id = asText(message["tool_call_id"] ?? message["call_id"]) || open;
  return {
    role: "environment",
    agent: call_id === "" ? "harness" : "bash",
    speaker: asText(message["role"]) || "tool",
    content: typeof raw === "string" && raw.length >= output.length ? raw : output,
    ...(call_id === "" ? {} : { call_id }),
    ...(Number.isSafeInteger(code) ? { exit_code: Number(code) } : {}),
    ...(time === undefined ? {} : { at_ms: time }),
  };
}

function modelOf(info: Record<string, unknown>): string {
  const config = asObject(info["config"]) ?? {};
  return asText(asObject(config["model"])?.["model_name"]);
}
