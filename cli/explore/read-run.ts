import { type Diagnosis, diagnoseByRules, trajectoryOfDetail } from "@culprit/analyzers";
import { type Annotation, type Attribution, CulpritError, type Replay, type Trajectory } from "@culprit/schemas";
import { isTraceId } from "../arguments.ts";
import { readSources } from "../diagnose/sources.ts";
import { type RunFlags, withSession } from "../session.ts";
import { loadSettings } from "../settings.ts";

/** A run with everything that is known about it, as a person reads it. */
export interface ReadRun {
  trajectory: Trajectory;
  attributions: Attribution[];
  annotations: Annotation[];
  replays: Replay[];
  /** What the rules say: classes, stages, tree, evidence, findings. */
  diagnosis: Diagnosis;
}

/**
 * A stored run by its trace id, or the one run of a file.
 *
 * @throws CulpritError `usage` for what is neither, and for a file with several runs
 */
export async function readRun(target: string, flags: RunFlags): Promise<ReadRun> {
  if (isTraceId(target)) {
    let read: ReadRun | undefined;
    await withSession(flags, async ({ connection }) => {
      const detail = await connection.client.call("getTrace", { trace_id: target.toLowerCase() });
      const { attributions, annotations, replays } = detail;
      read = understood(trajectoryOfDetail(detail), { attributions, annotations, replays });
    });
    if (read !== undefined) return read;
  }
  const { project } = loadSettings(flags, { url: flags.url, data: flags.data });
  const { sources } = await readSources([target], flags, project);
  const [only, ...others] = sources;
  if (only === undefined || others.length > 0) {
    throw new CulpritError("usage", `${target} holds ${sources.length} runs.`, {
      mend: "Name one; `culprit import` stores them, `culprit traces` lists them.",
    });
  }
  return understood(only.trajectory);
}

/** A trajectory with what the rules make of it. */
export function understood(
  trajectory: Trajectory,
  known: Partial<Pick<ReadRun, "attributions" | "annotations" | "replays">> = {},
): ReadRun {
  return {
    trajectory,
    attributions: known.attributions ?? [],
    annotations: known.annotations ?? [],
    replays: known.replays ?? [],
    diagnosis: diagnoseByRules(trajectory),
  };
}
