import {
  type Driver,
  type ExternalDriver,
  ISOLATIONS,
  type IsolationName,
  type OpenReplayTarget,
  type Oracle,
  openWorkspace,
  shellCorrections,
  volatilePatterns,
  withInputs,
  workspaceDriver,
} from "@culprit/analyzers";
import { CulpritError } from "@culprit/schemas";
import { type Command, Option } from "commander";
import { parseAmount, parsePositive } from "./arguments.ts";
import type { Log } from "./log.ts";

/** How the workspace of a recorded shell agent is made again, and what judges it. */
export interface WorkspaceFlags {
  workspace?: boolean;
  base?: string;
  check?: string;
  checkFiles?: string;
  at?: string;
  isolation?: IsolationName;
  resumeModel?: string;
  maxSteps?: number;
  commandSeconds?: number;
  volatile?: string[];
}

export function withWorkspaceFlags(command: Command): Command {
  return command
    .option("--workspace", "start: a recorded shell agent's commands, executed again in an isolated folder")
    .option("--base <dir[@commit]>", "with --workspace: the git repository (or folder) that it began with")
    .option("--check <line>", "with --workspace: the task's own check; exit code 0 is success")
    .option("--check-files <dir>", "with --workspace: copied over the workspace before the check, such as hidden tests")
    .option("--at <path>", "with --workspace: where its commands see it (default: /workspace)")
    .addOption(
      new Option("--isolation <how>", "with --workspace: the strongest there is when not given").choices(ISOLATIONS),
    )
    .option("--resume-model <name>", "with --workspace: the model that goes on (default: the recorded one)")
    .option(
      "--max-steps <n>",
      "with --workspace: commands after the corrected one, at most (default: 30)",
      parsePositive,
    )
    .option("--command-seconds <n>", "with --workspace: time of one command (default: 60)", parseAmount)
    .option(
      "--volatile <pattern>",
      "with --workspace: output that means nothing when it differs; may be given again",
      (pattern: string, before: string[] = []) => [...before, pattern],
    );
}

/** What else a target is made of. */
export interface WorkspaceParts {
  oracle: Oracle;
  log: Log;
  /** Starts the system behind a gateway of its own. */
  driver: (start: ExternalDriver, groundTruth: string) => Driver;
}

/**
 * The workspace that the flags describe.
 *
 * @throws CulpritError `usage` when the base or the check is missing; `no_isolation`, `bad_base` before any replay
 */
export function workspaceTarget(flags: WorkspaceFlags, { oracle, log, driver }: WorkspaceParts): OpenReplayTarget {
  const { base, check } = flags;
  if (base === undefined || check === undefined) {
    throw new CulpritError("usage", "--workspace needs what the agent began with, and what judges it.", {
      mend: "Give --base DIR[@COMMIT] and --check LINE, such as 'npm test'.",
    });
  }
  const volatile = volatilePatterns(flags.volatile ?? []);
  const options = {
    base,
    at: flags.at,
    isolation: flags.isolation,
    ...(flags.commandSeconds === undefined
      ? {}
      : { limits: { seconds: flags.commandSeconds, cpuSeconds: Math.ceil(flags.commandSeconds) } }),
  };
  return async (stored) => {
    const trajectory = withInputs(stored);
    const tried = await openWorkspace(options);
    if (tried.isolation.warning !== "") log("warn", tried.isolation.warning);
    await tried.close();
    const start = workspaceDriver({
      ...options,
      trajectory,
      check: { command: check, files: flags.checkFiles },
      model: flags.resumeModel,
      maxSteps: flags.maxSteps,
      apiKey: process.env["OPENAI_API_KEY"],
      volatile,
    });
    return { trajectory, oracle: shellCorrections(oracle), driver: driver(start, trajectory.ground_truth) };
  };
}
