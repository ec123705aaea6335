import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildTrajectory } from "@culprit/analyzers";
import type { Span, Trajectory } from "@culprit/schemas";
import type { Running } from "../integration/collector-harness.ts";
import { type Script, startScriptedModel } from "./scripted-model.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
const PEERS = join(import.meta.dirname, "js");
const CACHE = join(ROOT, ".cache", "node");
const INSTALLED = ["package.json", "package-lock.json", ".npmrc"];

/**
 * The packages of `tests/peers/js/NAME`, installed from its lock file without install scripts and kept under `.cache/`,
 * which git ignores. Each client has its own, so that one whose packages cannot be had takes no other with it.
 *
 * @returns the directory, or undefined with one printed line when they cannot be had; with `CI=true` that is an error
 */
export async function nodePeer(name: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  for (const file of INSTALLED) hash.update(readFileSync(join(PEERS, name, file)));
  const home = join(CACHE, `${name}-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(home)) return home;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, `.${name}-`));
  try {
    for (const file of INSTALLED) copyFileSync(join(PEERS, name, file), join(fresh, file));
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: fresh,
      timeout: 300_000,
    });
    renameSync(fresh, home);
    return home;
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (existsSync(home)) return home;
    const why = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").slice(0, 200);
    if (process.env["CI"] === "true") throw new Error(`no packages for ${name}: ${why}`, { cause: error });
    process.stdout.write(`skipped, no packages for ${name}: ${why}\n`);
    return undefined;
  }
}

/** Version of an installed package of a peer. */
export function versionOf(home: string, packageName: string): string {
  const manifest = JSON.parse(readFileSync(join(home, "node_modules", packageName, "package.json"), "utf8"));
  return (manifest as { version: string }).version;
}

/** The block of a page in `docs/instrument/` that is a file: its first line names it (`// tracing.mjs`). */
export function documented(page: string, file: string): string {
  const text = readFileSync(join(ROOT, "docs", "instrument", page), "utf8");
  for (const [, block = ""] of text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)) {
    if (new RegExp(`^(//|#) ${file.replaceAll(".", "\\.")}\n`).test(block)) return block;
  }
  throw new Error(`docs/instrument/${page} has no block for ${file}.`);
}

export interface Journey {
  /** Of `tests/peers/js`. */
  peer: string;
  /** Where {@link nodePeer} put its packages. */
  home: string;
  /** The page whose `tracing.mjs` the program is started with. */
  page: string;
  /** The program; `journey.mjs` when not given. */
  program?: string;
  script: Script;
  running: Running;
  env?: Record<string, string>;
}

export interface Travelled {
  trajectory: Trajectory;
  spans: readonly Span[];
  /** What the program printed. */
  output: string;
}

/**
 * Runs a peer's program with the documented set-up, against a scripted model and a real collector.
 *
 * @returns the one run that the collector stored of it
 */
export async function travel(journey: Journey): Promise<Travelled> {
  const { home, peer, page, running, program = "journey.mjs" } = journey;
  const model = await startScriptedModel(journey.script);
  const work = mkdtempSync(join(home, "run-"));
  try {
    writeFileSync(join(work, "tracing.mjs"), documented(page, "tracing.mjs"));
    copyFileSync(join(PEERS, peer, program), join(work, program));
    const since = (await running.store.now()) - 1;
    const { NODE_ENV: _vitest, VITEST: _too, ...env } = process.env;
    const child = run(process.execPath, ["--import", "./tracing.mjs", program], {
      cwd: work,
      timeout: 60_000,
      env: {
        ...env,
        OPENAI_API_KEY: "sk-scripted",
        OPENAI_BASE_URL: model.baseURL,
        LANGSMITH_ENDPOINT: new URL(model.baseURL).origin,
        ANTHROPIC_API_KEY: "sk-scripted",
        ANTHROPIC_BASE_URL: new URL(model.baseURL).origin,
        CULPRIT_URL: running.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: running.url,
        ...journey.env,
      },
    });
    const output = await child.then(
      ({ stdout, stderr }) => stdout + stderr,
      (error: { stdout?: string; stderr?: string; message: string }) => `${error.stdout}${error.stderr}`,
    );
    const touched = await running.store.touchedTraces({ sinceMs: since, shard: { index: 0, of: 1 }, limit: 100 });
    const [only, ...others] = touched;
    if (only === undefined || others.length > 0) {
      throw new Error(`${peer} made ${touched.length} traces; it printed:\n${output.slice(0, 2000)}`);
    }
    const spans = await running.store.readSpans(only.project, only.trace_id);
    return { trajectory: buildTrajectory(spans), spans, output };
  } finally {
    rmSync(work, { recursive: true, force: true });
    await model.close();
  }
}
