import type { Annotation, Attribution, RunStatus, TraceDetail } from "@culprit/schemas";

/** A run's blame as the page states it. What was predicted and what was proven are kept apart. */
export interface Blame {
  status: Exclude<RunStatus, "none">;
  agent: string;
  /** 0-based. */
  step: number;
  reason: string;
  /** What the strategy gave its own prediction; null where only evidence speaks. */
  confidence: number | null;
  /** Who predicted it, as {@link saidBy} puts it; empty where only evidence speaks. */
  strategy: string;
  /** The label behind a status other than `predicted`. */
  evidence: Annotation | null;
  /** The prediction shown with it: the one that agrees, else the one that was overruled. */
  told: Prediction | null;
  /** What was predicted, when the evidence points elsewhere. */
  overruled: Prediction | null;
}

export type Prediction = Attribution & { agent: string; step: number };

export type MarkKind = "predicted" | "verified" | "human" | "refuted" | "injected";
export interface Mark {
  kind: MarkKind;
  /** Who predicted, or the kind of evidence. */
  by: string;
  /** The headline blame stands on this mark. */
  decisive: boolean;
}

type Judged = Pick<TraceDetail, "attributions" | "annotations" | "summary">;

/** Who gave a claim's answer: its strategy, or the fallback that answered in the strategy's place. */
export function saidBy({ strategy, answered_by: fallback }: Attribution): string {
  return fallback === "" ? strategy : `${fallback} (in place of ${strategy})`;
}

/** The prediction the run's summary stands on, else the newest. */
export function predictionOf(run: Judged): Prediction | null {
  const named = run.attributions.filter(isPrediction);
  const newest = [...named].sort((left, right) => right.created_at.localeCompare(left.created_at));
  return newest.find((attribution) => attribution.strategy === run.summary?.strategy) ?? newest[0] ?? null;
}

/** The headline, as the run's summary decided it, with what stands behind it. Null where nobody is blamed. */
export function blameOf(run: Judged): Blame | null {
  const { summary } = run;
  if (!summary || summary.status === "none" || summary.blamed_agent === null || summary.blamed_step === null)
    return null;
  const { status, blamed_agent: agent, blamed_step: step, reason } = summary;
  const here = (claim: { agent: string | null; step: number | null }) => claim.agent === agent && claim.step === step;
  const predicted = predictionOf({ ...run, attributions: run.attributions.filter(here) });
  const elsewhere = predictionOf(run);
  return {
    status,
    agent,
    step,
    reason,
    confidence: predicted?.confidence ?? null,
    strategy: predicted ? saidBy(predicted) : "",
    evidence: evidenceFor(run.annotations.filter(here), status),
    told: predicted ?? elsewhere,
    overruled: predicted ? null : elsewhere,
  };
}

/** What a status rests on; a replay before an injected fault, the newest of each. */
function evidenceFor(labels: readonly Annotation[], status: Blame["status"]): Annotation | null {
  if (status === "predicted") return null;
  const newest = [...labels].sort((left, right) => right.created_at.localeCompare(left.created_at));
  if (status === "refuted") return newest.find(({ verdict }) => verdict === "refuted") ?? null;
  const kinds = status === "human" ? (["human"] as const) : (["counterfactual", "injected"] as const);
  for (const kind of kinds) {
    const label = newest.find(({ evidence, verdict }) => evidence === kind && verdict === "confirmed");
    if (label) return label;
  }
  return null;
}

/** How a label marks its step. */
export function markOf({ evidence, verdict }: Pick<Annotation, "evidence" | "verdict">): MarkKind {
  if (verdict === "refuted") return "refuted";
  return evidence === "counterfactual" ? "verified" : evidence;
}

/** The mark that the headline rests on. */
export function headlineMark({ status, evidence }: Blame): MarkKind {
  return evidence ? markOf(evidence) : status;
}

/** Every claim about a step, by step index. */
export function marksOf(run: Judged): Map<number, Mark[]> {
  const marks = new Map<number, Mark[]>();
  const blame = blameOf(run);
  const add = (step: number, kind: MarkKind, by: string): void => {
    const here = marks.get(step) ?? [];
    if (here.some((mark) => mark.kind === kind && mark.by === by)) return;
    const decisive = blame !== null && blame.step === step && headlineMark(blame) === kind;
    marks.set(step, [...here, { kind, by, decisive }]);
  };
  for (const note of run.annotations) add(note.step, markOf(note), note.evidence);
  for (const claim of run.attributions) if (isPrediction(claim)) add(claim.step, "predicted", saidBy(claim));
  return marks;
}

function isPrediction(attribution: Attribution): attribution is Prediction {
  return attribution.agent !== null && attribution.step !== null;
}
