import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AlertEvent, Annotation, Attribution, DatasetVersion, Replay, RunSummary, Span } from "@culprit/schemas";

export function traceId(): string {
  return randomBytes(16).toString("hex");
}

export function spanId(): string {
  return randomBytes(8).toString("hex");
}

/** A project of its own for each test: they share one engine. */
export function project(): string {
  return `p-${spanId()}`;
}

/** A directory that is removed by the returned function. */
export function temporaryDirectory(): [directory: string, remove: () => void] {
  const directory = mkdtempSync(join(tmpdir(), "culprit-store-"));
  return [directory, () => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })];
}

export function isoAgo(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

export function aSpan(fields: Partial<Span> = {}): Span {
  return {
    project: "default",
    trace_id: traceId(),
    span_id: spanId(),
    parent_span_id: "",
    name: "chat",
    kind: "internal",
    start_time_unix_nano: "1795255200123456789",
    end_time_unix_nano: "1795255201123456789",
    status_code: "ok",
    status_message: "",
    trace_state: "",
    scope_name: "",
    scope_version: "",
    resource_attributes: {},
    attributes: {},
    events: [],
    links: [],
    dropped_attributes_count: 0,
    dropped_events_count: 0,
    dropped_links_count: 0,
    reading: {
      dialect: "generic",
      operation: "",
      agent: "",
      tool: "",
      model: "",
      input: [],
      output: [],
      input_tokens: 0,
      output_tokens: 0,
      conversation_id: "",
    },
    ...fields,
  };
}

export function aRun(fields: Partial<RunSummary> = {}): RunSummary {
  return {
    project: "default",
    trace_id: traceId(),
    task: "write a sorter",
    source: "",
    outcome: "failure",
    score: null,
    settled: true,
    agents: ["Planner", "Coder"],
    steps: 4,
    blamed_agent: "Coder",
    blamed_step: 2,
    confidence: 0.5,
    strategy: "ranker",
    reason: "its code fails",
    status: "predicted",
    replay_of: "",
    started_at: isoAgo(60),
    ended_at: isoAgo(50),
    input_tokens: 10,
    output_tokens: 20,
    ...fields,
  };
}

export function anAttribution(fields: Partial<Attribution> = {}): Attribution {
  return {
    project: "default",
    trace_id: traceId(),
    strategy: "ranker",
    strategy_version: "1",
    status: "attributed",
    cause: null,
    answered_by: "",
    agent: "Coder",
    step: 2,
    reason: "its code fails",
    confidence: 0.5,
    model: "",
    input_tokens: 0,
    output_tokens: 0,
    duration_ms: 0.25,
    created_at: isoAgo(40),
    ...fields,
  };
}

export function aReplay(fields: Partial<Replay> = {}): Replay {
  return {
    project: "default",
    replay_id: spanId(),
    trace_id: traceId(),
    replay_trace_id: "",
    intervention: { kind: "correction", step: 2, agent: "Coder", action: "return a + b", oracle: "function:fix" },
    status: "success",
    score: 1,
    reason: "",
    duration_ms: 12.5,
    created_at: isoAgo(30),
    ...fields,
  };
}

export function anAnnotation(fields: Partial<Annotation> = {}): Annotation {
  return {
    project: "default",
    annotation_id: spanId(),
    trace_id: traceId(),
    agent: "Coder",
    step: 2,
    evidence: "counterfactual",
    verdict: "confirmed",
    reason: "the replay succeeds",
    replay_id: spanId(),
    correction: "return a + b",
    earliest: "proven",
    placebo_k: 3,
    placebo_successes: 0,
    created_at: isoAgo(20),
    ...fields,
  };
}

export function anAlertEvent(fields: Partial<AlertEvent> = {}): AlertEvent {
  return {
    event_id: spanId(),
    project: "default",
    rule: "coder",
    kind: "failures",
    severity: "warning",
    subject: "Coder",
    agent: "Coder",
    state: "firing",
    repeated: false,
    summary: "Coder is blamed for 3 failed runs.",
    value: 3,
    threshold: 2,
    sample: 0,
    url: "http://localhost:4318/",
    count: 3,
    window_seconds: 3600,
    runs: [
      {
        trace_id: traceId(),
        task: "write a sorter",
        agent: "Coder",
        step: 2,
        confidence: 0.5,
        status: "predicted",
        reason: 'it said "done"\n',
        url: "http://localhost:4318/runs/1",
      },
    ],
    at: isoAgo(10),
    ...fields,
  };
}

export function aDataset(fields: Partial<DatasetVersion> = {}): DatasetVersion {
  return {
    name: "team",
    version: 1,
    hash: "ab".repeat(32),
    created_at: isoAgo(10),
    about: "failures of the team",
    counts: {
      records: 3,
      train: 2,
      test: 1,
      train_tasks: 2,
      test_tasks: 1,
      counterfactual: 1,
      injected: 2,
      human: 0,
      earliest_proven: 3,
    },
    steps: { min: 4, median: 6, max: 9 },
    balance: {
      agent: [{ value: "Coder", records: 3, counterfactual: 1, injected: 2, human: 0 }],
      position: [{ value: "0-20 %", records: 3, counterfactual: 1, injected: 2, human: 0 }],
      domain: [{ value: "coding", records: 3, counterfactual: 1, injected: 2, human: 0 }],
      source: [{ value: "live", records: 3, counterfactual: 1, injected: 2, human: 0 }],
    },
    left_out: [{ reason: "near_duplicate", about: "says almost the same as another one", count: 2 }],
    scrubbed: { path: 4 },
    evidence: { placebos: 3, placebo_successes: 0, margin_min: 1, margin_median: 1, operators: { "off-by-one": 2 } },
    licences: ["Apache-2.0"],
    biases: ["one team"],
    detector: null,
    contamination: null,
    made: { runs: 9, replays: 40, seconds: 12.5, model_calls: 120, tokens: 5000, cost: 0 },
    diff: null,
    ...fields,
  };
}
