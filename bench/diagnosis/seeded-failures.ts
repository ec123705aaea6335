import { searchDecisive, seededRandom } from "@culprit/analyzers";
import {
  attempt,
  FAULT_KINDS,
  type FaultKind,
  faultOf,
  makeRepository,
  PROJECTS,
  type Project,
  seededSteps,
  shellTarget,
  startShellEndpoint,
} from "@culprit/examples";
import type { Trajectory } from "@culprit/schemas";
import PQueue from "p-queue";
import type { Recording } from "../replay/recording.ts";

/** A failed run whose decisive step is known by construction and was verified by replay. */
export interface SeededFailure {
  id: string;
  project: string;
  kind: FaultKind;
  trajectory: Trajectory;
  /** 0-based step at which the fault was put. */
  step: number;
  /** Every step at which the fault made the agent act otherwise. */
  incorrect: number[];
  /** Steps of a harmless slip. */
  unuseful: number[];
}

/** What became of a fault. */
export type Fate =
  | { status: "kept"; failure: SeededFailure; replays: number }
  /** The agent's run passed the check all the same. */
  | { status: "survived" }
  /** Replay does not find that this step alone decides. */
  | { status: "not verified"; reason: string; replays: number };

export interface SeededOptions {
  recording: Recording;
  /** Folder for the repositories. */
  folder: string;
  parallel: number;
  /** Leave the replays out: a failed run with a fault is kept unverified. */
  quick?: boolean;
  /** Which of the candidates are made; all when not given. */
  only?: (project: Project, kind: FaultKind) => boolean;
  onFate?: (id: string, fate: Fate) => void;
}

/** One attempt in three mistypes something first. */
const SLIPS = 3;

/**
 * Every kind of mistake in every project that has room for it. A fault is kept when the task's own check then fails, and
 * when replay proves that correcting this step alone, and none before it, makes the check pass. The same projects give
 * the same failures.
 */
export async function seededFailures(options: SeededOptions): Promise<Map<string, Fate>> {
  const fates = new Map<string, Fate>();
  const queue = new PQueue({ concurrency: options.parallel });
  for (const project of PROJECTS) {
    const repository = makeRepository(project, options.folder);
    for (const kind of FAULT_KINDS) {
      if (faultOf(kind, project) === null || options.only?.(project, kind) === false) continue;
      const id = `${project.name}/${kind}`;
      void queue.add(async () => {
        const fate = await tryFault({ id, project, repository, kind }, options);
        fates.set(id, fate);
        options.onFate?.(id, fate);
      });
    }
  }
  await queue.onIdle();
  return new Map([...fates].sort(([left], [right]) => (left < right ? -1 : 1)));
}

interface Candidate {
  id: string;
  project: Project;
  repository: ReturnType<typeof makeRepository>;
  kind: FaultKind;
}

async function tryFault(
  { id, project, repository, kind }: Candidate,
  { recording, quick }: SeededOptions,
): Promise<Fate> {
  const story = { fault: kind, slip: seededRandom(id, "slips").whole(SLIPS) === 0 };
  const endpoint = await startShellEndpoint(() => story);
  try {
    const { traceId, success } = await attempt({ project, repository, baseURL: endpoint.baseURL });
    if (success) return { status: "survived" };
    const trajectory = await recording.trajectory(traceId);
    const { incorrect, unuseful } = seededSteps(story, project, trajectory);
    const [step] = incorrect;
    if (step === undefined) return { status: "not verified", reason: "The fault was never acted out.", replays: 0 };
    if (quick === true) {
      return {
        status: "kept",
        failure: { id, project: project.name, kind, trajectory, step, incorrect, unuseful },
        replays: 0,
      };
    }
    const target = shellTarget({
      project,
      repository,
      trajectory,
      upstream: endpoint.baseURL,
      collector: recording.url,
    });
    const { verdict, replays } = await searchDecisive({ trajectory, ...target, timeoutMs: 300_000 });
    const found = verdict.decisive;
    if (found?.step !== step || found.earliest !== "proven") {
      return { status: "not verified", reason: verdict.reason, replays: replays.length };
    }
    const failure = { id, project: project.name, kind, trajectory, step, incorrect, unuseful };
    return { status: "kept", failure, replays: replays.length };
  } finally {
    await endpoint.close();
  }
}
