import type { ImportFormat, Malformed, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { asObject, asObjects, asText } from "./json-shape.ts";
import { parseTime } from "./run-times.ts";

/** Who speaks for the person that asked. */
const PEOPLE = new Set(["human", "user", "boss", "investor"]);

/**
 * MetaGPT: a serialised team (`team.json`: `env.history`, or the messages in its roles' memories), a list of its messages
 * (`cause_by`, `sent_from`, `send_to`), or its log, in which roles announce what they do and the model's answer follows.
 */
export const metagpt: ImportFormat = {
  name: "metagpt",
  description: "MetaGPT teams, messages and logs: cause_by, sent_from; metagpt.roles lines",
  detect: (file) => messagesOf(documentOf(file)).length > 0 || isLog(file),
  parse: (file) => (isLog(file) ? parseLog(file) : parseMessages(file)),
};

function documentOf(file: SourceFile): unknown {
  return file.records ?? file.json;
}

function isMessage(value: unknown): boolean {
  const message = asObject(value);
  return (
    message !== undefined &&
    "content" in message &&
    "cause_by" in message &&
    ("sent_from" in message || "role" in message)
  );
}

function messagesOf(document: unknown): Record<string, unknown>[] {
  const list = Array.isArray(document) ? asObjects(document) : [];
  if (list.length > 0) return list.every(isMessage) ? list : [];
  const held = asObject(document);
  const env = asObject(held?.["env"]) ?? asObject(held?.["data"]) ?? held;
  const history = env?.["history"];
  const stored = asObjects(asObject(history)?.["storage"] ?? (Array.isArray(history) ? history : undefined)).filter(
    isMessage,
  );
  if (stored.length > 0) return stored;
  const memories = Object.values(asObject(env?.["roles"]) ?? {}).flatMap((role) => {
    const memory = asObject(
      asObject(asObject(role)?.["rc"])?.["memory"] ?? asObject(asObject(role)?.["_rc"])?.["memory"],
    );
    return asObjects(memory?.["storage"]).filter(isMessage);
  });
  // Every role remembers what was said to all; a message is itself by its id.
  const seen = new Map(memories.map((message, at) => [asText(message["id"]) || String(at), message]));
  return [...seen.values()];
}

function parseMessages(file: SourceFile): ParsedRun | Malformed {
  const document = documentOf(file);
  const messages = messagesOf(document);
  const names = roleNames(asObject(document));
  let task = asText(asObject(document)?.["idea"]);
  const steps: ParsedStep[] = [];
  for (const message of messages) {
    const cause = asText(message["cause_by"]);
    const speaker = asText(message["role"]) || asText(message["sent_from"]);
    const content = asText(message["content"]);
    const asked = /UserRequirement|BossRequirement/.test(cause) || PEOPLE.has(speaker.toLowerCase());
    if (asked && task === "" && steps.length === 0) {
      task = content;
      continue;
    }
    if (asked && content === task) continue;
    const agent = names.get(speaker) ?? lastWord(asText(message["sent_from"])) ?? speaker;
    const action = lastWord(cause);
    const instruct = message["instruct_content"];
    steps.push({
      role: asked ? "user" : /RunCode|RunCommand|ExecuteNbCode/.test(cause) ? "environment" : "agent",
      agent: asked
        ? "user"
        : (names.get(speaker) ?? (PEOPLE.has(agent.toLowerCase()) || agent === "" ? speaker : agent)),
      speaker,
      content: content !== "" ? content : instruct === null || instruct === undefined ? "" : asText(instruct),
      ...(asked || action === undefined
        ? {}
        : { tool_calls: [{ id: asText(message["id"]), name: action, arguments: {} }] }),
    });
  }
  if (steps.length === 0) return { malformed: "no role says anything in it." };
  const cost =
    asObject(asObject(asObject(document)?.["context"])?.["cost_manager"])?.["total_cost"] ??
    asObject(asObject(document)?.["cost_manager"])?.["total_cost"];
  return {
    ...empty(
      task,
      steps.map((step) => (step.role === "agent" ? step : withoutCalls(step))),
    ),
    ...(typeof cost === "number" && cost > 0 ? { cost_usd: cost } : {}),
    also_read: messages.map(({ instruct_content }) => asText(instruct_content)),
  };
}

function withoutCalls({ tool_calls: _, ...step }: ParsedStep): ParsedStep {
  return step;
}

/** Names of people by their profile: `Product Manager` is Alice. */
function roleNames(document: Record<string, unknown> | undefined): Map<string, string> {
  const roles = asObject(asObject(document?.["env"])?.["roles"]) ?? {};
  return new Map(
    Object.entries(roles).flatMap(([profile, role]): [string, string][] => {
      const name = asText(asObject(role)?.["name"]);
      return name === "" ? [] : [[asText(asObject(role)?.["profile"]) || profile, name]];
    }),
  );
}

function lastWord(path: string): string | undefined {
  const word = path.slice(path.lastIndexOf(".") + 1);
  return word === "" ? undefined : word;
}

/** `2024-01-01 10:00:00.123 | INFO     | metagpt.roles.role:_act:403 - …` */
const LINE = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?) \| (\w+)\s*\| ([\w.]+):(\w+):(\d+) - (.*)$/;
/** `Alice(Product Manager): to do WritePRD(WritePRD)` */
const ACTS = /^([^():]{1,60})\(([^()]{1,80})\): (?:to do|ready to) (\w+)/;
const COST = /Total running cost: \$([\d.]+).*?prompt_tokens: (\d+), completion_tokens: (\d+)/;

function isLog(file: SourceFile): boolean {
  if (file.json !== undefined || file.records !== undefined) return false;
  return /^\d{4}-\d\d-\d\d [\d:.]+ \| \w+\s*\| metagpt\.[\w.]+:\w+:\d+ - /m.test(file.text.slice(0, 200_000));
}

function parseLog(file: SourceFile): ParsedRun | Malformed {
  const steps: ParsedStep[] = [];
  let current: ParsedStep | undefined;
  let task = "";
  let cost = 0;
  const rest: string[] = [];
  for (const line of file.text.split(/\r?\n/)) {
    const found = LINE.exec(line);
    if (found === null) {
      if (current === undefined) rest.push(line);
      else current.content += `${current.content === "" ? "" : "\n"}${line}`;
      continue;
    }
    const [, time, level, module = "", , , text = ""] = found;
    const at_ms = parseTime(time);
    const at = at_ms === undefined ? {} : { at_ms };
    const acts = ACTS.exec(text);
    const spent = COST.exec(text);
    const published = /publish_message: (\{.*\})\s*$/.exec(text)?.[1];
    rest.push(line);
    if (acts) {
      const [, agent = "", , action = ""] = acts;
      current = {
        role: "agent",
        agent,
        speaker: agent,
        content: "",
        tool_calls: [{ id: String(steps.length), name: action, arguments: {} }],
        ...at,
      };
      steps.push(current);
    } else if (spent) {
      cost = Math.max(cost, Number(spent[1]));
      const last = steps.findLast(({ role }) => role === "agent");
      if (last !== undefined) {
        last.input_tokens = (last.input_tokens ?? 0) + Number(spent[2]);
        last.output_tokens = (last.output_tokens ?? 0) + Number(spent[3]);
      }
    } else if (/^(New requirement detected|idea): /.test(text)) task ||= text.replace(/^[^:]*: /, "");
    else if (published !== undefined && /UserRequirement|BossRequirement/.test(published))
      task ||= asText(asObject(parsedJson(published))?.["content"]);
    else if (/\.(run_code|run_command|execute_nb_code|run_tests?)$/.test(module) || level === "ERROR") {
      steps.push({
        role: "environment",
        agent: lastWord(module) ?? "environment",
        speaker: module,
        content: text,
        ...(level === "ERROR" ? { error: text.slice(0, 200) } : {}),
        ...at,
      });
      current = steps.at(-1);
    }
  }
  if (!steps.some(({ role }) => role === "agent")) return { malformed: "no role acts in the log." };
  for (const step of steps) step.content = step.content.trim();
  return { ...empty(task, steps), ...(cost > 0 ? { cost_usd: cost } : {}), also_read: rest };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function empty(task: string, steps: ParsedStep[]): ParsedRun {
  return {
    subset: "",
    task,
    task_id: "",
    ground_truth: "",
    outcome: "unknown",
    steps,
    system_prompts: new Map(),
    label: null,
    warnings: [],
  };
}
