import type { TraceDetail } from "@culprit/schemas";
import { useMemo, useState } from "react";
import { brief } from "../text.ts";

interface CorrectionProps {
  run: TraceDetail;
  busy: boolean;
  send: (verdict: { verdict: "correct"; agent: string; step: number; reason: string; correction: string }) => void;
}

/** Names the agent and the step that it was, why, and what the step should have been. */
export function Correction({ run, busy, send }: CorrectionProps) {
  const agents = useMemo(() => [...new Set(run.steps.filter(acts).map(({ agent }) => agent))], [run.steps]);
  const [agent, setAgent] = useState(agents[0] ?? "");
  const steps = useMemo(() => run.steps.filter((step) => acts(step) && step.agent === agent), [run.steps, agent]);
  const [step, setStep] = useState(steps[0]?.index ?? 0);
  const [reason, setReason] = useState("");
  const [correction, setCorrection] = useState("");
  const choose = (name: string): void => {
    setAgent(name);
    setStep(run.steps.find((each) => acts(each) && each.agent === name)?.index ?? 0);
  };
  return (
    <div className="correct">
      <label>
        Agent
        <select value={agent} onChange={(event) => choose(event.currentTarget.value)}>
          {agents.map((name) => (
            <option key={name} value={name}>
              {brief(name, 120)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Step
        <select value={step} onChange={(event) => setStep(Number(event.currentTarget.value))}>
          {steps.map(({ index, content }) => (
            <option key={index} value={index}>
              {index}: {brief(content.replace(/\s+/g, " "), 60)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Why
        <textarea
          rows={2}
          maxLength={10_000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <label>
        What it should have said
        <textarea rows={3} value={correction} onChange={(event) => setCorrection(event.currentTarget.value)} />
      </label>
      <button
        type="button"
        className="button"
        disabled={busy || agent === ""}
        onClick={() => send({ verdict: "correct", agent, step, reason, correction })}
      >
        Correct the blame
      </button>
    </div>
  );
}

function acts({ role }: TraceDetail["steps"][number]): boolean {
  return role === "agent";
}
