import type { DatasetVersion } from "@culprit/schemas";
import { useId } from "react";
import { count } from "../format.ts";
import { EVIDENCE_WORDS } from "../words.ts";
import { Hatch } from "./hatch.tsx";

type Evidence = keyof typeof EVIDENCE_WORDS;
const ORDER: readonly Evidence[] = ["counterfactual", "injected", "human"];

/** Records by what their label rests on: solid, hatched and outlined, and in words. */
export function EvidenceBar({ counts }: { counts: Pick<DatasetVersion["counts"], Evidence> }) {
  const hatch = useId();
  const total = ORDER.reduce((sum, kind) => sum + counts[kind], 0);
  let start = 0;
  return (
    <div className="evidence-bar">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <Hatch id={hatch} />
        {ORDER.map((kind) => {
          const width = total === 0 ? 0 : (counts[kind] / total) * 100;
          const x = start;
          start += width;
          return (
            <rect key={kind} className={`kind-${kind}`} fill={fillOf(kind, hatch)} x={x} width={width} height="10" />
          );
        })}
      </svg>
      <dl className="facts">
        {ORDER.map((kind) => (
          <div key={kind} data-evidence={kind}>
            <dt>
              <svg className="firm-key" viewBox="0 0 10 10" aria-hidden="true" focusable="false">
                <rect className={`kind-${kind}`} fill={fillOf(kind, hatch)} width="10" height="10" />
              </svg>{" "}
              {EVIDENCE_WORDS[kind]}
            </dt>
            <dd>{count(counts[kind])}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Hatching of one page's own; the other fills are the style sheet's. */
export function fillOf(kind: Evidence, hatch: string): string | undefined {
  return kind === "injected" ? `url(#${hatch})` : undefined;
}
