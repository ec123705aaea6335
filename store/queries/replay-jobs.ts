import type { ReplayJob } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { replayJobTable, type StoredReplayJob } from "../rows/replay-job.ts";

/** Replays that were asked for. Nothing here runs any. */
export interface ReplayJobStore {
  save(project: string, job: ReplayJob): Promise<void>;
  find(project: string, jobId: string): Promise<ReplayJob | null>;
  /** Newest first; of every run when none is named. */
  list(filter: { project: string; trace_id?: string | undefined; limit: number }): Promise<ReplayJob[]>;
}

export function replayJobStore(connection: Connection): ReplayJobStore {
  const read = async (condition: string, parameters: Record<string, string | number>): Promise<ReplayJob[]> =>
    (await connection.read(replayJobTable, condition, parameters)).map(withoutProject);
  return {
    save: (project, job) => connection.insert(replayJobTable, [{ ...job, project }]),
    find: async (project, jobId) =>
      (await read("FINAL WHERE project = {project:String} AND job_id = {jobId:String}", { project, jobId }))[0] ?? null,
    list: ({ project, trace_id, limit }) =>
      read(
        `FINAL WHERE project = {project:String} AND ({traceId:String} = '' OR trace_id = {traceId:String})
         ORDER BY created_at DESC, job_id LIMIT {limit:UInt64}`,
        { project, traceId: trace_id ?? "", limit },
      ),
  };
}

function withoutProject({ project: _, ...job }: StoredReplayJob): ReplayJob {
  return job;
}
