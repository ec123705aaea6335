// One process of the dataset bench: runs requests of the ledger team and tasks of the coding team, labels each run by
// Algorithm 1 (`labelRun`), and appends the records it gives to a file, a line a run. What is in the file is not done again.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import {
  type CurationReason,
  createEndpoint,
  curate,
  FAULT_OPERATORS,
  type FaultOperator,
  faultOperator,
  labelRun,
  modelOperator,
  type Oracle,
  type ScrubCounts,
} from "@culprit/analyzers";
import {
  type CodingTask,
  ledgerOracle,
  ledgerTask,
  oracleFor,
  runLedgerTeam,
  runTeam,
  SABOTEUR_MODEL,
  startScriptedEndpoint,
  TASKS,
} from "@culprit/examples";
import type { Annotation, DatasetRecord, Replay, TraceDetail, Trajectory } from "@culprit/schemas";
import PQueue from "p-queue";
import { type Recording, startRecording } from "../replay/recording.ts";

/** What became of one run. */
export interface ShardLine {
  key: string;
  outcome: "success" | "failure" | "unknown";
  records: DatasetRecord[];
  scrubbed: ScrubCounts;
  left_out: CurationReason | null;
  faults: Partial<Record<CurationReason, number>>;
  replays: number;
  model_calls: number;
  tokens: number;
}

export interface ShardOptions {
  file: string;
  /** This one of so many. */
  shard: number;
  of: number;
  requests: number;
  /** Seeds of the coding team's endpoint; each runs all its tasks. */
  codingSeeds: readonly number[];
  /** Fault operators by name; `model` is the scripted saboteur. */
  operators: readonly string[];
  /** Failed runs only, or successful ones only, are labelled. */
  only?: "success" | "failure";
}

const AT_ONCE = 4;
const STEPS = 6;

interface Job {
  key: string;
  run(baseURL: string, replay?: { id: string; of: string }): Promise<{ traceId: string; outcome: { success: boolean | null } }>;
  oracle: Oracle;
  seed: number;
}

export async function runShard(options: ShardOptions): Promise<void> {
  const done = new Set(linesOf(options.file).map(({ key }) => key));
  const jobs = jobsOf(options).filter(({ key }, at) => at % options.of === options.shard && !done.has(key));
  const recording = await startRecording();
  const endpoints = new Map<number, Awaited<ReturnType<typeof startScriptedEndpoint>>>();
  for (const seed of new Set(jobs.map((job) => job.seed))) endpoints.set(seed, await startScriptedEndpoint({ seed }));
  const saboteur = await startScriptedEndpoint();
  const model = modelOperator(createEndpoint({ url: saboteur.baseURL, model: SABOTEUR_MODEL }));
  const operators = options.operators.map((name): FaultOperator => (name === "model" ? model : faultOperator(name)));
  const queue = new PQueue({ concurrency: AT_ONCE });
  try {
    await queue.addAll(
      jobs.map((job) => async () => {
        const baseURL = endpoints.get(job.seed)?.baseURL ?? "";
        try {
          const line = await labelled(job, baseURL, recording, operators, options.only);
          appendFileSync(options.file, `${JSON.stringify(line)}\n`);
        } catch (error) {
          process.stderr.write(`${job.key}: ${String(error)}; run this again to try it again\n`);
        }
      }),
    );
  } finally {
    for (const endpoint of endpoints.values()) await endpoint.close();
    await saboteur.close();
    await recording.close();
  }
}

/** Lines that are whole. */
export function linesOf(file: string): ShardLine[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as ShardLine];
      } catch {
        return [];
      }
    });
}

function jobsOf({ requests, codingSeeds }: ShardOptions): Job[] {
  const ledger = Array.from({ length: requests }, (_, at): Job => {
    const task = ledgerTask(at + 1);
    return {
      key: `ledger/${at + 1}`,
      run: (baseURL, replay) => runLedgerTeam({ task, baseURL, ...(replay === undefined ? {} : { replay }) }),
      oracle: ledgerOracle,
      seed: 1,
    };
  });
  const coding = codingSeeds.flatMap((seed) =>
    TASKS.map(
      (task: CodingTask): Job => ({
        key: `coding/${seed}/${task.functionName}`,
        run: (baseURL, replay) => runTeam({ task, baseURL, ...(replay === undefined ? {} : { replay }) }),
        oracle: oracleFor(task),
        seed,
      }),
    ),
  );
  return [...ledger, ...coding];
}

async function labelled(
  job: Job,
  baseURL: string,
  recording: Recording,
  operators: readonly FaultOperator[],
  only: ShardOptions["only"],
): Promise<ShardLine> {
  const { traceId } = await job.run(baseURL);
  const made = [traceId];
  const trajectory = await arrived(recording, traceId);
  const labels: Annotation[] = [];
  const replays: Replay[] = [];
  const { outcome } = trajectory.outcome;
  const line: ShardLine = {
    key: job.key,
    outcome,
    records: [],
    scrubbed: {},
    left_out: null,
    faults: {},
    replays: 0,
    model_calls: 0,
    tokens: 0,
  };
  if (only !== undefined && only !== outcome) return line;
  const result = await labelRun(
    {
      detail: detailOf(trajectory, [], []),
      trajectory,
      target: {
        oracle: job.oracle,
        driver: async ({ replayId, of }) => {
          const ended = await job.run(baseURL, { id: replayId, of });
          made.push(ended.traceId);
          return ended;
        },
      },
      save: async (replay) => void replays.push(replay),
      keep: async () => {},
      read: (id) => arrived(recording, id),
    },
    {
      operators,
      seed: 0,
      steps: STEPS,
      timeoutMs: 120_000,
      budget: {},
      annotate: async (label) => void labels.push({ ...label, project: trajectory.project }),
    },
  );
  line.left_out = result.left_out;
  line.faults = result.faults;
  line.replays = result.spent.replays;
  line.model_calls = result.spent.calls;
  line.tokens = result.spent.tokens;
  for (const id of result.labelled) {
    const run = await arrived(recording, id);
    const curated = curate(
      detailOf(run, labels.filter(({ trace_id }) => trace_id === id), replays),
      undefined,
      replays,
    );
    if ("left_out" in curated) line.left_out = curated.left_out;
    else {
      line.records.push(curated.record);
      line.scrubbed = curated.counts;
    }
  }
  recording.forget(made);
  return line;
}

/** A run of which every span has come. */
async function arrived(recording: Recording, traceId: string): Promise<Trajectory> {
  for (let tries = 0; ; tries++) {
    const run = await recording.trajectory(traceId);
    if (run.complete || tries > 200) return run;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A run as the API would show it. */
function detailOf(run: Trajectory, annotations: Annotation[], replays: Replay[]): TraceDetail {
  const { trace_id, task, task_id, ground_truth, source, complete, outcome, agents, steps } = run;
  return {
    trace_id,
    task,
    task_id,
    ground_truth,
    source,
    complete,
    outcome: outcome.outcome,
    outcome_detail: outcome,
    agents,
    steps,
    summary: null,
    attributions: [],
    annotations,
    replays,
  };
}

/** Every operator that needs no model, for `--operator rules`. */
export const RULES: readonly string[] = FAULT_OPERATORS.map(({ name }) => name);
