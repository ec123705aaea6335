import { CulpritError, describeError } from "@culprit/schemas";
import { Command, CommanderError } from "commander";
import { alertsCommand } from "./commands/alerts.ts";
import { attributeCommand } from "./commands/attribute.ts";
import { curateCommand } from "./commands/curate.ts";
import { deleteCommand } from "./commands/delete.ts";
import { diagnoseCommand } from "./commands/diagnose.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exploreCommand } from "./commands/explore.ts";
import { exportCommand } from "./commands/export.ts";
import { gatewayCommand } from "./commands/gateway.ts";
import { importCommand } from "./commands/import.ts";
import { injectCommand } from "./commands/inject.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { keysCommand } from "./commands/keys.ts";
import { mcpCommand } from "./commands/mcp.ts";
import { queryCommand } from "./commands/query.ts";
import { replayCommand } from "./commands/replay.ts";
import { showCommand } from "./commands/show.ts";
import { tracerCommand } from "./commands/tracer.ts";
import { tracesCommand } from "./commands/traces.ts";
import { trainRankerCommand } from "./commands/train-ranker.ts";
import { analyzerCommand, collectorCommand, upCommand } from "./commands/up.ts";

export const EXIT = { success: 0, failed: 1, usage: 2 } as const;

/** Errors that are the caller's, so the exit code is 2. */
const USAGE_CODES = new Set([
  "usage",
  "folds_invalid",
  "unknown_import_format",
  "unsafe_bind",
  "config_invalid",
  "config_unknown_key",
  "config_not_found",
  "config_unreadable",
]);

const COMMANDS = [
  upCommand,
  collectorCommand,
  analyzerCommand,
  gatewayCommand,
  importCommand,
  tracesCommand,
  queryCommand,
  showCommand,
  inspectCommand,
  exploreCommand,
  attributeCommand,
  diagnoseCommand,
  replayCommand,
  injectCommand,
  curateCommand,
  exportCommand,
  evaluateCommand,
  trainRankerCommand,
  tracerCommand,
  alertsCommand,
  mcpCommand,
  keysCommand,
  deleteCommand,
  doctorCommand,
];

/** The whole command line. */
export function createProgram(version: string): Command {
  const program = new Command("culprit")
    .description("Finds which agent broke a multi-agent LLM run, at which step, and proves it.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(culprit --help lists the commands)")
    .configureHelp({ sortSubcommands: false });
  for (const command of COMMANDS) program.addCommand(withCommonFlags(command()));
  return program;
}

function withCommonFlags(command: Command): Command {
  for (const inner of command.commands) withCommonFlags(inner);
  if (command.commands.length > 0) return command.exitOverride();
  return command
    .exitOverride()
    .showHelpAfterError(`(culprit ${command.name()} --help lists the flags)`)
    .option("--json", "one JSON document on stdout, logs on stderr")
    .option("--config <file>", "settings file (default: culprit.yaml when there is one)");
}

/**
 * Runs one command line.
 *
 * @param argv arguments after `culprit`
 * @returns the exit code: 0 success, 1 a failed operation, 2 wrong usage
 */
export async function runProgram(argv: readonly string[], version: string): Promise<number> {
  try {
    await createProgram(version).parseAsync(argv, { from: "user" });
    return EXIT.success;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage;
    process.stderr.write(`culprit: ${describeError(error)}\n`);
    if (!(error instanceof CulpritError) && error instanceof Error && process.env["CULPRIT_LOG_LEVEL"] === "debug") {
      process.stderr.write(`${error.stack}\n`);
    }
    return error instanceof CulpritError && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
  }
}
