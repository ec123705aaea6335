import type { RunClaims, TraceDetail } from "@culprit/schemas";
import { useEffect, useState } from "react";
import { ask } from "./api.ts";

/**
 * A run as far as it is known without its steps: who broke it and on what. Comes at once where the steps of a long run
 * take a moment; null until then, and where there is nothing to come early.
 */
export function useEarlyRun(traceId: string): TraceDetail | null {
  const [early, setEarly] = useState<TraceDetail | null>(null);
  useEffect(() => {
    const asked = new AbortController();
    ask("getSummary", { trace_id: traceId }, asked.signal).then(
      (claims) => setEarly(withoutSteps(claims)),
      // Whatever is wrong is said of the whole run.
      () => {},
    );
    return () => asked.abort();
  }, [traceId]);
  return early?.trace_id === traceId ? early : null;
}

function withoutSteps({ summary, ...claims }: RunClaims): TraceDetail {
  const { trace_id, task, outcome, score, source, agents } = summary;
  return {
    ...{ trace_id, task, task_id: "", ground_truth: "", source, agents, complete: true, steps: [] },
    // Who said how it ended is told with the steps.
    ...{ outcome, outcome_detail: { outcome, score, feedback: "", by: "rule" } },
    ...claims,
    summary,
  };
}
