import { join } from "node:path";
import { ENCODINGS } from "../load/encode.ts";
import { type Child, start, temporaryDirectory } from "./child.ts";
import { REPOSITORY } from "./repository.ts";
import type { System, SystemKind } from "./system.ts";

const PROGRAM = join(REPOSITORY, "cli", "dist", "main.js");

/** A collector process over an embedded store. */
export interface RunningCollector {
  child: Child;
  url: string;
}

/** Starts `culprit collector` (or `up`) on a free port over a data directory. */
export async function startCollector(
  data: string,
  options: { command?: "collector" | "up"; program?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<RunningCollector> {
  const args = [options.program ?? PROGRAM, options.command ?? "collector", "--json", "--port", "0"];
  const child = start(process.execPath, args, {
    CULPRIT_DATA: data,
    CULPRIT_LOG_LEVEL: "warn",
    NODE_ENV: "production",
    ...options.env,
  });
  const { url } = await child.announced;
  return { child, url: String(url) };
}

/** Spans of the collector's project, each counted once. */
export async function storedSpans(url: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/status`);
  const status = (await response.json()) as { spans: number };
  return status.spans;
}

export function culprit(command: "collector" | "up" = "collector"): SystemKind {
  return {
    name: command === "up" ? "Culprit, analyzer on" : "Culprit",
    encodings: ENCODINGS,
    durability: "stored and fsynced",
    unavailable: async () => undefined,
    async start(): Promise<System> {
      const [data, remove] = temporaryDirectory("culprit");
      const { child, url } = await startCollector(data, { command });
      return {
        url: `${url}/v1/traces`,
        pids: [child.pid],
        stored: () => storedSpans(url),
        data,
        end: () => child.end(),
        remove,
      };
    },
  };
}
