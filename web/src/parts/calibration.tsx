import type { Calibration } from "@culprit/schemas";
import { count, percent } from "../format.ts";
import { brief } from "../text.ts";
import { TableScroll } from "./table-scroll.tsx";
import { Whisker } from "./whisker.tsx";

const SIZE = 260;
const EDGE = 44;
const SPAN = SIZE - EDGE - 20;
const x = (value: number): number => EDGE + value * SPAN;
const y = (value: number): number => 8 + (1 - value) * SPAN;

type Bin = Calibration["bins"][number];

/** Confidence against truth: a strategy that means what it says lies on the diagonal. */
export function CalibrationPlots({ calibration }: { calibration: Calibration[] }) {
  const known = calibration.filter(({ runs }) => runs > 0);
  return (
    <section aria-labelledby="calibration-title">
      <h2 id="calibration-title">Can its confidence be believed?</h2>
      {known.length === 0 ? (
        <p className="muted">
          Not known yet: no blame with a confidence has been checked by a replay, an injected fault or a person.
        </p>
      ) : (
        <>
          <p className="muted">
            Of the blames that were checked: how sure the strategy was, and how often the step was right. On the
            diagonal it means what it says; below, it claims too much. Bars are 95 % intervals, discs as large as their
            count.
          </p>
          {known.map((one) => (
            <One key={one.strategy} calibration={one} />
          ))}
        </>
      )}
    </section>
  );
}

function One({ calibration: { strategy, runs, expected_error, bins } }: { calibration: Calibration }) {
  const filled = bins.filter(({ step }) => step.n > 0);
  return (
    <div className="calibration" data-calibration={brief(strategy, 120)}>
      <figure>
        <Plot bins={filled} most={Math.max(1, ...filled.map(({ step }) => step.n))} name={strategy} />
        <figcaption>
          <strong>{brief(strategy, 120)}</strong> <span className="number muted">{count(runs)} checked blames</span>
          {expected_error !== null && (
            <span className="number muted">
              {" "}
              · off by {percent(expected_error)} on average (expected calibration error)
            </span>
          )}
        </figcaption>
      </figure>
      <TableScroll label={`Calibration of ${brief(strategy, 60)}`}>
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">Confidence</th>
              <th scope="col">Right step</th>
              <th scope="col">Right agent</th>
              <th scope="col" className="amount">
                Count
              </th>
            </tr>
          </thead>
          <tbody>
            {filled.map(({ from, to, mean_confidence, agent, step }) => (
              <tr key={from} data-bin={from}>
                <th scope="row" className="number">
                  {percent(from)} to {percent(to)}
                  {mean_confidence !== null && <span className="muted"> mean {percent(mean_confidence)}</span>}
                </th>
                <td>
                  <Whisker share={step} what="Right step" />
                </td>
                <td>
                  <Whisker share={agent} what="Right agent" />
                </td>
                <td className="amount">{count(step.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </div>
  );
}

function Plot({ bins, most, name }: { bins: Bin[]; most: number; name: string }) {
  return (
    <svg
      className="calibration-plot"
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      role="img"
      aria-label={`Reliability of ${brief(name, 60)}: the table beside it has every number.`}
    >
      <path className="spark-ground" d={`M${x(0)} ${y(1)}V${y(0)}H${x(1)}`} />
      <path className="calibration-ideal" d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} />
      {[0, 0.5, 1].map((tick) => (
        <g key={tick} className="calibration-tick">
          <text x={x(tick)} y={SIZE - 16}>
            {percent(tick)}
          </text>
          <text className="calibration-side" x={EDGE - 5} y={y(tick) + 4}>
            {percent(tick)}
          </text>
        </g>
      ))}
      {bins.map(({ from, to, mean_confidence, step }) => {
        if (step.rate === null || step.low === null || step.high === null) return null;
        const at = x(mean_confidence ?? (from + to) / 2);
        return (
          <g key={from}>
            <title>{`${percent(from)} to ${percent(to)} sure: right in ${step.k} of ${step.n}`}</title>
            <path className="calibration-interval" d={`M${at} ${y(step.low)}V${y(step.high)}`} />
            <circle className="calibration-dot" cx={at} cy={y(step.rate)} r={3 + 6 * Math.sqrt(step.n / most)} />
          </g>
        );
      })}
    </svg>
  );
}
