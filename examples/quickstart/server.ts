import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type AlertRuleInput, CulpritError } from "@culprit/schemas";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;

/** `culprit up`, started as a user starts it: its own process, its own temporary data directory. */
export interface QuickstartServer {
  url: string;
  pid: number;
  /** Directory of the store and the settings file. */
  directory: string;
  stop(): Promise<void>;
}

/** The compiled command line, for commands run on behalf of the person watching. */
export const CULPRIT = createRequire(import.meta.url).resolve("@culprit/cli/main");

/**
 * Starts `culprit up` on a free port with one alert rule.
 *
 * @param keep the process outlives this one
 * @throws CulpritError `quickstart_failed` with what the server printed
 */
export async function startServer(options: { rule: AlertRuleInput; keep: boolean }): Promise<QuickstartServer> {
  const directory = mkdtempSync(join(tmpdir(), "culprit-quickstart-"));
  const settings = join(directory, "culprit.yaml");
  // JSON is YAML; the webhook receiver is on loopback, which is refused unless said.
  writeFileSync(
    settings,
    JSON.stringify({
      data: join(directory, "store"),
      settle_seconds: 1,
      poll_seconds: 0.5,
      alert_rules: [options.rule],
      alert_allow_private: true,
      log_level: "warn",
    }),
  );
  const child = spawn(process.execPath, [CULPRIT, "up", "--port", "0", "--json", "--config", settings], {
    stdio: ["ignore", "pipe", options.keep ? "ignore" : "inherit"],
    detached: options.keep,
  });
  try {
    const url = await readUrl(child);
    if (options.keep) letGo(child);
    return { url, pid: child.pid ?? 0, directory, stop: async () => await stopServer(child, directory) };
  } catch (error) {
    await stopServer(child, directory);
    throw error;
  }
}

/** The child goes on by itself; neither it nor its pipe keeps this process alive. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.unref();
}

async function readUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new TypeError("The server was started without a pipe.");
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`it was silent for ${START_TIMEOUT_MS / 1000} s`)),
      START_TIMEOUT_MS,
    );
    lines.once("line", (text) => {
      clearTimeout(timer);
      resolve(text);
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`it ended with code ${code}`));
    });
  }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CulpritError("quickstart_failed", `\`culprit up\` did not start: ${why}.`, {
      mend: "Run `npm run culprit -- doctor`.",
      cause,
    });
  });
  lines.close();
  return (JSON.parse(line) as { url: string }).url;
}

async function stopServer(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
  }
  rmSync(directory, { recursive: true, force: true });
}
