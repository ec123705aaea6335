import type { Comment, SavedQuery } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { commentTable, type Kept, savedQueryTable } from "../rows/feedback.ts";

/** What people keep and say. */
export interface FeedbackStore {
  /** By name. */
  queries(project: string): Promise<SavedQuery[]>;
  saveQuery(project: string, query: SavedQuery): Promise<void>;
  deleteQuery(project: string, query: SavedQuery): Promise<void>;
  /** Of one run, oldest first. */
  comments(project: string, traceId: string): Promise<Comment[]>;
  saveComment(project: string, comment: Comment): Promise<void>;
  deleteComment(project: string, comment: Comment): Promise<void>;
}

export function feedbackStore(connection: Connection): FeedbackStore {
  return {
    async queries(project) {
      const condition = "FINAL WHERE project = {project:String} AND NOT deleted ORDER BY name";
      return (await connection.read(savedQueryTable, condition, { project })).map(withoutMark);
    },
    saveQuery: (project, query) => connection.insert(savedQueryTable, [{ ...query, project, deleted: false }]),
    deleteQuery: (project, query) =>
      connection.insert(savedQueryTable, [{ ...query, about: "", filter: {}, project, deleted: true }]),
    async comments(project, traceId) {
      const condition = `FINAL WHERE project = {project:String} AND trace_id = {traceId:String} AND NOT deleted
         ORDER BY at, comment_id`;
      return (await connection.read(commentTable, condition, { project, traceId })).map(withoutMark);
    },
    saveComment: (project, comment) => connection.insert(commentTable, [{ ...comment, project, deleted: false }]),
    deleteComment: (project, comment) =>
      connection.insert(commentTable, [{ ...comment, text: "", project, deleted: true }]),
  };
}

function withoutMark<Item>({ project: _, deleted: __, ...item }: Kept<Item>): Omit<Kept<Item>, "project" | "deleted"> {
  return item;
}
