import { asObject } from "./json-shape.ts";

/** What a tool's answer says about how it went. */
export interface ToolEnding {
  exit_code?: number;
  error?: string;
}

const SHELLS = new Set([
  "bash",
  "shell",
  "execute_bash",
  "terminal",
  "run",
  "exec_command",
  "local_shell",
  "powershell",
]);

/** Whether a tool runs shell commands. */
export function isShell(name: string): boolean {
  return SHELLS.has(name.toLowerCase());
}

/**
 * How a tool call ended, by what Claude Code writes: `Exit code N` before the output of a command that failed, an error
 * flag for any tool. A shell that failed without a code has an error; one that did not fail ended with 0.
 */
export function claudeEnding(tool: string, content: string, isError: unknown, result: unknown): ToolEnding {
  const code = /^(?:Error: )?Exit code (\d{1,3})\b/.exec(content)?.[1];
  if (code !== undefined) return { exit_code: Number(code) };
  if (isError === true) return { error: content.split("\n", 1)[0]?.slice(0, 200) || "error" };
  const told = asObject(result);
  const background = told?.["backgroundTaskId"] !== undefined || told?.["interrupted"] === true;
  return isError === false && isShell(tool) && !background ? { exit_code: 0 } : {};
}
