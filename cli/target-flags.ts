import { readFile } from "node:fs/promises";
import {
  commandDriver,
  correctionsFile,
  type Evaluator,
  type ExternalDriver,
  exactMatch,
  gatewayDriver,
  httpDriver,
  jsonSchema,
  modelJudge,
  modelOracle,
  type OpenReplayTarget,
  type Oracle,
  regularExpression,
  strategyOracle,
  unitTests,
} from "@culprit/analyzers";
import { collectorExporter } from "@culprit/instrumentation/gateway";
import { type Config, CulpritError, type ReplayTargetSettings } from "@culprit/schemas";
import { type Command, InvalidArgumentError } from "commander";
import { loadTarget } from "./replay-target.ts";
import type { Session } from "./session.ts";
import { endpointOf } from "./strategies.ts";
import { type WorkspaceFlags, withWorkspaceFlags, workspaceTarget } from "./workspace-flags.ts";

/** How a recorded system is started again, and how its outcome is decided. */
export interface TargetFlags extends WorkspaceFlags {
  target?: string;
  command?: string;
  hook?: string;
  hookToken?: string;
  upstream?: string;
  exitCodes?: { success: number; failure: number };
  expect?: string;
  expectRegex?: string;
  expectSchema?: string;
  tests?: string;
  judge?: boolean;
}

/** Who proposes corrections, where no target module does. */
export interface OracleFlags {
  step?: number;
  corrections?: string;
  correction?: string;
  strategy?: string;
  oracleModel?: boolean;
}

export function withTargetFlags(command: Command): Command {
  return withWorkspaceFlags(command)
    .option("--target <module>", "start: a JavaScript module that exports openReplayTarget")
    .option("--command <line>", "start: a shell command; OPENAI_BASE_URL is the replay's own gateway")
    .option("--hook <url>", "start: POST to a running system, which calls the base URL it is given")
    .option("--hook-token <token>", "bearer token for the hook")
    .option("--upstream <url>", "with --command and --hook: where live model calls go (default: gateway_upstream)")
    .option("--exit-codes <codes>", "outcome: the command's exit codes for success and failure, as 0,1", parseExitCodes)
    .option("--expect <text>", "outcome: the answer is this")
    .option("--expect-regex <pattern>", "outcome: the answer matches this, in RE2 syntax")
    .option("--expect-schema <file>", "outcome: the answer is JSON that this JSON schema accepts")
    .option("--tests <line>", "outcome: this program passes (exit code 0) or fails (1); the answer is on its stdin")
    .option("--judge", "outcome: the model at CULPRIT_TRACER_URL judges the answer");
}

/** @throws CulpritError `usage` when not exactly one way to start the system is given */
export function requireStart({ target, command, hook, workspace }: TargetFlags): void {
  if ([target, command, hook, workspace].filter((way) => way !== undefined).length === 1) return;
  throw new CulpritError("usage", "Say how the system is started: --target, --command, --hook or --workspace.", {
    mend: "Give exactly one of them.",
  });
}

/**
 * The flags, with what the settings say of the system where they do not.
 *
 * @throws CulpritError `usage` when neither says how it is started, or the flags say it twice
 */
export function withConfiguredTarget<Flags extends TargetFlags & OracleFlags>(
  flags: Flags,
  settings: ReplayTargetSettings | undefined,
): Flags {
  const named = flags.target ?? flags.command ?? flags.hook;
  if (named !== undefined || settings === undefined) {
    requireStart(flags);
    return flags;
  }
  const { module: target, command, hook, upstream, expect, tests } = settings;
  const of: { [Name in keyof (TargetFlags & OracleFlags)]: (TargetFlags & OracleFlags)[Name] | undefined } = {
    target,
    command,
    hook,
    upstream,
    expect,
    tests,
    hookToken: settings.hook_token,
    exitCodes: settings.exit_codes,
    expectRegex: settings.expect_regex,
    expectSchema: settings.expect_schema,
    judge: settings.judge,
    oracleModel: settings.oracle_model,
  };
  const said = Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));
  return { ...said, ...flags };
}

/** A person wrote the corrections down. */
export function isPersons({ corrections, correction }: OracleFlags): boolean {
  return corrections !== undefined || correction !== undefined;
}

/**
 * The system that the flags name. `oracle` is only made where it is wanted.
 *
 * @throws CulpritError `usage` when what the flags need is missing
 */
export async function openTargetOf(
  flags: TargetFlags & OracleFlags,
  { config, connection, log }: Session,
  wants: { oracle: boolean },
): Promise<OpenReplayTarget> {
  if (flags.target !== undefined) {
    const open = await loadTarget(flags.target);
    if (!wants.oracle || !isPersons(flags)) return open;
    const oracle = await oracleOf(flags, config, undefined);
    return async (trajectory) => ({ ...(await open(trajectory)), oracle });
  }
  const upstream = flags.upstream ?? config.gateway_upstream;
  if (upstream === undefined) {
    throw new CulpritError("usage", "It is not said where live model calls go.", {
      mend: "Give --upstream URL, such as https://api.openai.com/v1, or set gateway_upstream.",
    });
  }
  const oracle = wants.oracle ? await oracleOf(flags, config, upstream) : () => null;
  const evaluator = await evaluatorOf(flags, config);
  const url = await connection.endpoint();
  const driver = (start: ExternalDriver, groundTruth: string) =>
    gatewayDriver({
      start,
      upstream,
      exporter: () => collectorExporter({ url, apiKey: config.api_key }),
      groundTruth,
      agentRules: config.gateway_agent_rules,
      ...(evaluator === undefined ? {} : { evaluator }),
    });
  if (flags.workspace) {
    if (evaluator !== undefined) throw judgedTwice();
    return workspaceTarget(flags, { oracle, log, driver });
  }
  return async ({ ground_truth }) => ({ oracle, driver: driver(startOf(flags), ground_truth) });
}

function judgedTwice(): CulpritError {
  return new CulpritError("usage", "With --workspace the task's own check decides, and nothing else.", {
    mend: "Leave --expect, --expect-regex, --expect-schema, --tests and --judge out.",
  });
}

function startOf({ command, hook = "", hookToken, exitCodes }: TargetFlags): ExternalDriver {
  if (command !== undefined) return commandDriver({ command, ...(exitCodes === undefined ? {} : { exitCodes }) });
  return httpDriver({ url: hook, headers: hookToken === undefined ? {} : { authorization: `Bearer ${hookToken}` } });
}

async function evaluatorOf(flags: TargetFlags, config: Config): Promise<Evaluator | undefined> {
  if (flags.expect !== undefined) return exactMatch(flags.expect);
  if (flags.expectRegex !== undefined) return regularExpression(flags.expectRegex);
  if (flags.expectSchema !== undefined) return jsonSchema(await readSchema(flags.expectSchema));
  if (flags.tests !== undefined) {
    const [program, ...given] = flags.tests.split(/\s+/).filter((word) => word !== "");
    if (program === undefined) throw new CulpritError("usage", "--tests names no program.");
    return unitTests({ command: [program, ...given] });
  }
  return flags.judge ? modelJudge(modelFor("--judge", config)) : undefined;
}

/** @throws CulpritError `usage` when nobody proposes corrections */
async function oracleOf(
  flags: OracleFlags & WorkspaceFlags,
  config: Config,
  upstream: string | undefined,
): Promise<Oracle> {
  if (flags.corrections !== undefined) return correctionsFile(flags.corrections);
  if (flags.oracleModel) return modelOracle(modelFor("--oracle-model", config));
  const { step: at, correction, strategy, resumeModel: model } = flags;
  if (strategy !== undefined && at !== undefined) {
    if (!flags.workspace || upstream === undefined) {
      throw new CulpritError("usage", "--strategy asks a shell agent's model again.", { mend: "Add --workspace." });
    }
    return strategyOracle({ step: at, strategy, upstream, model, apiKey: process.env["OPENAI_API_KEY"] });
  }
  if (correction !== undefined && at !== undefined) return ({ step }) => (step.index === at ? correction : null);
  throw new CulpritError("usage", "Nobody proposes corrections.", {
    mend: "Give --corrections FILE, --step T with --correction TEXT (or --strategy TEXT), or --oracle-model.",
  });
}

function modelFor(flag: string, config: Config) {
  if (config.tracer_url !== undefined) return endpointOf(config, config.tracer_url);
  throw new CulpritError("usage", `${flag} needs a model endpoint.`, { mend: "Set CULPRIT_TRACER_URL." });
}

async function readSchema(path: string): Promise<object> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as object;
  } catch (cause) {
    throw new CulpritError("usage", `${path} can't be read as JSON.`, { mend: "Correct --expect-schema.", cause });
  }
}

function parseExitCodes(text: string): { success: number; failure: number } {
  const match = /^(\d{1,3}),(\d{1,3})$/.exec(text);
  if (match === null || match[1] === match[2]) {
    throw new InvalidArgumentError("Write two different numbers, such as 0,1.");
  }
  return { success: Number(match[1]), failure: Number(match[2]) };
}
