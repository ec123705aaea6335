import { spawn } from "node:child_process";
import { tmpdir } from "node:os";

/** What crosses the process border. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** How one call of the code ended. */
export type CallResult =
  | { status: "returned"; value: JsonValue }
  /** The function returned `undefined`. */
  | { status: "nothing" }
  | { status: "threw"; message: string };

/** What a piece of untrusted code did with a list of calls. */
export type Execution =
  | { status: "ran"; results: CallResult[] }
  /** It did not load, used too much memory or ended its process. */
  | { status: "broken"; message: string }
  /** The machine was too busy to let it finish, which says nothing about the code. */
  | { status: "outlasted"; message: string };

/** The code's processes were given too little of the machine; whether it works is not known. */
export class OutlastedError extends Error {
  override readonly name = "OutlastedError";
}

export interface Limits {
  /** Wall-clock time of the whole process. Default 30,000. */
  timeoutMs?: number;
  /** Old-space heap of the process. Default 64. */
  memoryMb?: number;
}

const MAX_OUTPUT_BYTES = 1024 * 1024;
const CALL_TIMEOUT_MS = 500;
/** A call that timed out with less processor time than this was starved; with more, it is taken for endless. */
const FAIR_CPU_MS = 50;

/**
 * The child's program. The code runs in a context without any host object, and only text crosses: arguments go in and
 * results come out as JSON made inside the context. What the results should be is never sent. Time limits are in
 * wall-clock time, so a call that hit one is asked how much of the processor it had.
 */
const CHILD = `
"use strict";
const vm = require("node:vm");
let text = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk) => { text += chunk; });
process.stdin.on("end", () => {
  const { code, name, calls } = JSON.parse(text);
  const limits = { timeout: ${CALL_TIMEOUT_MS} };
  const context = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  const write = (result) => process.stdout.write(JSON.stringify(result));
  const say = (error) => { try { return String(error && error.message || error).slice(0, 300); } catch { return "error"; } };
  let before = process.cpuUsage();
  const starved = (error) => {
    if (!error || error.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
    const { user, system } = process.cpuUsage(before);
    return user + system < ${FAIR_CPU_MS * 1000};
  };
  try {
    vm.runInContext(code, context, limits);
    if (vm.runInContext("typeof " + name, context, limits) !== "function") throw new Error(name + " is not defined");
  } catch (error) {
    return write({ broken: say(error), starved: starved(error) });
  }
  let outlasted = false;
  const results = calls.map((args) => {
    before = process.cpuUsage();
    const given = JSON.stringify(JSON.stringify(args));
    try {
      const made = vm.runInContext("JSON.stringify(" + name + "(...JSON.parse(" + given + ")))", context, limits);
      return typeof made === "string" ? { json: made } : {};
    } catch (error) {
      outlasted ||= starved(error);
      return { threw: say(error) };
    }
  });
  write({ results, starved: outlasted });
});
`;

const PERMISSION = process.allowedNodeEnvironmentFlags.has("--permission")
  ? ["--permission"]
  : process.allowedNodeEnvironmentFlags.has("--experimental-permission")
    ? ["--experimental-permission"]
    : [];

/**
 * Calls `name` from `code` with each of `calls`, in a process of its own: no environment, no files, no child
 * processes (Node's permission model), no host objects, a heap limit, a time limit a call and one for all.
 *
 * @returns one result a call, or `broken` or `outlasted` with the reason; never throws for what the code does
 */
export async function execute(
  code: string,
  name: string,
  calls: readonly JsonValue[][],
  { timeoutMs = 30_000, memoryMb = 64 }: Limits = {},
): Promise<Execution> {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return { status: "broken", message: `${name} is no function name` };
  const child = spawn(
    process.execPath,
    [...PERMISSION, "--no-warnings", `--max-old-space-size=${memoryMb}`, "--max-semi-space-size=8", "-e", CHILD],
    { cwd: tmpdir(), env: {}, stdio: ["pipe", "pipe", "ignore"] },
  );
  return new Promise((resolve) => {
    let output = "";
    let ended: Execution | null = null;
    const kill = (status: "broken" | "outlasted", message: string) => {
      ended ??= { status, message };
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => kill("outlasted", `ran longer than ${timeoutMs} ms`), timeoutMs);
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (chunk: string) => {
      output += chunk;
      if (output.length > MAX_OUTPUT_BYTES) kill("broken", "returned more than 1 MiB");
    });
    child.on("error", (error) => kill("outlasted", error.message));
    child.stdin.on("error", () => undefined);
    child.on("close", (exit) => {
      clearTimeout(timer);
      resolve(ended ?? read(output, calls.length, exit));
    });
    child.stdin.end(JSON.stringify({ code, name, calls }));
  });
}

interface Written {
  broken?: string;
  starved?: boolean;
  results?: { json?: string; threw?: string }[];
}

function read(output: string, expected: number, exit: number | null): Execution {
  try {
    const written = JSON.parse(output) as Written;
    if (written.starved === true) return { status: "outlasted", message: "had too little of the processor" };
    if (written.broken !== undefined) return { status: "broken", message: written.broken };
    const results = (written.results ?? []).map(result);
    if (results.length === expected) return { status: "ran", results };
  } catch {
    // A process that ran out of memory or was ended leaves no JSON.
  }
  return { status: "broken", message: `the process ended early (exit code ${exit ?? "none"})` };
}

function result({ json, threw }: { json?: string; threw?: string }): CallResult {
  if (threw !== undefined) return { status: "threw", message: threw };
  return json === undefined ? { status: "nothing" } : { status: "returned", value: JSON.parse(json) as JsonValue };
}
