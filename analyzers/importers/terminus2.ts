import { join } from "node:path";
import type { FolderFormat, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { asObject, asObjects, asText } from "./json-shape.ts";
import { parseLenientJson } from "./sources/lenient-json.ts";
import type { SourceSystem } from "./sources/source-system.ts";
import { isTerminalBenchResult, trialVerdict, verdictFields } from "./trial-verdict.ts";

const AGENT = "terminus-2";
const EPISODE = /^episode-(\d+)$/;
/** Folders in which a trial keeps its agent's episodes. */
const LOG_FOLDERS = new Set(["agent-logs", "agent_logs", "agent"]);

/**
 * Terminus 2 (terminal-bench): `agent-logs/episode-N/` with the model's answer in `response.txt` (JSON or XML: analysis,
 * plan, commands as keystrokes) and what it was shown in `prompt.txt`; the screen after episode N opens N+1's prompt.
 */
export const terminus2: FolderFormat = {
  name: "terminus2",
  description: "Terminus 2 trials: agent-logs/episode-N with prompt.txt and response.txt",
  async read(folder, entries, sources) {
    const own = entries.some(({ kind, name }) => kind === "folder" && EPISODE.test(name));
    const inside = entries.find(({ kind, name }) => kind === "folder" && LOG_FOLDERS.has(name));
    const logs = own ? folder : inside === undefined ? undefined : join(folder, inside.name);
    if (logs === undefined) return undefined;
    const episodes = ((await sources.list(logs)) ?? [])
      .filter(({ kind, name }) => kind === "folder" && EPISODE.test(name))
      .sort((left, right) => numberOf(left.name) - numberOf(right.name));
    if (episodes.length === 0) return undefined;
    const read: SourceFile[] = [];
    const turns = await Promise.all(episodes.map(({ name }) => episodeIn(join(logs, name), sources)));
    if (!turns.some(({ response }) => response !== undefined)) return undefined;
    for (const turn of turns) read.push(...[turn.prompt, turn.response].filter((file) => file !== undefined));
    const verdicts = await verdictFiles(own ? join(folder, "..") : folder, sources);
    const verdict = trialVerdict(verdicts);
    const steps = stepsOf(turns);
    const first = turns[0]?.prompt?.text ?? "";
    const run: ParsedRun = {
      identity: JSON.stringify(steps),
      subset: "",
      ground_truth: "",
      ...verdictFields(verdict, { task: "", task_id: "" }),
      task: verdict.task || taskOf(first),
      steps,
      system_prompts: new Map([[AGENT, first]]),
      label: null,
      also_read: turns.flatMap(({ prompt, response }) => [prompt?.text ?? "", response?.text ?? ""]),
      warnings: steps.length === 0 ? ["The run is empty: the agent took no step."] : [],
    };
    const files = [
      logs,
      ...verdicts.map(({ path }) => path),
      ...entries.filter(({ kind }) => kind === "file").map(({ name }) => join(folder, name)),
    ];
    for (const beside of ["panes", "sessions"]) files.push(join(folder, beside));
    return { runs: [run], read: [...read, ...verdicts], files };
  },
};

interface Episode {
  number: number;
  prompt: SourceFile | undefined;
  response: SourceFile | undefined;
  at_ms: number | undefined;
}

async function episodeIn(folder: string, sources: SourceSystem): Promise<Episode> {
  const [prompt, response] = await Promise.all(
    ["prompt.txt", "response.txt"].map((name) => sources.file(join(folder, name))),
  );
  return { number: numberOf(folder.slice(folder.lastIndexOf("/") + 1)), prompt, response, at_ms: undefined };
}

async function verdictFiles(folder: string, sources: SourceSystem): Promise<SourceFile[]> {
  const names = ["results.json", "result.json", "verifier/reward.txt"];
  const files = await Promise.all(names.map((name) => sources.file(join(folder, name))));
  return files
    .filter((file) => file !== undefined)
    .filter(({ json, text }) => isTerminalBenchResult(json) || asObject(json) !== undefined || text.length < 40);
}

function stepsOf(turns: readonly Episode[]): ParsedStep[] {
  const steps: ParsedStep[] = [];
  for (const [at, turn] of turns.entries()) {
    if (turn.response === undefined) continue;
    const answer = readAnswer(turn.response.text);
    const calls = answer.commands.map((command, place) => ({
      id: `${turn.number}.${place}`,
      name: "terminal",
      arguments: command,
    }));
    if (answer.complete)
      calls.push({ id: `${turn.number}.done`, name: "task_complete", arguments: { keystrokes: "" } });
    steps.push({ role: "agent", agent: AGENT, speaker: AGENT, content: answer.said, tool_calls: calls });
    const next = turns[at + 1]?.prompt?.text;
    if (next === undefined) continue;
    const id = calls[0]?.id;
    steps.push({
      role: "environment",
      agent: "terminal",
      speaker: "terminal",
      content: screenOf(next),
      ...(id === undefined ? {} : { call_id: id }),
    });
  }
  return steps;
}

interface Answer {
  said: string;
  commands: { keystrokes: string; duration?: number }[];
  complete: boolean;
}

/** The model's answer: a JSON object, alone or inside other text, or the XML form of the same. */
function readAnswer(text: string): Answer {
  const from = text.indexOf("{");
  const value =
    from === -1 || /^\s*<response>/.test(text)
      ? undefined
      : asObject(parseLenientJson(text.slice(from, text.lastIndexOf("}") + 1) || text.slice(from))?.value);
  if (
    value !== undefined &&
    ("commands" in value || "plan" in value || "analysis" in value || "state_analysis" in value)
  ) {
    const said = ["state_analysis", "analysis", "plan", "explanation"]
      .map((key) => asText(value[key]))
      .filter((part) => part !== "");
    const commands = asObjects(value["commands"]).map((command) => {
      const seconds = command["duration"] ?? command["timeout_sec"];
      return {
        keystrokes: asText(command["keystrokes"]),
        ...(typeof seconds === "number" ? { duration: seconds } : {}),
      };
    });
    return {
      said: said.join("\n\n"),
      commands,
      complete: value["task_complete"] === true || value["is_task_complete"] === true,
    };
  }
  const tagged = (tag: string) => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text)?.[1]?.trim() ?? "";
  if (/<(commands|keystrokes|analysis)\b/.test(text)) {
    const commands = [...text.matchAll(/<keystrokes(?:\s+duration="([\d.]+)")?[^>]*>([\s\S]*?)<\/keystrokes>/g)].map(
      (found) => ({
        keystrokes: found[2] ?? "",
        ...(found[1] === undefined ? {} : { duration: Number(found[1]) }),
      }),
    );
    return {
      said: [tagged("analysis"), tagged("plan")].filter((part) => part !== "").join("\n\n"),
      commands,
      complete: tagged("task_complete") === "true",
    };
  }
  return { said: text.trim(), commands: [], complete: false };
}

/** The screen that a prompt shows: behind `New Terminal Output:` or its like, else the whole prompt. */
function screenOf(prompt: string): string {
  const found =
    /(?:New Terminal Output|Current Terminal Screen|Current terminal state|Terminal Output|Current terminal screen):?[^\S\n]*\n/i.exec(
      prompt,
    );
  return found === null ? prompt.trim() : prompt.slice(found.index + found[0].length).replace(/\s+$/, "");
}

function taskOf(prompt: string): string {
  const found =
    /(?:Task Description|Instruction|TASK DESCRIPTION):?[^\S\n]*\n+([\s\S]*?)(?=\n\s*(?:Current terminal|Current Terminal|Terminal state|CURRENT TERMINAL)|$)/.exec(
      prompt,
    );
  return found?.[1]?.trim() ?? "";
}

function numberOf(name: string): number {
  return Number(EPISODE.exec(name)?.[1] ?? 0);
}
