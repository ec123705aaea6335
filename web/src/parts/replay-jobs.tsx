import type { ReplayJob, TraceDetail } from "@culprit/schemas";
import { percent, plural } from "../format.ts";
import { isOpen, replayOfJob } from "../replay-jobs.ts";
import { replayHref, runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { JOB_WORDS, VERDICT_WORDS } from "../words.ts";
import { Link } from "./link.tsx";
import { When } from "./when.tsx";

/** Replays that were asked for: how far each is, and what it found. */
export function ReplayJobs({ run, jobs }: { run: TraceDetail; jobs: ReplayJob[] }) {
  if (jobs.length === 0) return null;
  return (
    <ol className="jobs" aria-label="Replays asked for">
      {jobs.map((job) => (
        <li key={job.job_id} data-job={job.state} data-verdict={job.verdict?.status}>
          <p>
            <strong>{job.verdict ? VERDICT_WORDS[job.verdict.status] : JOB_WORDS[job.state]}</strong>{" "}
            <span className="muted">
              <Link href={runHref(run.trace_id, job.step)}>step {job.step}</Link> · <When at={job.created_at} />
            </span>
          </p>
          {isOpen(job) && <Progress job={job} />}
          {job.verdict && <Found run={run} job={job} />}
          {job.error && (
            <p className="muted">
              {brief(job.error.message, 400)} {brief(job.error.mend, 300)}
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

function Progress({ job: { replays, most_replays: most } }: { job: ReplayJob }) {
  return (
    <p className="job-progress">
      <progress max={Math.max(1, most)} value={replays} aria-label="Replays made" />
      <span className="number muted" role="status">
        {plural(replays, "replay")} of at most {most}
      </span>
    </p>
  );
}

function Found({ run, job }: { run: TraceDetail; job: ReplayJob }) {
  const replay = replayOfJob(run.replays, job);
  const { k, successes } = job.verdict?.placebo ?? { k: 0, successes: 0 };
  return (
    <>
      {k > 0 && (
        <p className="muted">
          Placebo: unchanged, it succeeds in {successes} of {k}, {percent(successes / k)}
        </p>
      )}
      {job.verdict && job.verdict.reason !== "" && <p className="muted">{brief(job.verdict.reason, 400)}</p>}
      {replay && (
        <p>
          <Link href={replayHref(run.trace_id, replay.replay_id)}>Side by side with the original</Link>
        </p>
      )}
    </>
  );
}
