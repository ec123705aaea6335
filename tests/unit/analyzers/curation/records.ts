import type { DatasetRecord, EvidenceDetail } from "@culprit/schemas";
import { traceId } from "./runs.ts";

export function detail(overrides: Partial<EvidenceDetail> = {}): EvidenceDetail {
  return {
    annotation_id: "a",
    replay_id: "r",
    operator: "",
    earliest: "proven",
    tested: { k: 2, successes: 2 },
    placebo: { k: 1, successes: 0 },
    margin: 1,
    p_value: 1 / 3,
    proof: "Correcting it saves the run.",
    ...overrides,
  };
}

/** A record of its own task whose text resembles no other one's. */
export function record(number: number, overrides: Partial<DatasetRecord> = {}): DatasetRecord {
  const words = Array.from({ length: 60 }, (_, at) => `w${number}x${at}`).join(" ");
  return {
    id: traceId(number),
    task_id: `team/${number}`,
    source: "",
    question: `Question ${number}`,
    ground_truth: "",
    agents: ["Planner", "Coder"],
    history: [
      { step: 0, name: "Planner", role: "agent", content: words },
      { step: 1, name: "Coder", role: "agent", content: `done ${number}` },
      { step: 2, name: "tests", role: "environment", content: "1 failed" },
    ],
    mistake_agent: "Coder",
    mistake_step: 1,
    mistake_reason: "It is wrong.",
    evidence: "counterfactual",
    split: "train",
    domain: "team",
    correction: "",
    evidence_detail: detail(),
    ...overrides,
  };
}

/** A record with a label of another kind of evidence. */
export function injected(number: number, overrides: Partial<DatasetRecord> = {}): DatasetRecord {
  return record(number, { evidence: "injected", evidence_detail: detail({ operator: "number" }), ...overrides });
}
