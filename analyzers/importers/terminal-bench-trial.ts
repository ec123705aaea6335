import { join } from "node:path";
import { CLAUDE_CODE, readClaudeEvents } from "./claude-events.ts";
import type { FolderFormat, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { isProxyLog, readProxyLog } from "./litellm-log.ts";
import type { SourceEntry, SourceSystem } from "./sources/source-system.ts";
import { eventsInTerminal } from "./terminal-text.ts";
import { isTerminalBenchResult, trialVerdict, verdictFields } from "./trial-verdict.ts";

/** Where a trial keeps what its agent did, best first. */
const LOGS = [
  "sessions/claude_code.log",
  "sessions/agent.log",
  "agent-logs/claude-code.txt",
  "sessions/agent.cast",
  "panes/post-agent.txt",
];

/**
 * A terminal-bench trial of Claude Code: `results.json` with the task and the verdict, and the session in a proxy log, an
 * asciinema recording or the terminal's last pane, whichever is there. Where none is, the commands that were typed into
 * the terminal are all that is known, and that is said.
 */
export const terminalBenchTrial: FolderFormat = {
  name: "claude-code-trial",
  description: "terminal-bench trials of Claude Code: results.json with the session in sessions/ or panes/",
  async read(folder, entries, sources) {
    if (!entries.some(({ name, kind }) => kind === "file" && name === "results.json")) return undefined;
    const results = await sources.file(join(folder, "results.json"));
    if (results === undefined || !isTerminalBenchResult(results.json)) return undefined;
    const commands = await fileIn(folder, "commands.txt", entries, sources);
    const found = await sessionOf(folder, entries, sources);
    // Where another agent kept a log of its own, what was typed into the terminal is not the run.
    const logged = entries.some(({ kind, name }) => kind === "folder" && /^(agent([-_]logs)?|sessions)$/.test(name));
    const ofClaude = commands !== undefined && /['"]claude |claude --|claude_code|claude-code/.test(commands.text);
    if (found === undefined && (commands === undefined || (logged && !ofClaude))) return undefined;
    const verdict = trialVerdict([results]);
    const read = [results, ...(found === undefined ? [] : [found.file])];
    const run = found?.run ?? typed(commands?.text ?? "");
    const test = await fileIn(folder, "panes/post-test.txt", entries, sources);
    const files = entries
      .filter(({ kind, name }) => kind === "file" || name === "panes" || name === "sessions")
      .map(({ name }) => join(folder, name));
    return {
      files,
      read,
      runs: [
        {
          ...base(run, commands?.text ?? "", test?.text ?? ""),
          ...verdictFields(verdict, { task: "", task_id: "" }),
          ...ending(run, verdict.exit_status),
        },
      ],
    };
  },
};

interface SessionRun {
  steps: ParsedStep[];
  also_read?: string[];
  exit_status?: string;
  cost_usd?: number;
  warnings: string[];
}

function base(run: SessionRun, commands: string, tests: string): Omit<ParsedRun, "task" | "task_id" | "outcome"> {
  return {
    identity: JSON.stringify([run.steps, commands]),
    subset: "",
    ground_truth: "",
    steps: run.steps,
    system_prompts: new Map(),
    label: null,
    also_read: [...(run.also_read ?? []), commands, tests],
    warnings: run.warnings,
  };
}

function ending(run: SessionRun, told: string | undefined): Pick<ParsedRun, "exit_status" | "cost_usd"> {
  const exit = told ?? run.exit_status;
  return {
    ...(exit === undefined ? {} : { exit_status: exit }),
    ...(run.cost_usd === undefined ? {} : { cost_usd: run.cost_usd }),
  };
}

async function sessionOf(
  folder: string,
  entries: readonly SourceEntry[],
  sources: SourceSystem,
): Promise<{ run: SessionRun; file: SourceFile } | undefined> {
  for (const path of LOGS) {
    const file = await fileIn(folder, path, entries, sources);
    if (file === undefined) continue;
    const text = path.endsWith(".cast") ? castText(file) : file.text;
    if (isProxyLog(text)) {
      const steps = readProxyLog(text, CLAUDE_CODE);
      if (steps.length > 0) return { run: { steps, warnings: [] }, file };
    }
    const { events, rest } = eventsInTerminal(text);
    const run = readClaudeEvents(events);
    if (run.steps.length === 0) continue;
    const whole = path.startsWith("panes/") && !/"subtype":"init"/.test(text);
    const warnings = whole ? ["Only the last screen of the session is there: steps before it are lost."] : [];
    // What is no whole event (a proxy's chatter, one that the screen cut) is there and unread.
    return { run: { ...run, warnings }, file: { ...file, records: [...events, rest] } };
  }
  return undefined;
}

async function fileIn(
  folder: string,
  path: string,
  entries: readonly SourceEntry[],
  sources: SourceSystem,
): Promise<SourceFile | undefined> {
  return entries.some(({ name }) => name === path.split("/")[0]) ? sources.file(join(folder, path)) : undefined;
}

/** The output of an asciinema recording, version 2: a header line, then `[time, "o", text]`. */
function castText(file: SourceFile): string {
  return (file.records ?? [])
    .filter((record): record is unknown[] => Array.isArray(record) && record[1] === "o")
    .map((record) => String(record[2]))
    .join("");
}

/** Commands typed into the terminal, a line each, as Python wrote its lists: `['ls', 'Enter']`. */
export function typed(text: string): SessionRun {
  const steps: ParsedStep[] = [];
  for (const [at, entry] of text.split(/\n(?=\[["'])/).entries()) {
    const keys = pythonStrings(entry);
    if (keys.length === 0) continue;
    const keystrokes = keys.filter((key) => key !== "Enter").join(" ");
    if (/^(asciinema rec|clear$|C-d$|bash\s+\/tests\/)/.test(keystrokes)) continue;
    steps.push({
      role: "agent",
      agent: "terminal",
      speaker: "terminal",
      content: "",
      tool_calls: [{ id: `${at}.0`, name: "terminal", arguments: { keystrokes } }],
    });
  }
  return { steps, warnings: ["The session's log is not there: only the commands typed into the terminal are known."] };
}

/** The strings of one Python list, as `repr` writes them. */
function pythonStrings(list: string): string[] {
  const strings: string[] = [];
  for (const found of list.matchAll(/'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"/g)) {
    strings.push(
      (found[1] ?? found[2] ?? "").replace(/\\(.)/gs, (_, escaped: string) =>
        escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped,
      ),
    );
  }
  return strings;
}
