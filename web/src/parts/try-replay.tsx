import type { TraceDetail } from "@culprit/schemas";
import { useState } from "react";
import { ask } from "../api.ts";
import { ofRuns } from "../live.ts";
import { usePolled } from "../polling.ts";
import { useReplayJobs } from "../replay-jobs.ts";
import { Command } from "./command.tsx";
import { ReplayForm } from "./replay-form.tsx";
import { ReplayJobs } from "./replay-jobs.tsx";

const pause = (): number => 4000;

/** A correction to be tried on a failed run, and how those that were asked for are getting on. */
export function TryReplay({
  run,
  step,
  open = false,
}: {
  run: TraceDetail;
  /** The step that is corrected unless another is chosen. */
  step: number;
  open?: boolean;
}) {
  const { data: status } = usePolled("status", pause, (signal) => ask("status", {}, signal), ofRuns);
  const jobs = useReplayJobs(run.trace_id);
  const [asked, setAsked] = useState(open);
  if (run.outcome !== "failure" || status === undefined) return null;
  const { available, proposes } = status.replays;
  return (
    <div className="try-replay">
      {!available && <NotConfigured traceId={run.trace_id} open={open} />}
      {available && !asked && (
        <button type="button" className="button" onClick={() => setAsked(true)}>
          Try a correction…
        </button>
      )}
      {available && asked && <ReplayForm run={run} step={step} proposes={proposes} started={jobs.refresh} />}
      {jobs.data && <ReplayJobs run={run} jobs={jobs.data} />}
    </div>
  );
}

/** What to set, to the letter, where the collector cannot start the system again. */
function NotConfigured({ traceId, open }: { traceId: string; open: boolean }) {
  return (
    <details className="disclosure try-replay" open={open}>
      <summary>Try a correction from here</summary>
      <p>This collector does not know how to start your system again. Say so in culprit.yaml, then start it again:</p>
      <Command>{`replay_target:
  command: python3 team.py
  upstream: https://api.openai.com/v1
  exit_codes: { success: 0, failure: 1 }`}</Command>
      <p>Or replay it where the agents are:</p>
      <Command>{`culprit replay ${traceId} --command 'python3 team.py' --upstream https://api.openai.com/v1 --exit-codes 0,1 --corrections corrections.json`}</Command>
    </details>
  );
}
