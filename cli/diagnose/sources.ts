import { existsSync } from "node:fs";
import { type ImportSkip, importedTrajectory, importPath, runName, trajectoryOfDetail } from "@culprit/analyzers";
import { type Annotation, type Client, CulpritError, type Trajectory } from "@culprit/schemas";
import { isTraceId } from "../arguments.ts";
import { type RunFlags, withSession } from "../session.ts";

/** A run to be diagnosed. */
export interface Source {
  kind: "run";
  /** What its output directory is called: safe as a name, one a run. */
  id: string;
  trace_id: string;
  /** The file it was read from; empty for a stored run. */
  path: string;
  trajectory: Trajectory;
  /** Known labels, for what is learnt across runs; never shown to what diagnoses. */
  labels: Pick<Annotation, "step" | "verdict">[];
}

/** Trace ids and paths of a command line. */
export function splitTargets(targets: readonly string[]): { traces: string[]; paths: string[] } {
  const traces = targets.filter((target) => isTraceId(target) && !existsSync(target));
  const paths = targets.filter((target) => !traces.includes(target));
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) {
    throw new CulpritError("usage", `${missing} is neither a trace id nor a file.`, {
      mend: "`culprit traces` lists trace ids.",
    });
  }
  return { traces: traces.map((trace) => trace.toLowerCase()), paths };
}

/** The runs that a command line names, as they are found; what can't be read is a skip with its reason. */
export async function* sourcesOf(
  { traces, paths }: { traces: readonly string[]; paths: readonly string[] },
  {
    project,
    client,
    onProgress,
  }: { project: string; client?: Client | undefined; onProgress?: (path: string) => void },
): AsyncGenerator<Source | ImportSkip> {
  const taken = new Set<string>();
  const unique = (wanted: string, traceId: string): string => {
    const id = taken.has(wanted) ? `${wanted}-${traceId.slice(0, 8)}` : wanted;
    taken.add(id);
    return id;
  };
  if (paths.length > 0) {
    for await (const item of importPath(paths, onProgress === undefined ? {} : { onProgress })) {
      if (item.kind === "skip") {
        yield item;
        continue;
      }
      const { trace_id, path, annotations } = item;
      const trajectory = { ...importedTrajectory(item), project };
      yield { kind: "run", id: unique(runName(path), trace_id), trace_id, path, trajectory, labels: annotations };
    }
  }
  for (const trace_id of traces) {
    if (client === undefined) throw new TypeError("stored runs need a client");
    const detail = await client.call("getTrace", { trace_id });
    yield {
      kind: "run",
      id: unique(trace_id, trace_id),
      trace_id,
      path: "",
      trajectory: trajectoryOfDetail(detail),
      labels: detail.annotations,
    };
  }
}

/**
 * {@link sourcesOf}, gathered, for commands about one run.
 *
 * @throws CulpritError `usage` for what is neither a trace id nor a file, `nothing_imported` where no file holds a run
 */
export async function readSources(
  targets: readonly string[],
  flags: RunFlags,
  project: string,
): Promise<{ sources: Source[]; skipped: ImportSkip[] }> {
  const split = splitTargets(targets);
  const sources: Source[] = [];
  const skipped: ImportSkip[] = [];
  const gather = async (client?: Client) => {
    for await (const item of sourcesOf(split, { project, client })) {
      if (item.kind === "run") sources.push(item);
      else skipped.push(item);
    }
  };
  if (split.traces.length === 0) await gather();
  else await withSession(flags, async ({ connection }) => await gather(connection.client));
  if (sources.length > 0) return { sources, skipped };
  throw new CulpritError("nothing_imported", `No trajectory was recognised in ${targets.join(", ")}.`, {
    mend: "Check the paths; `culprit import --help` says what is read.",
  });
}
