import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Span } from "@culprit/schemas";
import type { Running } from "../integration/collector-harness.ts";
import { type Script, startScriptedModel, TASK } from "./scripted-model.ts";

const run = promisify(execFile);
const PROGRAMS = join(import.meta.dirname, "python");
const PAGES = join(import.meta.dirname, "..", "..", "docs", "instrument");

/** A program on a framework that others wrote: `python/FOLDER/team.py`, on the packages of `requirements.txt` beside it. */
export interface PythonPeer {
  /** Its folder, and its page in `docs/instrument`. */
  folder: string;
  python: string;
  running: Running;
  /** More of the program's environment. */
  env?: Readonly<Record<string, string>>;
}

export interface Played {
  /** The stored spans of the run. */
  spans: Span[];
  /** What the program wrote. */
  printed: string;
  exitCode: number;
}

/** Requirements of a peer. */
export function requirementsOf(folder: string): string {
  return join(PROGRAMS, folder, "requirements.txt");
}

/**
 * Runs a peer's program as its users would: with the block of its page as the module `tracing`, a scripted model
 * behind OPENAI_BASE_URL and the collector behind OTEL_EXPORTER_OTLP_ENDPOINT.
 */
export async function play({ folder, python, running, env: more = {} }: PythonPeer, script: Script): Promise<Played> {
  const model = await startScriptedModel(script);
  const work = mkdtempSync(join(tmpdir(), "culprit-peer-"));
  const service = `${folder}-${Math.random().toString(36).slice(2, 10)}`;
  const sinceMs = (await running.store.now()) - 1000;
  try {
    writeFileSync(join(work, "tracing.py"), blockOf(join(PAGES, `${folder}.md`)));
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: work,
      PYTHONPATH: work,
      PYTHONDONTWRITEBYTECODE: "",
      OPENAI_API_KEY: "scripted",
      OPENAI_BASE_URL: model.baseURL,
      GOOGLE_API_KEY: "scripted",
      GOOGLE_GEMINI_BASE_URL: model.baseURL.replace(/\/v1$/, ""),
      OTEL_EXPORTER_OTLP_ENDPOINT: running.url,
      OTEL_SERVICE_NAME: service,
      ...more,
    };
    const program = join(PROGRAMS, folder, "team.py");
    const { exitCode, printed } = await ended(python, [program, TASK], { cwd: work, env });
    return { spans: await spansOf(running, service, sinceMs, printed), printed, exitCode };
  } finally {
    await model.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** The one `python` block of a page. */
export function blockOf(page: string): string {
  const blocks = [...readFileSync(page, "utf8").matchAll(/^```python\n(.*?)^```$/gms)];
  if (blocks.length !== 1) throw new Error(`${page} has ${blocks.length} blocks of Python, not one`);
  return blocks[0]?.[1] ?? "";
}

async function ended(python: string, args: string[], options: { cwd: string; env: Record<string, string> }) {
  const bounded = { ...options, timeout: 120_000, maxBuffer: 64 << 20 };
  try {
    const { stdout, stderr } = await run(python, args, bounded);
    return { exitCode: 0, printed: `${stdout}\n${stderr}` };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { exitCode: code, printed: `${stdout}\n${stderr}` };
  }
}

/** The program has flushed before it ended, so its spans are there or never will be; the wait is for the store's clock. */
async function spansOf({ store }: Running, service: string, sinceMs: number, printed: string): Promise<Span[]> {
  const shard = { index: 0, of: 1 };
  const runs: Span[][] = [];
  for (let tries = 0; tries < 20 && runs.length === 0; tries++) {
    if (tries > 0) await sleep(100);
    for (const { project, trace_id } of await store.touchedTraces({ sinceMs, shard, limit: 1000 })) {
      const spans = await store.readSpans(project, trace_id);
      if (spans.some(({ resource_attributes }) => resource_attributes["service.name"] === service)) runs.push(spans);
    }
  }
  const longest = runs.sort((left, right) => right.length - left.length)[0];
  if (longest === undefined) throw new Error(`No spans of ${service} arrived. The program wrote:\n${printed}`);
  return longest;
}
