import type { GroupChange } from "@culprit/schemas";

/** Who changes a group's state when its failure comes back. */
export const REGRESSION = "regression";

/**
 * The change that a failure makes to its group: a resolved one opens again when a run of it ended after it was resolved.
 * Undefined for every other: an ignored group stays so, and a run that ended before proves nothing.
 */
export function afterFailure(last: GroupChange | undefined, endedAt: string): GroupChange | undefined {
  if (last?.state !== "resolved" || Date.parse(endedAt) <= Date.parse(last.at)) return undefined;
  return { state: "open", changed_by: REGRESSION, note: "", at: new Date(Date.parse(endedAt)).toISOString() };
}
