import type { TraceDetail } from "@culprit/schemas";
import { useState } from "react";
import { type ApiFailure, ask } from "../api.ts";
import type { Blame } from "../blame.ts";
import { asFailure } from "../polling.ts";
import { brief } from "../text.ts";
import { Correction } from "./correction.tsx";

type Body = Exclude<Parameters<typeof ask<"judgeBlame">>[1]["body"], undefined>;

/** A person's word on the blame: it is right, it is wrong, or it was this step. */
export function Verdict({ run, blame, changed }: { run: TraceDetail; blame: Blame | null; changed: () => void }) {
  const [correcting, setCorrecting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [said, setSaid] = useState("");
  if (run.outcome === "success") return null;
  const judge = async (body: Body, words: string): Promise<void> => {
    setBusy(true);
    try {
      await ask("judgeBlame", { trace_id: run.trace_id, body });
      setFailure(null);
      setCorrecting(false);
      setSaid(words);
      changed();
    } catch (error) {
      setFailure(asFailure(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="card" aria-labelledby="verdict-title">
      <h2 id="verdict-title">{blame ? "Is it right?" : "Do you know who it was?"}</h2>
      <div className="acts">
        {blame && (
          <>
            <button
              type="button"
              className="button"
              disabled={busy}
              onClick={() => void judge({ verdict: "confirm" }, `You confirmed ${brief(blame.agent, 80)}.`)}
            >
              Yes, confirm
            </button>
            <button
              type="button"
              className="button"
              disabled={busy}
              onClick={() => void judge({ verdict: "refute" }, `You ruled ${brief(blame.agent, 80)} out.`)}
            >
              No
            </button>
          </>
        )}
        <button
          type="button"
          className="button"
          aria-expanded={correcting}
          onClick={() => setCorrecting((open) => !open)}
        >
          It was another step…
        </button>
      </div>
      {correcting && (
        <Correction
          run={run}
          busy={busy}
          send={(body) => void judge(body, `You named ${brief(body.agent, 80)} at step ${body.step}.`)}
        />
      )}
      <p role="status" className="muted" hidden={said === "" && failure === null}>
        {failure ? `${failure.message} ${failure.mend ?? ""}` : said}
      </p>
    </section>
  );
}
