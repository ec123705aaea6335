import type { Course } from "../agents.ts";
import { count, exactTime } from "../format.ts";
import { brief } from "../text.ts";

/** Agents told apart; the others share the last row. */
const MOST = 7;
const HEIGHT = 120;

interface Band {
  agent: string;
  bars: number[];
  total: number;
  hue: number | null;
}

/** Blame over time: failures stacked by agent, in the order of the key beside it. */
export function BlameCourse({ course }: { course: Course }) {
  const bands = bandsOf(course);
  const bars = bands[0]?.bars.length ?? 0;
  if (bars === 0) return null;
  const totals = Array.from({ length: bars }, (_, at) => bands.reduce((sum, band) => sum + (band.bars[at] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const at = (bar: number) => exactTime(new Date(course.from + ((course.to - course.from) * bar) / bars).toISOString());
  return (
    <section aria-labelledby="course-title">
      <h2 id="course-title">Blame over time</h2>
      <div className="course-plot">
        <div className="course-bars">
          <span className="course-most number">{count(most)}</span>
          <svg viewBox={`0 0 ${bars} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary(bands)}>
            {totals.map((total, bar) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place in the window
              <g key={bar}>
                <title>{`From ${at(bar)}: ${count(total)} blamed`}</title>
                <rect className="course-hit" x={bar} y="0" width="1" height={HEIGHT} />
                <Stack bands={bands} bar={bar} most={most} />
              </g>
            ))}
            <path className="spark-ground" d={`M0 ${HEIGHT}H${bars}`} />
          </svg>
          <p className="course-ends muted number">
            <span>{at(0).slice(0, 16)}</span>
            <span>{at(bars).slice(0, 16)} UTC</span>
          </p>
        </div>
        <ol className="course-key">
          {bands.map(({ agent, total, hue }) => (
            <li key={agent}>
              <span className={hue === null ? "dot dot-quiet" : `dot hue-${hue}`} aria-hidden="true" />
              <bdi>{brief(agent, 60)}</bdi> <span className="number muted">{count(total)}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function Stack({ bands, bar, most }: { bands: Band[]; bar: number; most: number }) {
  let top = HEIGHT;
  return [...bands].reverse().map(({ agent, bars, hue }) => {
    const height = ((bars[bar] ?? 0) / most) * HEIGHT;
    if (height === 0) return null;
    top -= height;
    return (
      <rect
        key={agent}
        className={hue === null ? "course-bar" : `course-bar hue-${hue}`}
        x={bar + 0.1}
        y={top}
        width="0.8"
        height={height}
      />
    );
  });
}

function bandsOf({ byAgent }: Course): Band[] {
  const all = [...byAgent]
    .map(([agent, bars]) => ({ agent, bars, total: bars.reduce((sum, one) => sum + one, 0) }))
    .sort((left, right) => right.total - left.total);
  const bands: Band[] = all.slice(0, MOST).map((band, hue) => ({ ...band, hue }));
  const rest = all.slice(MOST);
  if (rest.length === 0) return bands;
  const bars = (rest[0]?.bars ?? []).map((_, at) => rest.reduce((sum, band) => sum + (band.bars[at] ?? 0), 0));
  const total = bars.reduce((sum, one) => sum + one, 0);
  return [...bands, { agent: `${count(rest.length)} others`, bars, total, hue: null }];
}

function summary(bands: Band[]): string {
  return `Failures by blamed agent over the window: ${bands.map(({ agent, total }) => `${brief(agent, 60)} ${count(total)}`).join(", ")}.`;
}
