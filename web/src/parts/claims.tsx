import type { TraceDetail } from "@culprit/schemas";
import { type Blame, saidBy } from "../blame.ts";
import { percent } from "../format.ts";
import { runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { ATTRIBUTION_WORDS } from "../words.ts";
import { CitedText } from "./cited-text.tsx";
import { Link } from "./link.tsx";

/** What every other strategy said, answers without a blame included. */
export function Claims({ run, blame }: { run: TraceDetail; blame: Blame | null }) {
  const told = blame?.told ?? null;
  const others = run.attributions.filter((attribution) => attribution !== told);
  if (others.length === 0 || (!blame && others.length === 1)) return null;
  return (
    <section className="card" aria-labelledby="claims-title">
      <h2 id="claims-title">{told ? "Other strategies" : "What the strategies said"}</h2>
      <ul className="claims">
        {others.map((claim) => (
          <li key={`${claim.strategy} ${claim.strategy_version}`}>
            <span className="claim-who">{saidBy(claim)}</span>
            {claim.agent !== null && claim.step !== null ? (
              <span>
                <strong>{brief(claim.agent, 120)}</strong> at{" "}
                <Link href={runHref(run.trace_id, claim.step)}>step {claim.step}</Link>{" "}
                <span className="muted">{percent(claim.confidence)}</span>
              </span>
            ) : (
              <span>{ATTRIBUTION_WORDS[claim.status]}</span>
            )}
            {claim.reason !== "" && (
              <div className="muted">
                <CitedText text={brief(claim.reason, 400)} traceId={run.trace_id} steps={run.steps.length} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
