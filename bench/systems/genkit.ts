import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, install } from "./cache.ts";
import { answers, freePort, start, temporaryDirectory } from "./child.ts";
import type { System, SystemKind } from "./system.ts";

const PACKAGE = "@genkit-ai/telemetry-server";
const VERSION = "1.43.0";

/** Firebase Genkit's telemetry server: one JSON file a trace, written without fsync before the answer. */
export const genkit: SystemKind = {
  name: `Genkit telemetry server ${VERSION}`,
  encodings: ["json"],
  durability: "in the page cache (file written, no fsync)",
  async unavailable() {
    const folder = cacheFolder("genkit");
    if (existsSync(join(folder, "node_modules", PACKAGE))) return undefined;
    try {
      writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
      await install(folder, "npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", `${PACKAGE}@${VERSION}`]);
      return undefined;
    } catch (error) {
      return `npm could not install ${PACKAGE}: ${firstLine(error)}`;
    }
  },
  async start(): Promise<System> {
    const [data, remove] = temporaryDirectory("genkit");
    const port = await freePort();
    const program = fileURLToPath(new URL("./genkit-server.js", import.meta.url));
    const child = start(process.execPath, [program, cacheFolder("genkit"), data, String(port)], {
      NODE_ENV: "production",
    });
    await answers(`http://127.0.0.1:${port}/api/__health`);
    return {
      url: `http://127.0.0.1:${port}/api/otlp/v1/traces`,
      pids: [child.pid],
      stored: async () => countSpans(join(data, "traces", ".genkit", "traces")),
      end: () => child.end(2_000),
      remove,
    };
  },
};

function countSpans(folder: string): number {
  let spans = 0;
  for (const name of readdirSync(folder)) {
    const trace = JSON.parse(readFileSync(join(folder, name), "utf8")) as { spans: Record<string, unknown> };
    spans += Object.keys(trace.spans).length;
  }
  return spans;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
