import type { ParsedStep } from "../format.ts";

/** What a name of a speaker, kind or event says of who acts. `system` is a prompt and no step; `skip` is nobody's. */
export type RoleWord = ParsedStep["role"] | "system" | "skip";

const words = (text: string) => text.split(" ");

/** Parts of a team: whoever is called so is an agent and has that for a name. */
const TEAM = words(
  "planner coder programmer engineer solver worker orchestrator reviewer critic developer architect manager tester researcher writer",
);
/** Who an agent is, when nothing more is said of it. */
const AGENTS = words("assistant agent ai bot model llm gpt claude gemini policy");
const ACTS = words(
  "action act thought think thinking plan reasoning call toolcall command cmd answer final decision completion generation executes did move reflection",
);
const ANSWERS = words(
  "tool tools environment env observation observations obs observed function result results output stdout stderr terminal shell console executor sandbox interpreter toolresult feedback world ret returned runtime os simulator",
);
const PEOPLE = words("user human customer client task instruction request question operator person goal query prompt");
const NOBODY = words(
  "meta metadata header heartbeat debug trace metric metrics summary snapshot info log warning config",
);

const BY_WORD = new Map<string, RoleWord>([
  ...NOBODY.map((word): [string, RoleWord] => [word, "skip"]),
  ...PEOPLE.map((word): [string, RoleWord] => [word, "user"]),
  ...ANSWERS.map((word): [string, RoleWord] => [word, "environment"]),
  ...[...TEAM, ...AGENTS, ...ACTS].map((word): [string, RoleWord] => [word, "agent"]),
  ["system", "system"],
  ["sys", "system"],
  ["preamble", "system"],
]);

const DONE_WITH = new Set(words("tool function command action exec shell call invocation code"));
const BEGINS = new Set(
  words("start started begin call calls use uses invoke invoked invocation request requested input"),
);
const ENDS = new Set(
  words("end ended finish finished result results output outputs response return returned completed done observation"),
);

/**
 * Who a name speaks of: `tool_start` is what an agent did, `tool_end` what came of it, `llm_output` an agent's words; else
 * all of the name, its last word, its first. `undefined` for a name of its own.
 */
export function roleOfWord(name: string): RoleWord | undefined {
  const parts = wordsOf(name);
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (parts.length > 1) {
    const tool = parts.some((part) => DONE_WITH.has(part));
    if (tool && ENDS.has(last)) return "environment";
    if (tool && BEGINS.has(last)) return "agent";
    if (AGENTS.includes(first)) return "agent";
    if (first === "system" && last === "prompt") return "system";
  }
  return BY_WORD.get(parts.join("_")) ?? BY_WORD.get(last) ?? BY_WORD.get(first);
}

/** The name that a speaker's word gives an agent; empty where it only says that an agent speaks. */
export function nameOfWord(name: string): string {
  return roleOfWord(name) === undefined || TEAM.includes(wordsOf(name).at(-1) ?? "") ? name : "";
}

function wordsOf(name: string): string[] {
  const spaced = name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  return spaced.split(/[^a-z]+/).filter((part) => part !== "");
}

/** Names of keys by what they hold, best first. */
export const KEYS = {
  role: words(
    "role speaker from sender author actor who source party kind type event event_type op channel origin by tag phase",
  ),
  name: words("name agent agent_name speaker actor sender author from who by"),
  content: words(
    "content text message body msg utterance said says value output response data payload line details words reply parts",
  ),
  reasoning: words("thought thoughts thinking reasoning rationale reasoning_content analysis plan reflection why"),
  action: words(
    "action command cmd tool_call call act tool_input code invocation did does execute exec input keystrokes operation",
  ),
  observation: words(
    "observation obs output result stdout tool_output tool_result feedback response returned saw out reply screen",
  ),
  calls: words(
    "tool_calls calls actions function_calls tool_call function_call call invocations tool action tools_used uses",
  ),
  callName: words("name tool function tool_name function_name fn method op command_name action verb"),
  toolName: words("tool tool_name function function_name fn command_name action method"),
  callArguments: words("arguments args input parameters params kwargs tool_input action_input payload with"),
  callId: words("id call_id tool_call_id tool_use_id invocation_id run_id ref uid cid"),
  command: words("command cmd code keystrokes does"),
  exitCode: words("exit_code exitcode returncode return_code rc exit exit_status status_code ret"),
  time: words("timestamp time ts at created_at date when started_at datetime t"),
  task: words(
    "task instruction question problem_statement problem goal objective prompt query issue request task_description mission assignment job",
  ),
  taskId: words("task_id instance_id question_id id run_id session_id uuid case"),
  outcome: words(
    "resolved is_resolved success succeeded solved passed is_correct correct outcome verdict status final_status result",
  ),
  cost: words("cost_usd total_cost cost instance_cost total_cost_usd"),
} as const;

/** How well a key's name fits: 1 for the best, less down the list, 0 for none. */
export function fit(key: string, names: readonly string[]): number {
  const at = names.indexOf(
    key
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .toLowerCase()
      .replace(/-/g, "_"),
  );
  return at === -1 ? 0 : 1 - at / (names.length + 4);
}
