import { count } from "../format.ts";

/** How many of so many blames are known rather than guessed: proven solid, said by a person hatched, the rest empty. */
export function VerifiedShare({ of, verified, human }: { of: number; verified: number; human: number }) {
  const width = (value: number): number => (of === 0 ? 0 : (value / of) * 100);
  const words = human > 0 ? `${count(verified)} verified, ${count(human)} by a person` : `${count(verified)} verified`;
  return (
    <span className="verified-share" title={`${words}, of ${count(of)}`}>
      <svg className="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect className="bar-all" width="100" height="10" />
        <rect className="bar-proven" width={width(verified)} height="10" />
        <rect className="bar-human" x={width(verified)} width={width(human)} height="10" />
      </svg>
      <span className="number">{words}</span>
    </span>
  );
}
