import { CULPRIT, CulpritError, createClient, GEN_AI, type OUTCOME_SOURCES } from "@culprit/schemas";
import type { Attributes } from "@opentelemetry/api";
import { textContent } from "./content.ts";
import { announceOutcome } from "./late-outcome.ts";
import { contextsFollow, currentRun } from "./scope.ts";

export interface OutcomeReport {
  success: boolean;
  /** Higher is better; the scale is yours. */
  score?: number;
  /** What the environment said: test output, a reviewer's note. */
  feedback?: string;
  /** Who says so; `reported` when not given. */
  by?: (typeof OUTCOME_SOURCES)[number];
}

/** Which run, when it is not the one around the caller. */
export interface OutcomeTarget {
  traceId: string;
  /** The collector; `CULPRIT_URL` or http://localhost:4318 when not given. */
  url?: string;
  /** `CULPRIT_API_KEY` when not given. */
  apiKey?: string;
}

/**
 * Says whether a run succeeded. Inside `run()` it is put on the run's root span, with a `gen_ai.evaluation.result`
 * event; with a `target`, from anywhere and at any later time, it is sent to the collector. The last report wins. While
 * tracing is off there is no run to report on, and a report without a target does nothing.
 *
 * @throws CulpritError `no_run` outside of a run and without a target; `unreachable` and the collector's own errors
 * when a target was given
 */
export async function reportOutcome(report: OutcomeReport, target?: OutcomeTarget): Promise<void> {
  if (target !== undefined) return send(report, target);
  const run = currentRun();
  if (run === undefined) {
    if (!contextsFollow()) return;
    throw new CulpritError("no_run", "There is no run here to report an outcome for.", {
      mend: "Call reportOutcome inside run(), or give it { traceId }.",
    });
  }
  if (!run.root.isRecording()) {
    const traced = !/^0+$/.test(run.traceId) && (run.root.spanContext().traceFlags & 1) === 1;
    return traced ? send(report, { traceId: run.traceId }) : undefined;
  }
  run.reported = true;
  const { success, score, feedback, by = "reported" } = report;
  const label = success ? "success" : "failure";
  const said = feedback === undefined ? undefined : textContent(CULPRIT.outcomeFeedback, feedback);
  run.root.setAttributes({
    [CULPRIT.outcome]: label,
    [CULPRIT.outcomeBy]: by,
    ...known(CULPRIT.outcomeScore, score),
    ...known(CULPRIT.outcomeFeedback, said),
  });
  run.root.addEvent(GEN_AI.evaluationResultEvent, {
    [GEN_AI.evaluationName]: "culprit.outcome",
    [GEN_AI.evaluationScoreLabel]: label,
    ...known(GEN_AI.evaluationScoreValue, score),
    ...known(GEN_AI.evaluationExplanation, said),
  });
}

async function send(report: OutcomeReport, target: OutcomeTarget): Promise<void> {
  announceOutcome(target.traceId, report.success);
  const client = createClient({
    baseUrl: target.url ?? (process.env["CULPRIT_URL"] || "http://localhost:4318"),
    apiKey: target.apiKey ?? (process.env["CULPRIT_API_KEY"] || undefined),
  });
  await client.call("reportOutcome", {
    trace_id: target.traceId,
    body: {
      outcome: report.success ? "success" : "failure",
      score: report.score ?? null,
      feedback: report.feedback ?? "",
      by: report.by ?? "reported",
    },
  });
}

function known(key: string, value: string | number | undefined): Attributes {
  return value === undefined ? {} : { [key]: value };
}
