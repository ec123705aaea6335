import type { RunSummary } from "@culprit/schemas";
import { count } from "../format.ts";
import type { Ungrouped as Kind } from "../routes.ts";
import { RunRow } from "./run-row.tsx";

const WORDS: Record<Kind, { title: string; about: string; none: string }> = {
  none: {
    title: "Not attributed yet",
    about: "Failed, and no strategy has named an agent. A run is looked at once it settles.",
    none: "Every failed run has been looked at",
  },
  refuted: {
    title: "Ruled out",
    about: "The blame was tested and did not hold: who broke these is not known.",
    none: "No blame has been ruled out",
  },
};

/** Failed runs that are in no group. */
export function Ungrouped({ kind, runs, more }: { kind: Kind; runs: RunSummary[]; more: boolean }) {
  const words = WORDS[kind];
  return (
    <section className="agent-section" data-ungrouped={kind}>
      <header className="section-head">
        <h2>{runs.length === 0 ? words.none : words.title}</h2>
        {runs.length > 0 && <p className="muted">{words.about}</p>}
      </header>
      <ul>
        {runs.map((run) => (
          <RunRow key={run.trace_id} run={run} />
        ))}
      </ul>
      {more && (
        <p className="more muted">
          The newest {count(runs.length)} are shown. All of them:{" "}
          <code>culprit query runs --outcome failure --status {kind} --ndjson</code>
        </p>
      )}
    </section>
  );
}
