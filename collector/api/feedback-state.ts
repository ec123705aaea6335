import { type Feedback, feedbackText, hasBlame, TOLD_STATUSES } from "@culprit/schemas";
import type { Known } from "@culprit/store";

/** Feedback without what happened to it. */
export type FeedbackState = Omit<Feedback, "applied">;

/** The statuses after which the same strategy may still answer. */
const PASSING: ReadonlySet<string> = new Set(["tracer_unavailable"]);

/**
 * What those who are going to try again can be told of a run. Pure.
 *
 * @param known undefined where the run has no summary yet
 */
export function feedbackState(traceId: string, known: Known | undefined): FeedbackState {
  const nothing: FeedbackState = {
    trace_id: traceId,
    state: "pending",
    waiting_for: null,
    why: "",
    agent: null,
    step: null,
    reason: "",
    confidence: null,
    status: null,
    strategy: "",
    text: "",
    loop: null,
  };
  if (known === undefined) return { ...nothing, waiting_for: "run" };
  const { summary, attributions } = known;
  const { blamed_agent: agent, blamed_step: step, reason, confidence, strategy, outcome, settled } = summary;
  const base = {
    ...nothing,
    loop: summary.loop === undefined ? null : { id: summary.loop.id, round: summary.loop.round },
  };
  const none = (why: string): FeedbackState => ({ ...base, state: "none", why });
  if (outcome === "success") return none("The run succeeded.");
  const status = TOLD_STATUSES.find((one) => one === summary.status);
  if (status !== undefined && agent !== null) {
    const text = feedbackText({ agent, step, reason });
    return { ...base, state: "ready", agent, step, reason, confidence, status, strategy, text };
  }
  if (summary.status === "refuted") return none("The blame was refuted, and nobody else is blamed.");
  if (outcome === "unknown") return { ...base, waiting_for: "outcome" };
  if (!settled) return { ...base, waiting_for: "settling" };
  // A blame is saved before the summary that tells whether labels refute it.
  const onItsWay = attributions.some(hasBlame);
  const declined = attributions.find((attribution) => !PASSING.has(attribution.status));
  if (declined !== undefined && !onItsWay) return none(declined.reason || `The ${declined.strategy} blames nobody.`);
  return { ...base, waiting_for: "attribution" };
}
