import { brief } from "../text.ts";
import type { Triage } from "../triage.ts";
import { STATE_WORDS } from "../words.ts";

/** Says what was just done, and takes it back. */
export function TriageBar({ triage: { last, undo } }: { triage: Triage }) {
  return (
    <div className="triage-bar" role="status" data-shown={last !== null}>
      {last && (
        <>
          <span className="triage-what">
            {STATE_WORDS[last.to].done}: {brief(last.title, 80) || "the group"}
          </span>
          <button type="button" className="button button-small" onClick={() => void undo()}>
            Undo <kbd>z</kbd>
          </button>
        </>
      )}
    </div>
  );
}
