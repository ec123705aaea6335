import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type ImportSkip, importAll, importedTrajectory, trajectoryOfDetail } from "@culprit/analyzers";
import { CulpritError, type Trajectory } from "@culprit/schemas";
import { isTraceId } from "../arguments.ts";
import { type RunFlags, withSession } from "../session.ts";

/** A run to be diagnosed. */
export interface Source {
  /** What its output directory is called: safe as a name, one a run. */
  id: string;
  /** The file it was read from; absent for a stored run. */
  path?: string;
  trajectory: Trajectory;
}

/**
 * The runs that a command line names: files and directories of trajectories, or trace ids of stored runs.
 *
 * @throws CulpritError `usage` for what is neither, `nothing_imported` where no file holds a trajectory
 */
export async function readSources(
  targets: readonly string[],
  flags: RunFlags,
  project: string,
): Promise<{ sources: Source[]; skipped: ImportSkip[] }> {
  const traces = targets.filter((target) => isTraceId(target) && !existsSync(target));
  const paths = targets.filter((target) => !traces.includes(target));
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) {
    throw new CulpritError("usage", `${missing} is neither a trace id nor a file.`, {
      mend: "`culprit traces` lists trace ids.",
    });
  }
  const found = paths.length === 0 ? { runs: [], skipped: [] } : await importAll(paths);
  if (paths.length > 0 && found.runs.length === 0) {
    throw new CulpritError("nothing_imported", `No trajectory was recognised in ${paths.join(", ")}.`, {
      mend: "Check the paths; `culprit import --help` says what is read.",
    });
  }
  const taken = new Set<string>();
  const unique = (wanted: string, traceId: string): string => {
    const id = taken.has(wanted) ? `${wanted}-${traceId.slice(0, 8)}` : wanted;
    taken.add(id);
    return id;
  };
  const sources: Source[] = found.runs.map((run) => ({
    id: unique(nameOf(run.path), run.trace_id),
    path: run.path,
    trajectory: { ...importedTrajectory(run), project },
  }));
  if (traces.length > 0) {
    await withSession(flags, async ({ connection }) => {
      for (const trace of traces) {
        const trace_id = trace.toLowerCase();
        const detail = await connection.client.call("getTrace", { trace_id });
        sources.push({ id: unique(trace_id, trace_id), trajectory: trajectoryOfDetail(detail) });
      }
    });
  }
  return { sources, skipped: found.skipped };
}

/** Names that say what a file is and not which run it holds. */
const GENERIC = new Set([
  "mini",
  "trajectory",
  "output",
  "results",
  "result",
  "events",
  "session",
  "sessions",
  "agent",
  "agent-logs",
  "logs",
  "run",
  "traj",
  "event_cache",
]);

/** `…/django__django-1/agent-logs/mini.traj.json` → `django__django-1`; `file.jsonl#key` → `file-key`. */
export function nameOf(path: string): string {
  const [file = "", key] = path.split("#");
  let name = basename(file).replace(/(?:\.traj)?\.(?:json|jsonl|traj|parquet|txt|log|gz)$/i, "");
  let above = dirname(file);
  while (GENERIC.has(name.toLowerCase()) && basename(above) !== "" && basename(above) !== ".") {
    name = basename(above);
    above = dirname(above);
  }
  const whole = key === undefined ? name : `${name}-${key}`;
  return (
    whole
      .replace(/[^\w.-]+/g, "_")
      .replace(/^\.+/, "_")
      .slice(0, 120) || "run"
  );
}
