import { timeWindow } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import { notFound } from "./failures.ts";
import { createWaiters } from "./feedback-waiters.ts";
import { whoIs } from "./group-handlers.ts";
import type { Handlers } from "./handlers.ts";

export interface LoopHandlerOptions {
  store: Pick<Store, "loops" | "readSpans">;
  /** Whether the collector is stopping. */
  draining?: (() => boolean) | undefined;
}

/** What agents are told before they try again, and what comes of it. */
export function loopHandlers({
  store,
  draining,
}: LoopHandlerOptions): Pick<Handlers, "getFeedback" | "markApplied" | "listRounds" | "roundFigures"> {
  const { loops } = store;
  const waiters = createWaiters({ known: (project, ids) => loops.known(project, ids), draining });
  const requireRun = async (project: string, traceId: string) => {
    if ((await loops.known(project, [traceId])).size > 0) return;
    if ((await store.readSpans(project, traceId)).length > 0) return;
    throw notFound(`There is no run ${traceId}.`, "List runs with `culprit traces`.");
  };
  return {
    getFeedback: async ({ params: { trace_id }, query: { wait } }, { project }, signal) => {
      const state = await waiters.wait(project, trace_id, wait * 1000, signal);
      if (state.waiting_for === "run") {
        await requireRun(project, trace_id);
        return { ...state, waiting_for: "settling", applied: [] };
      }
      return { ...state, applied: await loops.applied(project, trace_id) };
    },

    markApplied: async ({ params: { trace_id }, body }, access) => {
      await requireRun(access.project, trace_id);
      const applied = { ...body, trace_id, by: whoIs(access), at: new Date().toISOString() };
      await loops.saveApplied(access.project, applied);
      return { applied };
    },

    listRounds: async ({ query: { since, from, to, ...filter } }, { project }) => {
      const page = await loops.rounds({ ...filter, ...timeWindow({ since, from, to }), project });
      return { rounds: page.rows, next_cursor: page.next_cursor };
    },

    roundFigures: async ({ query: { task_id, ...window } }, { project }) =>
      await loops.figures({ ...timeWindow(window), project, task_id }),
  };
}
