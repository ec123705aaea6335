import type { Attribution, BlamedKind, KeptSummary, Outcome, RunSummary } from "@culprit/schemas";
import { asNullableNumber, asNumber, asText, joinKey, type Table } from "./table.ts";
import { isoTime, text, uint32, uint64 } from "./values.ts";

/** An outcome and the run it is about. */
export interface KeptOutcome extends Outcome {
  project: string;
  trace_id: string;
}

export const outcomeTable: Table<KeptOutcome> = {
  name: "outcomes",
  key: (outcome) => joinKey(outcome.project, outcome.trace_id, outcome.by),
  columns: [
    ["project", (outcome) => text(outcome.project)],
    ["trace_id", (outcome) => outcome.trace_id],
    ["reported_by", (outcome) => outcome.by],
    ["outcome", (outcome) => outcome.outcome],
    ["score", (outcome) => outcome.score],
    ["feedback", (outcome) => text(outcome.feedback)],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    trace_id: asText(row["trace_id"]),
    outcome: row["outcome"] as Outcome["outcome"],
    score: asNullableNumber(row["score"]),
    feedback: asText(row["feedback"]),
    by: row["reported_by"] as Outcome["by"],
  }),
};

export const attributionTable: Table<Attribution> = {
  name: "attributions",
  key: (item) => joinKey(item.project, item.trace_id, item.strategy, item.strategy_version),
  columns: [
    ["project", (item) => text(item.project)],
    ["trace_id", (item) => item.trace_id],
    ["strategy", (item) => text(item.strategy)],
    ["strategy_version", (item) => text(item.strategy_version)],
    ["status", (item) => item.status],
    ["cause", (item) => item.cause],
    ["answered_by", (item) => text(item.answered_by)],
    ["agent", (item) => (item.agent === null ? null : text(item.agent))],
    ["step", (item) => (item.step === null ? null : uint32(item.step))],
    ["reason", (item) => text(item.reason)],
    ["confidence", (item) => item.confidence],
    ["model", (item) => text(item.model)],
    ["input_tokens", (item) => uint64(item.input_tokens)],
    ["output_tokens", (item) => uint64(item.output_tokens)],
    ["duration_ms", (item) => item.duration_ms],
    ["created_at", (item) => isoTime(item.created_at)],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    trace_id: asText(row["trace_id"]),
    strategy: asText(row["strategy"]),
    strategy_version: asText(row["strategy_version"]),
    status: row["status"] as Attribution["status"],
    cause: row["cause"] as Attribution["cause"],
    answered_by: asText(row["answered_by"]),
    agent: row["agent"] as string | null,
    step: asNullableNumber(row["step"]),
    reason: asText(row["reason"]),
    confidence: asNumber(row["confidence"]),
    model: asText(row["model"]),
    input_tokens: asNumber(row["input_tokens"]),
    output_tokens: asNumber(row["output_tokens"]),
    duration_ms: asNumber(row["duration_ms"]),
    created_at: asText(row["created_at"]),
  }),
};

/** What it holds of hand-offs is for figures; who reads a run is not given it. */
export const runTable: Table<KeptSummary> = {
  name: "runs",
  key: (run) => joinKey(run.project, run.trace_id),
  columns: [
    ["project", (run) => text(run.project)],
    ["trace_id", (run) => run.trace_id],
    ["task", (run) => text(run.task)],
    ["source", (run) => text(run.source)],
    ["outcome", (run) => run.outcome],
    ["score", (run) => run.score],
    ["settled", (run) => run.settled],
    ["agents", (run) => run.agents.map(text)],
    [
      "handoffs",
      (run) =>
        (run.handoffs ?? []).map(({ from, to, passes, carried }) => [
          text(from),
          text(to),
          uint32(passes),
          uint32(carried),
        ]),
    ],
    ["steps", (run) => uint32(run.steps)],
    ["blamed_agent", (run) => (run.blamed_agent === null ? null : text(run.blamed_agent))],
    ["blamed_step", (run) => (run.blamed_step === null ? null : uint32(run.blamed_step))],
    ["blamed_kind", (run) => run.blamed_kind ?? ""],
    ["confidence", (run) => run.confidence],
    ["strategy", (run) => text(run.strategy)],
    ["reason", (run) => text(run.reason)],
    ["mistake", (run) => text(run.mistake ?? "")],
    ["status", (run) => run.status],
    ["replay_of", (run) => text(run.replay_of)],
    ["started_at", (run) => isoTime(run.started_at)],
    ["ended_at", (run) => isoTime(run.ended_at)],
    ["input_tokens", (run) => uint64(run.input_tokens)],
    ["output_tokens", (run) => uint64(run.output_tokens)],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    trace_id: asText(row["trace_id"]),
    task: asText(row["task"]),
    source: asText(row["source"]),
    outcome: row["outcome"] as RunSummary["outcome"],
    score: asNullableNumber(row["score"]),
    settled: row["settled"] === true,
    agents: row["agents"] as string[],
    steps: asNumber(row["steps"]),
    blamed_agent: row["blamed_agent"] as string | null,
    blamed_step: asNullableNumber(row["blamed_step"]),
    ...(row["blamed_kind"] === "" ? {} : { blamed_kind: row["blamed_kind"] as BlamedKind }),
    confidence: asNullableNumber(row["confidence"]),
    strategy: asText(row["strategy"]),
    reason: asText(row["reason"]),
    ...(row["mistake"] === "" ? {} : { mistake: asText(row["mistake"]) }),
    status: row["status"] as RunSummary["status"],
    replay_of: asText(row["replay_of"]),
    started_at: asText(row["started_at"]),
    ended_at: asText(row["ended_at"]),
    input_tokens: asNumber(row["input_tokens"]),
    output_tokens: asNumber(row["output_tokens"]),
  }),
};
