import { knownReplays, type ReplayBudget, searchDecisive, selectForVerification } from "@culprit/analyzers";
import { type Client, CulpritError, hasBlame, type ReplayVerdict, type TraceDetail } from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseAmount, parseCount, parseDuration, parsePositive, parseShare, parseTraceId } from "../arguments.ts";
import { clip, named } from "../output.ts";
import { type OpenedRun, withTarget } from "../replay-target.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, type Session, withSession } from "../session.ts";
import { loadSettings } from "../settings.ts";
import {
  isPersons,
  type OracleFlags,
  openTargetOf,
  type TargetFlags,
  withConfiguredTarget,
  withTargetFlags,
} from "../target-flags.ts";

/** What replays may spend. */
export interface BudgetFlags {
  budget?: number;
  maxCalls?: number;
  maxSeconds?: number;
  maxCost?: number;
  priceInput?: number;
  priceOutput?: number;
}

interface ReplayFlags extends RunFlags, TargetFlags, OracleFlags, BudgetFlags {
  search: "guided" | "exhaustive";
  parallel: number;
  timeout?: number;
  again?: boolean;
  only?: boolean;
  k?: number;
  minConfidence?: number;
  topPerDay?: number;
  since: string;
}

export function withBudgetFlags(command: Command): Command {
  return command
    .option("--budget <n>", "at most this many replays", parseCount)
    .option("--max-calls <n>", "at most this many live model calls", parseCount)
    .option("--max-seconds <n>", "start nothing after this long", parseAmount)
    .option("--max-cost <amount>", "at most this much for live model calls; needs the prices", parseAmount)
    .option("--price-input <amount>", "price of a million prompt tokens", parseAmount)
    .option("--price-output <amount>", "price of a million completion tokens", parseAmount);
}

/** `culprit replay [TRACE]`: run it again with one step changed, and find the step that decides. */
export function replayCommand(): Command {
  return withBudgetFlags(
    withTargetFlags(
      withRunFlags(new Command("replay").description("counterfactual replay: which step flips the outcome")),
    ),
  )
    .argument("[trace]", "trace id of a failed run; without one, the runs that the policy flags choose", parseTraceId)
    .option("--step <t>", "try this step first (default: the predicted one)", parseCount)
    .option("--only", "with --step: try that step and no other")
    .option("--k <n>", "replays a side, where the system does not repeat itself (default: 5)", parsePositive)
    .option("--corrections <file>", 'who corrects: a file, [{"step": 3, "action": "…"}]')
    .option("--correction <text>", "who corrects: you, the step of --step with this text")
    .option("--strategy <text>", "who corrects: the agent itself, told this at --step; with --workspace")
    .option("--oracle-model", "who corrects: the model at CULPRIT_TRACER_URL")
    .addOption(
      new Option("--search <mode>", "guided: predicted step first").choices(["guided", "exhaustive"]).default("guided"),
    )
    .option("--parallel <n>", "steps to try at a time", parsePositive, 1)
    .option(
      "--timeout <seconds>",
      "a replay that takes longer is unknown (default: 60, 600 with --workspace)",
      parseAmount,
    )
    .option("--again", "replay anew what was replayed before")
    .option("--min-confidence <share>", "verify predicted blames of at least this confidence", parseShare)
    .option("--top-per-day <n>", "verify the n most confident blames of each agent and day", parsePositive)
    .option("--since <duration>", "with a policy: how far back, such as 24h or 7d", parseDuration, "24h")
    .action(async (traceId: string | undefined, flags: ReplayFlags) => {
      if (flags.only && flags.step === undefined) {
        throw new CulpritError("usage", "--only is given but no step.", { mend: "Add --step." });
      }
      const started = withConfiguredTarget(flags, loadSettings(flags).replay_target);
      const budget = budgetOf(flags);
      const policy = policyOf(flags);
      if ((traceId === undefined) === (policy === null)) {
        throw new CulpritError("usage", "Name one run, or a policy that chooses runs.", {
          mend: "Give a trace id, or --min-confidence, or --top-per-day.",
        });
      }
      await withSession(flags, async (session) => {
        const { connection, output } = session;
        const open = await openTargetOf(started, session, { oracle: true });
        const runs = traceId === undefined ? await chosenRuns(connection.client, flags) : [traceId];
        const verdicts = await withTarget(session, open, async (withRun) => {
          const found: ReplayVerdict[] = [];
          for (const run of runs) found.push(await withRun(run, (opened) => search(opened, session, flags, budget)));
          return found;
        });
        output.progress("");
        const [only] = verdicts;
        if (traceId !== undefined && only !== undefined) output.result(only, () => renderVerdict(only));
        else output.result({ verdicts }, () => renderVerdicts(verdicts));
      });
    });
}

async function search(
  { detail, trajectory, target, save, read }: OpenedRun,
  { connection, output }: Session,
  flags: ReplayFlags,
  budget: ReplayBudget,
): Promise<ReplayVerdict> {
  let done = 0;
  const found = await searchDecisive({
    trajectory,
    driver: target.driver,
    oracle: target.oracle,
    mode: flags.search,
    candidates: candidates(detail, flags.step),
    ...(flags.only && flags.step !== undefined ? { only: [flags.step], ...provenOf(detail, flags.step) } : {}),
    ...(flags.k === undefined ? {} : { placebo: { k: flags.k } }),
    ...(isPersons(flags) ? { oracleName: "person" } : {}),
    parallel: flags.parallel,
    budget,
    timeoutMs: (flags.timeout ?? (flags.workspace ? 600 : 60)) * 1000,
    known: flags.again ? [] : await knownReplays(trajectory, detail.replays, read),
    onReplay: async (replay) => {
      const { step, kind } = replay.intervention;
      output.progress(`replay ${++done}: step ${step} ${kind}, ${replay.status}`);
      await save(replay);
    },
  });
  // With --step the first candidate is a person's guess, not the attributor's prediction.
  const refuted = flags.step === undefined ? found.refuted : null;
  for (const label of [found.annotation, refuted]) {
    if (label !== null) await connection.client.call("annotate", { body: label });
  }
  return found.verdict;
}

/** A proof that no earlier step decides outlives another try of the step alone. */
function provenOf({ annotations }: TraceDetail, step: number): { provenEarliest?: number } {
  const proven = annotations.some(
    ({ evidence, verdict, earliest, step: at }) =>
      at === step && evidence === "counterfactual" && verdict === "confirmed" && earliest === "proven",
  );
  return proven ? { provenEarliest: step } : {};
}

/** @throws CulpritError `usage` for a ceiling of costs without prices */
export function budgetOf({
  budget,
  maxCalls,
  maxSeconds,
  maxCost,
  priceInput = 0,
  priceOutput = 0,
}: BudgetFlags): ReplayBudget {
  if (maxCost !== undefined && priceInput + priceOutput === 0) {
    throw new CulpritError("usage", "--max-cost is given but no price.", {
      mend: "Add --price-input and --price-output.",
    });
  }
  return {
    ...(budget === undefined ? {} : { replays: budget }),
    ...(maxCalls === undefined ? {} : { calls: maxCalls }),
    ...(maxSeconds === undefined ? {} : { wallMs: maxSeconds * 1000 }),
    ...(maxCost === undefined ? {} : { cost: maxCost, prices: { input: priceInput, output: priceOutput } }),
  };
}

function policyOf({ minConfidence, topPerDay }: ReplayFlags) {
  if (minConfidence === undefined && topPerDay === undefined) return null;
  return {
    ...(minConfidence === undefined ? {} : { minConfidence }),
    ...(topPerDay === undefined ? {} : { topPerAgentAndDay: topPerDay }),
  };
}

const PAGE = 1000;

async function chosenRuns(client: Client, flags: ReplayFlags): Promise<string[]> {
  const failures = [];
  let cursor: string | undefined;
  do {
    const query = { outcome: "failure" as const, since: flags.since, limit: PAGE };
    const page = await client.call("listTraces", cursor === undefined ? query : { ...query, cursor });
    failures.push(...page.traces);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return selectForVerification(failures, policyOf(flags) ?? {}).map((run) => run.trace_id);
}

function candidates(detail: TraceDetail, asked: number | undefined): number[] {
  const predicted = detail.attributions.filter(hasBlame).map((attribution) => attribution.step);
  return asked === undefined ? predicted : [asked, ...predicted];
}

function renderVerdicts(verdicts: readonly ReplayVerdict[]): string {
  if (verdicts.length === 0) return "The policy chooses no run.";
  return verdicts.map((verdict) => `${verdict.trace_id}\n${renderVerdict(verdict)}`).join("\n\n");
}

function renderVerdict(verdict: ReplayVerdict): string {
  const { decisive, placebo } = verdict;
  const lines = [
    decisive === null
      ? `${verdict.status}: no decisive step was found.`
      : `${named(decisive.agent)} at step ${decisive.step} is decisive (earliest: ${decisive.earliest}).`,
    `${verdict.replays} replays; placebo ${placebo.successes} of ${placebo.k} succeeded.`,
    clip(verdict.reason, 1000),
  ];
  return lines.join("\n");
}
