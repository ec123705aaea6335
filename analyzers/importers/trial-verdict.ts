import { dirname, join } from "node:path";
import type { ParsedRun, SourceFile } from "./format.ts";
import { asCount, asObject, asText } from "./json-shape.ts";
import { parseTime } from "./run-times.ts";

/** What the files beside an agent's log say of the trial: the task, how it ended, what its tests found. */
export type TrialVerdict = Pick<
  ParsedRun,
  "task" | "task_id" | "outcome" | "exit_status" | "cost_usd" | "started_ms" | "ended_ms" | "score" | "feedback"
> & { agent: string; model: string };

/** Where a trial's results may lie, seen from the agent's log: beside it and up to two folders above. */
export function trialPaths(path: string): string[] {
  const folders = [dirname(path), join(dirname(path), ".."), join(dirname(path), "..", "..")];
  return folders.flatMap((folder) =>
    [
      "result.json",
      "results.json",
      "verifier/reward.txt",
      "verifier/reward.json",
      "verifier/test-stdout.txt",
      "config.json",
    ].map((name) => join(folder, name)),
  );
}

/** terminal-bench's `results.json` of one trial. */
export function isTerminalBenchResult(value: unknown): boolean {
  const document = asObject(value);
  return document !== undefined && "is_resolved" in document && typeof document["task_id"] === "string";
}

/** Harbor's `result.json` of one trial. */
function isHarborResult(document: Record<string, unknown>): boolean {
  return typeof document["task_name"] === "string" && ("verifier_result" in document || "agent_result" in document);
}

/** Whether a file beside a run says something of its trial: results, a reward, the output of its tests, its settings. */
export function isVerdictFile(file: SourceFile): boolean {
  const document = asObject(file.json);
  if (document === undefined) return isReward(file) || file.path.endsWith("test-stdout.txt");
  return (
    isTerminalBenchResult(document) || isHarborResult(document) || ("trial_name" in document && "task" in document)
  );
}

function isReward(file: SourceFile): boolean {
  return file.text.length < 40 && /^\s*-?\d+(\.\d+)?\s*$/.test(file.text);
}

/** The verdict of a trial by the files beside its log; empty texts and `unknown` where they do not say. */
export function trialVerdict(beside: Iterable<SourceFile>): TrialVerdict {
  let verdict: TrialVerdict = { task: "", task_id: "", outcome: "unknown", agent: "", model: "" };
  let output = "";
  for (const file of beside) {
    const document = asObject(file.json);
    if (document !== undefined && isTerminalBenchResult(document)) verdict = { ...verdict, ...terminalBench(document) };
    else if (document !== undefined && isHarborResult(document)) verdict = { ...verdict, ...harbor(document) };
    else if (isReward(file)) {
      verdict = { ...verdict, ...rewarded(Number(file.text)) };
    } else if (file.path.endsWith("test-stdout.txt")) output = file.text;
  }
  return output === "" || verdict.feedback !== undefined ? verdict : { ...verdict, feedback: output.slice(-4000) };
}

function terminalBench(document: Record<string, unknown>): Partial<TrialVerdict> {
  const resolved = document["is_resolved"];
  const failure = asText(document["failure_mode"]);
  const tests = Object.entries(asObject(document["parser_results"]) ?? {});
  const failed = tests.filter(([, result]) => result !== "passed").map(([name]) => name);
  return {
    task: asText(document["instruction"]),
    task_id: asText(document["task_id"]),
    outcome: resolved === true ? "success" : resolved === false ? "failure" : "unknown",
    ...(failure === "" || failure === "unset" ? {} : { exit_status: failure }),
    ...(tests.length === 0
      ? {}
      : {
          feedback: `${tests.length - failed.length} of ${tests.length} tests passed${failed.length > 0 ? `; failed: ${failed.join(", ")}` : ""}.`,
        }),
    ...times(
      document["agent_started_at"] ?? document["trial_started_at"],
      document["agent_ended_at"] ?? document["trial_ended_at"],
    ),
  };
}

function harbor(document: Record<string, unknown>): Partial<TrialVerdict> {
  const result = asObject(document["agent_result"]) ?? {};
  const info = asObject(document["agent_info"]) ?? {};
  const exception = asObject(document["exception_info"]);
  const rewards = Object.values(asObject(asObject(document["verifier_result"])?.["rewards"]) ?? {});
  const reward = rewards.find((value) => typeof value === "number");
  const cost = result["cost_usd"];
  const ran = asObject(document["agent_execution"]) ?? {};
  return {
    task_id: asText(document["task_name"]),
    agent: asText(info["name"]),
    model: asText(asObject(info["model_info"])?.["name"]),
    ...(typeof reward === "number" ? rewarded(reward) : {}),
    ...(exception === undefined ? {} : { exit_status: asText(exception["exception_type"]) || "exception" }),
    ...(typeof cost === "number" && cost > 0 ? { cost_usd: cost } : {}),
    ...times(ran["started_at"] ?? document["started_at"], ran["finished_at"] ?? document["finished_at"]),
  };
}

/** A reward of 1 is a solved task; anything less is not. */
function rewarded(reward: number): Pick<TrialVerdict, "outcome" | "score"> {
  return { outcome: reward >= 1 ? "success" : "failure", score: reward };
}

function times(from: unknown, until: unknown): Pick<TrialVerdict, "started_ms" | "ended_ms"> {
  const [started_ms, ended_ms] = [parseTime(from), parseTime(until)];
  return { ...(started_ms === undefined ? {} : { started_ms }), ...(ended_ms === undefined ? {} : { ended_ms }) };
}

/** The parts of a verdict that a run takes as they are. */
export function verdictFields(
  { agent: _, model: __, task, task_id, ...rest }: TrialVerdict,
  own: Pick<ParsedRun, "task" | "task_id">,
) {
  return { ...rest, task: own.task || task, task_id: own.task_id || task_id };
}

/** Tokens in and out, by the names that providers give them. */
export function usageOf(usage: Record<string, unknown> | undefined): { input_tokens?: number; output_tokens?: number } {
  const input = asCount(usage?.["prompt_tokens"]) ?? asCount(usage?.["input_tokens"]);
  const cached = usage?.["prompt_tokens"] === undefined ? (asCount(usage?.["cache_read_input_tokens"]) ?? 0) : 0;
  const output = asCount(usage?.["completion_tokens"]) ?? asCount(usage?.["output_tokens"]);
  return {
    ...(input === undefined ? {} : { input_tokens: input + cached }),
    ...(output === undefined ? {} : { output_tokens: output }),
  };
}
