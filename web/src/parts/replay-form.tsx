import type { TraceDetail } from "@culprit/schemas";
import { useId, useState } from "react";
import { FEWEST_K, knownCorrection, MOST_K, useStarter } from "../replay-jobs.ts";
import { brief } from "../text.ts";

interface ReplayFormProps {
  run: TraceDetail;
  step: number;
  /** Somebody proposes a correction where none is given. */
  proposes: boolean;
  started: () => void;
}

/** The step, what is said there instead, and how often both are tried. */
export function ReplayForm({ run, step: given, proposes, started }: ReplayFormProps) {
  const [step, setStep] = useState(given);
  const [correction, setCorrection] = useState(() => knownCorrection(run, given));
  const [times, setTimes] = useState("");
  const { busy, failure, start } = useStarter(run.trace_id, started);
  const hint = useId();
  const k = times === "" ? null : Number(times);
  const wrongK = k !== null && !(Number.isInteger(k) && k >= FEWEST_K && k <= MOST_K);
  const choose = (index: number): void => {
    setStep(index);
    setCorrection(knownCorrection(run, index));
  };
  const acting = run.steps.filter(({ role }) => role === "agent");
  const original = run.steps[step]?.content ?? "";
  return (
    <form
      className="correct"
      onSubmit={(event) => {
        event.preventDefault();
        void start({ step, correction, k });
      }}
    >
      <label>
        Step
        <select value={step} onChange={(event) => choose(Number(event.currentTarget.value))}>
          {acting.map(({ index, agent }) => (
            <option key={index} value={index}>
              {index}: {brief(agent, 80)}
            </option>
          ))}
        </select>
      </label>
      <label>
        What it says instead
        <textarea
          rows={6}
          maxLength={200_000}
          value={correction}
          placeholder={proposes ? "Empty: a model proposes it" : brief(original, 400)}
          onChange={(event) => setCorrection(event.currentTarget.value)}
        />
      </label>
      {original !== "" && correction !== original && (
        <button type="button" className="show-more" onClick={() => setCorrection(original)}>
          Begin with what it said
        </button>
      )}
      <label>
        Replays a side, {FEWEST_K} to {MOST_K}
        <input
          type="text"
          inputMode="numeric"
          value={times}
          placeholder="as many as it takes"
          aria-invalid={wrongK}
          aria-describedby={hint}
          onChange={(event) => setTimes(event.currentTarget.value.trim())}
        />
      </label>
      <p id={hint} className="muted">
        Both are run: the correction, and as a placebo what it really said.
      </p>
      <button
        type="submit"
        className="button button-main"
        disabled={busy || wrongK || (correction.trim() === "" && !proposes)}
      >
        Replay from step {step}
      </button>
      <p role="status" className="muted" hidden={failure === null}>
        {failure && `${failure.message} ${failure.mend ?? ""}`}
      </p>
    </form>
  );
}
