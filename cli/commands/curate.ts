import { createHash } from "node:crypto";
import {
  type Cap,
  CURATION_MENDS,
  type CurationReason,
  curateVersion,
  type LabelledRuns,
  labelRuns,
  openJournal,
  parseCap,
  readBenchmarks,
  type Selected,
  selectRuns,
} from "@culprit/analyzers";
import { CulpritError, type DatasetVersion, datasetNameSchema } from "@culprit/schemas";
import { Command, InvalidArgumentError } from "commander";
import { parseAmount, parseCount, parsePositive, parseShare } from "../arguments.ts";
import { type FilterFlags, filterOf, withFilterFlags } from "../filter-flags.ts";
import { clip, table } from "../output.ts";
import { withShelvedTarget } from "../replay-target.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, type Session, withSession } from "../session.ts";
import { type OracleFlags, openTargetOf, requireStart, type TargetFlags, withTargetFlags } from "../target-flags.ts";
import { operatorsOf, parseOperators } from "./inject.ts";
import { type BudgetFlags, budgetOf, withBudgetFlags } from "./replay.ts";

interface CurateFlags
  extends RunFlags,
    FilterFlags,
    TargetFlags,
    Pick<OracleFlags, "corrections" | "oracleModel">,
    BudgetFlags {
  name: string;
  out: string;
  about: string;
  licence: string[];
  testShare?: number;
  minMargin?: number;
  withoutPlacebo?: boolean;
  nearDuplicate?: number;
  cap: Cap[];
  matchEvidence?: boolean;
  contamination?: string[];
  operator?: string[];
  faults: boolean;
  seed: number;
  steps: number;
  all?: boolean;
  parallel: number;
  timeout: number;
}

/** `culprit curate`: runs of the store as a versioned dataset. */
export function curateCommand(): Command {
  const command = new Command("curate").description("a versioned dataset of labelled failures, made of stored runs");
  return withBudgetFlags(withTargetFlags(withFilterFlags(withRunFlags(command))))
    .option("--timeout <seconds>", "a replay that takes longer is unknown", parseAmount, 60)
    .requiredOption("--name <name>", "the dataset's name", parseName)
    .requiredOption("--out <dir>", "directory of the version; what it holds of that name is the version before")
    .option("--about <text>", "what it is for, for the card", "")
    .option("--licence <text>", "a licence the runs come under, for the card; may be given again", collect, [])
    .option("--oracle-model", "with --command and --hook: the model at CULPRIT_TRACER_URL corrects")
    .option("--corrections <file>", "with --command and --hook: who corrects is a file")
    .option("--no-faults", "replay failed runs, and put no faults into successful ones")
    .option("--operator <names>", "fault operators, with commas between (default: all but model)", parseOperators)
    .option("--seed <n>", "chooses steps, operators and faults", parseCount, 0)
    .option("--steps <k>", "agent steps to sample in a successful run", parsePositive, 3)
    .option("--all", "go on after the first fault that made a run fail")
    .option("--parallel <n>", "runs at a time", parsePositive, 1)
    .option("--test-share <share>", "share of tasks held out (default: 0.1)", parseShare)
    .option("--min-margin <share>", "how much better than the placebo a label must be (default: 0.5)", parseShare)
    .option("--without-placebo", "also take labels of which no placebo is stored")
    .option("--near-duplicate <share>", "similarity from which two records say the same (default: 0.8)", parseShare)
    .option("--cap <dimension=most>", "at most so many of one value, such as agent=500 or domain=40%", collectCap, [])
    .option("--match-evidence", "as many injected as counterfactual records of each domain, agent and position")
    .option("--contamination <dir...>", "leave out what shares text with these benchmarks' questions")
    .action(async (flags: CurateFlags) => {
      const replays = [flags.target, flags.command, flags.hook].some((way) => way !== undefined);
      if (replays) requireStart(flags);
      await withSession(flags, async (session) => {
        const { connection, output } = session;
        const benchmarks = flags.contamination === undefined ? undefined : await readBenchmarks(flags.contamination);
        const selected = await selectRuns(connection.client, filterOf(flags));
        if (selected.runs.length === 0) {
          throw new CulpritError("curate_no_runs", "The query matches no run.", {
            mend: "Widen the filter or --since; `culprit traces` lists the runs there are.",
          });
        }
        const made = replays ? await label(flags, session, selected) : undefined;
        const { testShare, minMargin, withoutPlacebo, nearDuplicate, matchEvidence } = flags;
        const version = await curateVersion(selected, {
          client: connection.client,
          name: flags.name,
          out: flags.out,
          about: flags.about,
          licences: flags.licence,
          since: flags.since,
          caps: flags.cap,
          ...given({ testShare, minMargin, withoutPlacebo, nearDuplicate, matchEvidence, benchmarks, made }),
          onProgress: output.progress,
        });
        output.progress("");
        output.result({ ...version, out: flags.out, unfinished: made?.spent_out ?? false }, () =>
          render(version, flags.out, made),
        );
      });
    });
}

/** Without what is undefined. */
function given<Options extends object>(options: Options): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]?: NonNullable<Options[Key]>;
  };
}

async function label(flags: CurateFlags, session: Session, { runs }: Selected): Promise<LabelledRuns> {
  const { connection, output, config, log } = session;
  const { step: _, ...target } = flags;
  const operators = flags.faults ? operatorsOf(flags.operator, config) : [];
  const journal = await openJournal(flags.out);
  const { seed, steps, all = false } = flags;
  const names = operators.map(({ name }) => name);
  const start = [flags.target, flags.command, flags.hook, flags.corrections, flags.oracleModel];
  const settings = createHash("sha256")
    .update(JSON.stringify([start, names, seed, steps, all]))
    .digest("hex")
    .slice(0, 16);
  const open = (with_: Session) => openTargetOf(target, with_, { oracle: true });
  return await withShelvedTarget(session, open, (withRun) =>
    labelRuns({
      traceIds: runs.map(({ trace_id }) => trace_id),
      withRun,
      journal,
      settings,
      operators,
      seed,
      steps,
      all,
      parallel: flags.parallel,
      timeoutMs: flags.timeout * 1000,
      budget: budgetOf(flags),
      annotate: async (body) => {
        await connection.client.call("annotate", { body });
      },
      onProgress: (progress) => output.progress(shown(progress)),
      onProblem: (traceId, problem) => log("warn", `${traceId} can't be replayed: ${problem}`),
    }),
  );
}

function shown({ runs, of, before, labelled, replays, tokens, cost, seconds }: LabelledRuns | Progress): string {
  const spent = cost > 0 ? `, cost ${cost.toFixed(2)}` : tokens > 0 ? `, ${tokens} tokens` : "";
  const left = runs > before ? ` ${Math.round(((of - runs) * seconds) / (runs - before))} s to go` : "";
  return `${runs} of ${of} runs (${before} done before): ${labelled} labelled, ${replays} replays${spent};${left}`;
}
type Progress = Parameters<NonNullable<Parameters<typeof labelRuns>[0]["onProgress"]>>[0];

function render(version: DatasetVersion, out: string, made: LabelledRuns | undefined): string {
  const { counts, detector, biases } = version;
  const rows = version.left_out.map(({ reason, about, count }) => [
    count,
    about,
    CURATION_MENDS[reason as CurationReason] ?? "",
  ]);
  return [
    `${version.name} ${version.version}: ${counts.records} records in ${out} (${counts.train} to train on, ${counts.test} held out)`,
    `${counts.counterfactual} counterfactual, ${counts.injected} injected, ${counts.human} human`,
    ...(made === undefined ? [] : [shown(made).replace(/;.*$/, "")]),
    ...(made?.spent_out ? ["The budget ended it: the same command goes on from here."] : []),
    ...(detector === null
      ? []
      : [
          `injected or natural is told by the text in ${(detector.accuracy.accuracy * 100).toFixed(1)} % (chance: 50 %), AUC ${detector.auc.value.toFixed(3)}`,
        ]),
    ...biases.map((bias) => `note: ${clip(bias, 200)}`),
    ...(rows.length === 0 ? [] : [table(["left out", "because", "mend"], rows)]),
  ].join("\n");
}

function collect(value: string, all: string[]): string[] {
  return [...all, value];
}

function collectCap(value: string, all: Cap[]): Cap[] {
  try {
    return [...all, parseCap(value)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof CulpritError ? `${error.mend}` : String(error));
  }
}

function parseName(text: string): string {
  const parsed = datasetNameSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(`${parsed.error.issues[0]?.message ?? "It is no name"}.`);
  return parsed.data;
}
