import type { Replay, TraceDetail } from "@culprit/schemas";
import { duration } from "../format.ts";
import { replayHref, runHref } from "../routes.ts";
import { INTERVENTION_WORDS, REPLAY_WORDS } from "../words.ts";
import { Link } from "./link.tsx";
import { TableScroll } from "./table-scroll.tsx";
import { TryReplay } from "./try-replay.tsx";

/** Every replay of this run, by step; teaches the command where there is none. */
export function Replays({ run, step }: { run: TraceDetail; step: number | null }) {
  const trial = <TryReplay run={run} step={step ?? run.steps.find(({ role }) => role === "agent")?.index ?? 0} />;
  if (run.replays.length === 0) {
    if (run.outcome !== "failure") return null;
    return (
      <section className="card card-quiet" aria-labelledby="replays-title">
        <h2 id="replays-title">Replays</h2>
        <p className="muted">
          None yet. A replay corrects one step and runs the rest live; it turns a prediction into proof.
        </p>
        {trial}
      </section>
    );
  }
  const replays = [...run.replays].sort(
    (left, right) =>
      left.intervention.step - right.intervention.step || left.created_at.localeCompare(right.created_at),
  );
  return (
    <section className="card" aria-labelledby="replays-title">
      <h2 id="replays-title">Replays</h2>
      <TableScroll label="Replays">
        <table className="replays">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Kind</th>
              <th scope="col">Outcome</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {replays.map((replay) => (
              <Row key={replay.replay_id} traceId={run.trace_id} replay={replay} />
            ))}
          </tbody>
        </table>
      </TableScroll>
      {trial}
    </section>
  );
}

function Row({ traceId, replay }: { traceId: string; replay: Replay }) {
  const { intervention, status } = replay;
  return (
    <tr data-replay={status}>
      <td className="number">
        <Link href={runHref(traceId, intervention.step)}>{intervention.step}</Link>
      </td>
      <td title={intervention.oracle}>{INTERVENTION_WORDS[intervention.kind].name}</td>
      <td title={replay.reason} className={`replay-${status}`}>
        <Link href={replayHref(traceId, replay.replay_id)}>{REPLAY_WORDS[status]}</Link>
      </td>
      <td className="number muted">{duration(replay.duration_ms)}</td>
    </tr>
  );
}
