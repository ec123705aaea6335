import type { ParsedRun, SourceFile } from "./format.ts";
import { asObject } from "./json-shape.ts";
import { parseTime } from "./run-times.ts";

/** Shorter words without a space are keys, ids and names of roles: structure, not text. */
const SHORTEST = 24;
/** Deepest nesting that is looked into. */
const DEEPEST = 100;

/**
 * How many bytes of text in the files reached none of the runs: the lines of every string in them (JSON inside a string
 * opened) that no task, prompt, step, argument or label of a run holds. Ids, times and words shorter than
 * {@link SHORTEST} characters without a space are structure and not counted.
 */
export function unparsedBytes(files: readonly SourceFile[], runs: readonly ParsedRun[]): number {
  const kept = new Set<string>();
  const keep = (text: string) =>
    eachLine(text, (line) => {
      kept.add(line);
      // Tools show files with their lines numbered; the same file may stand beside without.
      const plain = line.replace(/^\d+\s*[→:|\t]\s*/, "");
      if (plain !== line) kept.add(plain);
    });
  for (const run of runs) eachTextOf(run, keep);
  let missing = 0;
  const counted = new Set<string>();
  const count = (text: string) =>
    eachLine(text, (line) => {
      if (kept.has(line) || counted.has(line) || isStructure(line)) return;
      counted.add(line);
      missing += Buffer.byteLength(line);
    });
  for (const file of files) {
    if (file.records !== undefined) eachString(file.records, count, 0);
    else if (file.json !== undefined) eachString(file.json, count, 0);
    else count(file.text);
  }
  return missing;
}

function eachTextOf(run: ParsedRun, take: (text: string) => void): void {
  for (const text of [run.task, run.task_id, run.ground_truth, run.exit_status ?? "", run.label?.reason ?? ""])
    take(text);
  for (const [agent, prompt] of run.system_prompts) {
    take(agent);
    take(prompt);
  }
  for (const text of run.also_read ?? []) eachString(text, take, 0);
  for (const step of run.steps) {
    for (const text of [step.content, step.reasoning, step.input, step.error, step.speaker]) take(text ?? "");
    for (const call of step.tool_calls ?? []) {
      take(call.name);
      eachString(call.arguments, take, 0);
    }
  }
  for (const span of run.spans ?? []) eachString(span.attributes, take, 0);
}

function eachString(value: unknown, take: (text: string) => void, depth: number): void {
  if (depth > DEEPEST) return;
  if (typeof value === "string") {
    const inner = openJson(value);
    if (inner === undefined) take(value);
    else eachString(inner, take, depth + 1);
  } else if (Array.isArray(value)) for (const item of value) eachString(item, take, depth + 1);
  else for (const item of Object.values(asObject(value) ?? {})) eachString(item, take, depth + 1);
}

function openJson(text: string): unknown {
  if (!/^\s*(\{\s*"|\[\s*[{["])/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function eachLine(text: string, take: (line: string) => void): void {
  for (const line of text.split(/[\r\n]+/)) {
    const plain = line.trim();
    if (plain !== "") take(plain);
  }
}

function isStructure(line: string): boolean {
  if (line.length < SHORTEST && !/\s/.test(line)) return true;
  return STRUCTURE.some((pattern) => pattern.test(line)) || parseTime(line) !== undefined;
}

const STRUCTURE: readonly RegExp[] = [
  /^```\w*$/,
  /^<\/?[\w-]+>$/,
  /^<(\w+)>[^<]{0,20}<\/\1>$/,
  /^[0-9a-fA-F-]{24,64}$/,
  /^(call|toolu|chatcmpl|gen|msg|resp|req|functions|srvtoolu)[_.-][\w.:-]+$/,
];
