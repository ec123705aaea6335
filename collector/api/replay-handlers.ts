import { CulpritError, type Trajectory } from "@culprit/schemas";
import type { ReplayJobs } from "../replays/jobs.ts";
import { notFound } from "./failures.ts";
import { whoIs } from "./group-handlers.ts";
import type { Handlers } from "./handlers.ts";

export interface ReplayHandlerOptions {
  jobs: ReplayJobs;
  /** A stored run; throws `not_found`. */
  readRun(project: string, traceId: string): Promise<Trajectory>;
}

/** Replays that are asked for: starting one, and how far they are. */
export function replayHandlers({
  jobs,
  readRun,
}: ReplayHandlerOptions): Pick<Handlers, "startReplay" | "getReplayJob" | "listReplayJobs"> {
  return {
    startReplay: async ({ params: { trace_id }, body }, access) => {
      const { project } = access;
      jobs.require(project, body);
      const run = await readRun(project, trace_id);
      if (run.outcome.outcome !== "failure") {
        throw new CulpritError("not_a_failed_run", `Run ${trace_id} did not fail.`, {
          mend: "Replay failed runs, or report its outcome first.",
        });
      }
      if (run.steps[body.step]?.role !== "agent") {
        throw new CulpritError("no_such_step", `Step ${body.step} of run ${trace_id} is not an agent's.`, {
          mend: "Name a step that an agent took.",
        });
      }
      return { job: await jobs.start(project, trace_id, body, whoIs(access)) };
    },

    getReplayJob: async ({ params: { job_id } }, { project }) => {
      const job = await jobs.find(project, job_id);
      if (job === null) throw notFound(`There is no replay ${job_id}.`, "GET /api/v1/replays lists them.");
      return { job };
    },

    listReplayJobs: async ({ query }, { project }) => ({
      jobs: await jobs.list({ ...query, project }),
    }),
  };
}
