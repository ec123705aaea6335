import { CULPRIT, GEN_AI, OUTCOME_SOURCES, type Outcome, type Span, UNKNOWN_OUTCOME } from "@culprit/schemas";
import { compareText } from "./compare-text.ts";
import { buildForest, type Node } from "./forest.ts";
import { chooseRoot } from "./root.ts";
import { plain } from "./step.ts";
import { compareNanos } from "./time.ts";

/**
 * Ω of a run. The first of these that knows wins:
 *
 * 1. an evaluator's stored verdict,
 * 2. an outcome reported from outside, then any other stored one,
 * 3. what the spans say: `culprit.outcome`, then a `gen_ai.evaluation.result` event; the root's first, then the
 *    latest,
 * 4. the rule: a root that ended in an error failed; so did a run whose root never arrived and of which the span
 *    nearest its top that ended last is an error (some instrumentations never end the root of a run that raised).
 *
 * A score alone is no verdict: its scale is the reporter's.
 *
 * @param reported one outcome a source, as the store reads them
 */
export function resolveOutcome(spans: readonly Span[], reported: readonly Outcome[]): Outcome {
  const known = reported.filter(({ outcome }) => outcome !== "unknown");
  for (const source of ["evaluator", "reported", "rule"] as const) {
    const found = known.find(({ by }) => by === source);
    if (found !== undefined) return found;
  }
  const forest = buildForest(spans);
  const root = chooseRoot(forest);
  return (
    spanOutcome(forest, root) ??
    evaluationEvent(forest, root) ??
    ruleOutcome(root ?? lastAtTop(forest)) ??
    UNKNOWN_OUTCOME
  );
}

const VERDICTS: Record<string, Outcome["outcome"]> = {
  success: "success",
  succeeded: "success",
  pass: "success",
  passed: "success",
  correct: "success",
  true: "success",
  failure: "failure",
  failed: "failure",
  fail: "failure",
  incorrect: "failure",
  error: "failure",
  false: "failure",
};

function verdict(label: string): Outcome["outcome"] | undefined {
  const word = label.trim().toLowerCase();
  return Object.hasOwn(VERDICTS, word) ? VERDICTS[word] : undefined;
}

function spanOutcome(forest: readonly Node[], root: Node | null): Outcome | undefined {
  let best: { node: Node; outcome: Outcome } | undefined;
  for (const node of forest) {
    const outcome = ownOutcome(node.span);
    if (outcome === undefined) continue;
    if (node === root) return outcome;
    if (best === undefined || laterSpan(node.span, best.node.span)) best = { node, outcome };
  }
  return best?.outcome;
}

function ownOutcome(span: Span): Outcome | undefined {
  const outcome = verdict(plain(span.attributes[CULPRIT.outcome]));
  if (outcome === undefined) return undefined;
  const by = plain(span.attributes[CULPRIT.outcomeBy]);
  return {
    outcome,
    score: number(span.attributes[CULPRIT.outcomeScore]),
    feedback: plain(span.attributes[CULPRIT.outcomeFeedback]),
    by: OUTCOME_SOURCES.find((source) => source === by) ?? "reported",
  };
}

function laterSpan(left: Span, right: Span): boolean {
  return (
    (compareNanos(left.end_time_unix_nano, right.end_time_unix_nano) || compareText(left.span_id, right.span_id)) > 0
  );
}

function evaluationEvent(forest: readonly Node[], root: Node | null): Outcome | undefined {
  let best: { onRoot: boolean; at: string; key: string; outcome: Outcome } | undefined;
  for (const node of forest) {
    const { span } = node;
    const onRoot = node === root;
    for (const [place, event] of span.events.entries()) {
      if (event.name !== GEN_AI.evaluationResultEvent) continue;
      const outcome = verdict(plain(event.attributes[GEN_AI.evaluationScoreLabel]));
      if (outcome === undefined) continue;
      const at = event.time_unix_nano;
      const key = `${span.span_id}/${String(place).padStart(9, "0")}`;
      if (best !== undefined) {
        const later = Number(onRoot) - Number(best.onRoot) || compareNanos(at, best.at) || compareText(key, best.key);
        if (later <= 0) continue;
      }
      const score = number(event.attributes[GEN_AI.evaluationScoreValue]);
      const feedback = plain(event.attributes[GEN_AI.evaluationExplanation]);
      best = { onRoot, at, key, outcome: { outcome, score, feedback, by: "evaluator" } };
    }
  }
  return best?.outcome;
}

function lastAtTop(forest: readonly Node[]): Node | null {
  let last: Node | null = null;
  for (const node of forest) if (node.depth === 0 && (last === null || laterSpan(node.span, last.span))) last = node;
  return last;
}

function ruleOutcome(root: Node | null): Outcome | undefined {
  if (root?.span.status_code !== "error") return undefined;
  return { outcome: "failure", score: null, feedback: root.span.status_message, by: "rule" };
}

function number(value: unknown): number | null {
  const parsed = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : null;
}
