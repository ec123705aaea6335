import { CLAUDE_CODE, isClaudeEvent, readClaudeEvents } from "./claude-events.ts";
import type { ImportFormat, SourceFile } from "./format.ts";
import { asObject } from "./json-shape.ts";
import { isVerdictFile, trialPaths, trialVerdict, verdictFields } from "./trial-verdict.ts";

/** Lines in which an event of the conversation must come; before it stand summaries and snapshots. */
const PREAMBLE = 50;

/**
 * A Claude Code session (`~/.claude/projects/…/<session>.jsonl`), or what `--output-format stream-json` or `json` wrote:
 * one event a line. It holds no verdict; `exit_status` is the closing event's.
 */
export const claudeCode: ImportFormat = {
  name: "claude-code",
  description: "Claude Code sessions and stream-json logs: one event a line",
  wholeFile: true,
  detect: (file) => eventsOf(file).slice(0, PREAMBLE).some(isClaudeEvent),
  besidePaths: (file) => trialPaths(file.path),
  isBeside: isVerdictFile,
  parse(file, _, beside) {
    const { session, ...run } = readClaudeEvents(eventsOf(file));
    if (run.steps.length === 0) return { malformed: "no message of the assistant is in it." };
    const known = verdictFields(trialVerdict(beside.values()), { task: run.task, task_id: "" });
    const gaveUp = run.exit_status?.startsWith("error") === true;
    return {
      ...run,
      subset: "",
      ground_truth: "",
      ...known,
      task_id: known.task_id || session,
      outcome: known.outcome === "unknown" && gaveUp ? "failure" : known.outcome,
      system_prompts: new Map(),
      label: null,
      warnings: run.steps.some(({ agent }) => agent === CLAUDE_CODE) ? [] : ["Only sub-agents speak in it."],
    };
  },
};

function eventsOf(file: SourceFile): readonly unknown[] {
  if (file.records !== undefined) return file.records;
  return Array.isArray(file.json) ? file.json : asObject(file.json) === undefined ? [] : [file.json];
}
