import type { Share } from "@culprit/schemas";
import { count, percent } from "../format.ts";

/** A share with its 95 % interval: on one scale from 0 to 1, and in words. */
export function Whisker({ share, what }: { share: Share; what: string }) {
  const { k, n, rate, low, high } = share;
  if (rate === null || low === null || high === null) return <span className="muted">no data yet</span>;
  return (
    <span
      className="whisker"
      title={`${what}: ${count(k)} of ${count(n)}; 95 % interval ${percent(low)} to ${percent(high)}`}
    >
      <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <path className="whisker-scale" d="M0 6H100" />
        <rect className="whisker-interval" x={low * 100} y="4" width={Math.max(0.8, (high - low) * 100)} height="4" />
        <path className="whisker-rate" d={`M${Math.min(99.5, Math.max(0.5, rate * 100))} 0V12`} />
      </svg>
      <span className="whisker-words number">
        <strong>{percent(rate)}</strong>{" "}
        <span className="muted">
          {percent(low)}–{percent(high)} · {count(k)} of {count(n)}
        </span>
      </span>
    </span>
  );
}
