import { isDeepStrictEqual } from "node:util";
import { type CallResult, execute, type Limits, OutlastedError } from "./sandbox.ts";
import type { CodingTask, Example } from "./tasks.ts";

export interface CheckResult {
  /** `null` when the machine was too busy to tell. */
  success: boolean | null;
  /** Fraction of the hidden tests that passed. */
  score: number;
  /** What the tests said. */
  feedback: string;
}

/**
 * Ω: runs the code against the task's hidden tests, in a process of its own.
 *
 * @throws OutlastedError when the machine was too busy to tell
 */
export async function checkSolution(code: string, task: CodingTask, limits?: Limits): Promise<CheckResult> {
  const { passed, total, failures } = await runExamples(code, task.functionName, task.hidden, limits);
  return {
    success: passed === total,
    score: passed / total,
    feedback: [`${passed} of ${total} hidden tests passed.`, ...failures].join("\n"),
  };
}

/**
 * The report of the `run_tests` tool: the visible examples, really executed.
 *
 * @throws OutlastedError when the machine was too busy to tell
 */
export async function testReport(code: string, task: CodingTask): Promise<string> {
  const { passed, total, failures } = await runExamples(code, task.functionName, task.examples);
  return [`${passed} of ${total} examples passed.`, ...failures].join("\n");
}

interface Examined {
  passed: number;
  total: number;
  failures: string[];
}

async function runExamples(
  code: string,
  name: string,
  examples: readonly Example[],
  limits?: Limits,
): Promise<Examined> {
  const calls = examples.map((example) => example.arguments);
  const execution = await execute(code, name, calls, limits);
  const total = examples.length;
  if (execution.status === "outlasted")
    throw new OutlastedError(`The tests of ${name} were not finished: it ${execution.message}.`);
  if (execution.status === "broken") return { passed: 0, total, failures: [`Error: ${execution.message}`] };
  const failures: string[] = [];
  execution.results.forEach((result, index) => {
    const example = examples[index];
    if (example && !matches(result, example)) failures.push(`FAIL ${describeCall(name, example)}: ${said(result)}`);
  });
  return { passed: total - failures.length, total, failures };
}

function matches(result: CallResult, example: Example): boolean {
  return result.status === "returned" && isDeepStrictEqual(result.value, example.returns);
}

/** `clampAll([11], 0, 10) should return [10]` */
export function describeCall(name: string, example: Example): string {
  const given = example.arguments.map((argument) => JSON.stringify(argument)).join(", ");
  return `${name}(${given}) should return ${JSON.stringify(example.returns)}`;
}

function said(result: CallResult): string {
  if (result.status === "threw") return `it threw ${result.message}`;
  return `it returned ${result.status === "nothing" ? "undefined" : JSON.stringify(result.value)}`;
}
