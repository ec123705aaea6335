import {
  FAULT_OPERATORS,
  type FaultOperator,
  faultOperator,
  type Injection,
  injectFaults,
  injectPair,
  modelOperator,
} from "@culprit/analyzers";
import { type Config, CulpritError } from "@culprit/schemas";
import { Command, InvalidArgumentError } from "commander";
import { parseAmount, parseCount, parsePositive, parseTraceId } from "../arguments.ts";
import { clip, named } from "../output.ts";
import { withTarget } from "../replay-target.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";
import { endpointOf } from "../strategies.ts";
import { openTargetOf, requireStart, type TargetFlags, withTargetFlags } from "../target-flags.ts";

interface InjectFlags extends RunFlags, TargetFlags {
  operator: string[];
  seed: number;
  timeout: number;
  steps: number;
  all?: boolean;
  pairs?: boolean;
  budget?: number;
}

/** `culprit inject TRACE`: puts a fault into a successful run, and labels the runs that fail from it. */
export function injectCommand(): Command {
  const known = FAULT_OPERATORS.map(({ name, does }) => `  ${name.padEnd(26)}${does}`).join("\n");
  return withTargetFlags(
    withRunFlags(new Command("inject").description("fault injection: labelled failures from a successful run")),
  )
    .argument("<trace>", "trace id of a successful run", parseTraceId)
    .option(
      "--operator <names>",
      "operators to choose from, with commas between (default: all but model)",
      parseOperators,
    )
    .option("--seed <n>", "chooses steps, operators and faults", parseCount, 0)
    .option("--steps <k>", "agent steps to sample", parsePositive, 3)
    .option("--all", "go on after the first fault that made the run fail")
    .option("--pairs", "two faults in a run: one it gets over, and one it does not")
    .option("--timeout <seconds>", "a replay that takes longer is unknown", parseAmount, 60)
    .option("--budget <n>", "at most this many replays", parseCount)
    .addHelpText(
      "after",
      `\nOperators:\n${known}\n  ${"model".padEnd(26)}the model at CULPRIT_TRACER_URL writes a realistic mistake`,
    )
    .action(async (traceId: string, flags: InjectFlags) => {
      requireStart(flags);
      await withSession(flags, async (session) => {
        const { config, connection, output } = session;
        const operators = operatorsOf(flags.operator, config);
        const open = await openTargetOf(flags, session, { oracle: false });
        const { injections, replays } = await withTarget(session, open, (withRun) =>
          withRun(traceId, async ({ trajectory, target, save, read }) => {
            let done = 0;
            const result = await (flags.pairs ? injectPair : injectFaults)({
              trajectory,
              driver: target.driver,
              read,
              operators,
              seed: flags.seed,
              timeoutMs: flags.timeout * 1000,
              steps: flags.steps,
              all: flags.all === true,
              ...(flags.budget === undefined ? {} : { budget: flags.budget }),
              onReplay: async (replay) => {
                const { step, oracle } = replay.intervention;
                output.progress(`replay ${++done}: step ${step} ${oracle}, ${replay.status}`);
                await save(replay);
              },
            });
            for (const { label } of result.injections) {
              if (label !== null) await connection.client.call("annotate", { body: label });
            }
            return result;
          }),
        );
        output.progress("");
        const document = {
          trace_id: traceId,
          seed: flags.seed,
          injected: injections.map(summary),
          replays: replays.length,
        };
        output.result(document, () => render(injections, replays.length));
      });
    });
}

/** Fault operators by name, with commas between. */
export function parseOperators(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (name === "model") continue;
    try {
      faultOperator(name);
    } catch (error) {
      throw new InvalidArgumentError(
        error instanceof CulpritError ? `${error.message} ${error.mend ?? ""}` : String(error),
      );
    }
  }
  return names;
}

/** @throws CulpritError `usage` when a model is wanted and none is configured */
export function operatorsOf(names: readonly string[] | undefined, config: Config): readonly FaultOperator[] {
  if (names === undefined) return FAULT_OPERATORS;
  return names.map((name) => {
    if (name !== "model") return faultOperator(name);
    if (config.tracer_url === undefined) {
      throw new CulpritError("usage", "The operator model needs an endpoint.", { mend: "Set CULPRIT_TRACER_URL." });
    }
    return modelOperator(endpointOf(config, config.tracer_url));
  });
}

function summary({ operator, step, agent, status, reason, replay, label }: Injection) {
  return {
    operator,
    agent,
    step: label?.step ?? step,
    status,
    reason,
    replay_id: replay?.replay_id ?? null,
    /** The failed run that holds the fault. */
    trace_id: label?.trace_id ?? null,
  };
}

function render(injections: readonly Injection[], replays: number): string {
  const kept = injections.filter(({ status }) => status === "kept");
  const lines = injections.map(({ operator, agent, step, status, reason, label }) => {
    const where = `${operator} at step ${step} (${named(agent)})`;
    const made = label === null ? status : `made the run fail: ${label.trace_id}`;
    return `${where}: ${made}. ${clip(reason, 200)}`;
  });
  if (injections.length === 0) lines.push("No operator has anything to work on in this run.");
  return [...lines, `${kept.length} of ${injections.length} faults kept, ${replays} replays.`].join("\n");
}
