import type { Annotation, EvidenceDetail, Replay } from "@culprit/schemas";
import type { Tally } from "../replay/comparison.ts";
import { fisherExact } from "../replay/exact-test.ts";

const OPERATOR = "operator:";

/**
 * What a label rests on, in figures.
 *
 * @param replays those of the run that was replayed: the labelled run itself, or the successful one a fault was put into
 */
export function evidenceDetail(label: Annotation, replays: readonly Replay[]): EvidenceDetail {
  const shown = replays.find(({ replay_id }) => replay_id !== "" && replay_id === label.replay_id);
  const placebo = { k: label.placebo_k, successes: label.placebo_successes };
  const tested = shown === undefined ? null : testedTally(shown, replays);
  const oracle = shown?.intervention.oracle ?? "";
  return {
    annotation_id: label.annotation_id,
    replay_id: label.replay_id,
    operator: oracle.startsWith(OPERATOR) ? oracle.slice(OPERATOR.length) : "",
    earliest: label.earliest,
    tested,
    placebo,
    ...compared(label.evidence, tested, placebo),
    proof: label.reason,
  };
}

/** Outcomes of the replays that served the same action at the same step as this one. */
function testedTally({ intervention: { kind, step, action } }: Replay, replays: readonly Replay[]): Tally {
  const same = replays.filter(
    ({ intervention, status }) =>
      intervention.kind === kind &&
      intervention.step === step &&
      intervention.action === action &&
      (status === "success" || status === "failure"),
  );
  return { k: same.length, successes: same.filter(({ status }) => status === "success").length };
}

function compared(
  evidence: Annotation["evidence"],
  tested: Tally | null,
  placebo: Tally,
): Pick<EvidenceDetail, "margin" | "p_value"> {
  if (tested === null || tested.k === 0 || placebo.k === 0) return { margin: null, p_value: null };
  // A fault is to bring failure about, a correction success.
  const hits = ({ k, successes }: Tally) => (evidence === "injected" ? k - successes : successes);
  return {
    margin: hits(tested) / tested.k - hits(placebo) / placebo.k,
    p_value: fisherExact(hits(tested), tested.k, hits(placebo), placebo.k),
  };
}
