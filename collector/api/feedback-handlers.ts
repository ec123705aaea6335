import { createHash, randomBytes } from "node:crypto";
import {
  type Annotation,
  CulpritError,
  type RunSummary,
  type SavedQuery,
  type Trajectory,
  timeWindow,
} from "@culprit/schemas";
import type { Store } from "@culprit/store";
import type { Access } from "../access/access.ts";
import type { Privacy } from "../privacy/privacy.ts";
import { requireBlame } from "./blame.ts";
import { invalid, notFound } from "./failures.ts";
import { whoIs } from "./group-handlers.ts";
import type { Handlers } from "./handlers.ts";

export interface FeedbackOptions {
  store: Pick<Store, "feedback" | "readRun" | "saveAnnotation" | "listRuns">;
  privacy: Privacy;
  /** A stored run; throws `not_found`. */
  readRun(project: string, traceId: string): Promise<Trajectory>;
}

/** What people say of runs, and the questions they keep. */
export function feedbackHandlers({
  store,
  privacy,
  readRun,
}: FeedbackOptions): Pick<
  Handlers,
  | "judgeBlame"
  | "listComments"
  | "addComment"
  | "deleteComment"
  | "listQueries"
  | "saveQuery"
  | "deleteQuery"
  | "runQuery"
> {
  const findQuery = async (project: string, name: string): Promise<SavedQuery> => {
    const found = (await store.feedback.queries(project)).find((query) => query.name === name);
    if (found) return found;
    throw notFound(`There is no saved query ${name}.`, "GET /api/v1/queries lists them.");
  };
  return {
    judgeBlame: async ({ params: { trace_id }, body }, access) => {
      const { project } = access;
      const run = await readRun(project, trace_id);
      const summary = await store.readRun(project, trace_id);
      const blamed = blameOf(summary);
      const label = (agent: string, step: number, verdict: Annotation["verdict"], correction = ""): Annotation => ({
        project,
        // One a person, agent and step: whoever changes their mind is not heard twice.
        annotation_id: labelId(access, trace_id, agent, step),
        trace_id,
        agent,
        step,
        evidence: "human",
        verdict,
        reason: privacy.text(body.reason),
        replay_id: "",
        correction: privacy.content(project, correction),
        earliest: "not proven",
        placebo_k: 0,
        placebo_successes: 0,
        created_at: new Date().toISOString(),
      });
      const labels: Annotation[] = [];
      if (body.verdict === "correct") {
        requireBlame(run, body, "human");
        const other = blamed !== undefined && (blamed.agent !== body.agent || blamed.step !== body.step);
        if (other) labels.push({ ...label(blamed.agent, blamed.step, "refuted"), reason: "" });
        labels.push(label(body.agent, body.step, "confirmed", body.correction));
      } else if (blamed === undefined) {
        throw invalid(
          `Nobody is blamed for run ${trace_id} yet.`,
          "Say who broke it: verdict correct, with agent and step.",
        );
      } else {
        labels.push(label(blamed.agent, blamed.step, body.verdict === "confirm" ? "confirmed" : "refuted"));
      }
      for (const one of labels) await store.saveAnnotation(one);
      return { annotations: labels };
    },

    listComments: async ({ params: { trace_id } }, { project }) => ({
      comments: await store.feedback.comments(project, trace_id),
    }),

    addComment: async ({ params: { trace_id }, body }, access) => {
      const run = await readRun(access.project, trace_id);
      if (body.step !== null && run.steps[body.step] === undefined) {
        throw new CulpritError("no_such_step", `Run ${trace_id} has no step ${body.step}.`);
      }
      const comment = {
        comment_id: randomBytes(16).toString("hex"),
        trace_id,
        author: whoIs(access),
        text: privacy.text(body.text),
        step: body.step,
        at: new Date().toISOString(),
      };
      await store.feedback.saveComment(access.project, comment);
      return { comment };
    },

    deleteComment: async ({ params: { trace_id, comment_id } }, access) => {
      const comments = await store.feedback.comments(access.project, trace_id);
      const comment = comments.find((one) => one.comment_id === comment_id);
      if (!comment) throw notFound(`Run ${trace_id} has no comment ${comment_id}.`);
      if (comment.author !== whoIs(access) && !access.scopes.includes("admin")) {
        throw new CulpritError("forbidden_scope", "This comment is another key's.", {
          mend: "Use that key, or an admin's.",
        });
      }
      await store.feedback.deleteComment(access.project, comment);
      return { comment };
    },

    listQueries: async (_input, { project }) => ({ queries: await store.feedback.queries(project) }),

    saveQuery: async ({ params: { name }, body }, access) => {
      const query = { ...body, name, changed_by: whoIs(access), changed_at: new Date().toISOString() };
      await store.feedback.saveQuery(access.project, query);
      return { query };
    },

    deleteQuery: async ({ params: { name } }, { project }) => {
      const query = await findQuery(project, name);
      await store.feedback.deleteQuery(project, query);
      return { query };
    },

    runQuery: async ({ params: { name }, query: { limit, cursor } }, { project }) => {
      const { filter, since } = await findQuery(project, name);
      const page = await store.listRuns({
        ...filter,
        ...timeWindow({ since }),
        project,
        limit,
        cursor,
        text_characters: 1000,
      });
      return { traces: page.rows, next_cursor: page.next_cursor };
    },
  };
}

function blameOf(summary: RunSummary | null): { agent: string; step: number } | undefined {
  if (summary === null || summary.blamed_agent === null || summary.blamed_step === null) return undefined;
  return { agent: summary.blamed_agent, step: summary.blamed_step };
}

function labelId(access: Access, traceId: string, agent: string, step: number): string {
  const identity = JSON.stringify([whoIs(access), traceId, agent, step]);
  return `human-${createHash("sha256").update(identity).digest("hex").slice(0, 24)}`;
}
