import { z } from "zod";

/** Body of every error the API answers with; `code` is stable. */
export const apiErrorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), mend: z.string().optional() }),
});
export type ApiError = z.infer<typeof apiErrorSchema>;

/** The errors the API knows: their HTTP status and when they are answered. Stable; anything a store raised is 503. */
export const API_FAILURES = {
  invalid: [400, "The path, the query or the body is not as the contract says."],
  cursor_invalid: [400, "The cursor is not one that this list gave out."],
  search_empty: [400, "The text to look for holds no word."],
  unauthorized: [401, "A key is asked for and none, or an unknown or revoked one, was sent."],
  forbidden_host: [403, "Without keys, the collector answers to its loopback address only."],
  forbidden_origin: [403, "A page of another site tried to write."],
  forbidden_scope: [403, "The key lacks the scope that the route needs."],
  forbidden_project: [403, "The key belongs to another project."],
  not_found: [404, "There is no such thing in the key's project."],
  method_not_allowed: [405, "The path is there, the method is not."],
  version_taken: [409, "This version of the dataset is there with other records."],
  too_many_keys: [409, "No more keys can be held."],
  too_large: [413, "The body is larger than the collector takes."],
  unsupported_content: [415, "The body is not said to be application/json."],
  no_such_step: [422, "The run does not bear the blame out: another agent took that step, or none did."],
  not_a_failed_run: [422, "The run did not fail, so there is nothing to correct."],
  correction_required: [422, "The replay target proposes no corrections: the request has to bring one."],
  rate_limited: [429, "The key sends more requests a second than it may."],
  quota_exceeded: [429, "The key has sent what it may a day."],
  internal: [500, "Something went wrong; the collector's log has the details."],
  no_attributor: [501, "This collector runs without an analyzer."],
  replay_not_configured: [501, "It is not said how the recorded system is started again: replay_target."],
  replay_queue_full: [503, "As many replays wait as may; try again."],
  too_many_streams: [503, "As many streams of events are open as may be."],
  busy: [503, "Too many bodies are being read, or too many requests wait; try again."],
  store_unavailable: [503, "The store does not answer; try again."],
} as const satisfies Record<string, readonly [status: number, when: string]>;
export type ApiFailureCode = keyof typeof API_FAILURES;

/** The HTTP status of an error's code. */
export function failureStatus(code: string): number {
  return Object.hasOwn(API_FAILURES, code) ? API_FAILURES[code as ApiFailureCode][0] : 503;
}
