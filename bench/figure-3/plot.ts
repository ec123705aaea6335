import type { Rate } from "@culprit/analyzers";
import type { Arm } from "./arms.ts";

export interface Curve {
  arm: Arm;
  points: readonly Rate[];
}

const WIDTH = 860;
const HEIGHT = 470;
const LEFT = 60;
const RIGHT = 610;
/** Between the axis and the first and last round. */
const MARGIN = 34;
const TOP = 70;
const BOTTOM = 410;
const COLOURS: Record<Arm["kind"], readonly string[]> = {
  ours: ["#0969da", "#1b7c83", "#54aeff"],
  baseline: ["#bf8700", "#bc4c00", "#8250df"],
  control: ["#1a7f37", "#818b98", "#59636e", "#cf222e"],
};
const DASHES: Record<Arm["kind"], string> = { ours: "", baseline: "", control: "5 4" };

/** Success by round as one SVG that stands alone, loads nothing and runs nothing. */
export function plotCurves(title: string, subtitle: string, curves: readonly Curve[]): string {
  const all = curves.flatMap(({ points }) => points);
  const least = Math.floor(10 * Math.min(...all.map(({ low }) => low))) / 10;
  const rounds = Math.max(...curves.map(({ points }) => points.length));
  const x = (round: number, shift = 0) =>
    LEFT + MARGIN + ((RIGHT - LEFT - 2 * MARGIN) * round) / Math.max(1, rounds - 1) + shift;
  const y = (rate: number) => BOTTOM - ((BOTTOM - TOP) * (rate - least)) / (1 - least);
  const ticks = Array.from({ length: Math.round((1 - least) * 10) + 1 }, (_, at) => least + at / 10);
  const grid = ticks.map(
    (rate) =>
      `<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${f(y(rate))}" y2="${f(y(rate))}"/><text class="faint" x="${LEFT - 8}" y="${f(y(rate) + 4)}" text-anchor="end">${Math.round(100 * rate)} %</text>`,
  );
  const labels = Array.from(
    { length: rounds },
    (_, round) =>
      `<text class="faint" x="${f(x(round))}" y="${BOTTOM + 22}" text-anchor="middle">${round === 0 ? "first attempt" : `round ${round}`}</text>`,
  );
  const used = { ours: 0, baseline: 0, control: 0 };
  const ordered = [...curves].sort((left, right) => last(right) - last(left));
  const lines = ordered.map(({ arm, points }, place) => {
    const colour = COLOURS[arm.kind][used[arm.kind]++ % COLOURS[arm.kind].length];
    const shift = (place - (ordered.length - 1) / 2) * 3;
    const path = points.map(({ accuracy }, round) => `${f(x(round, shift))},${f(y(accuracy))}`).join(" ");
    const whiskers = points
      .map(
        ({ low, high }, round) =>
          `<line x1="${f(x(round, shift))}" x2="${f(x(round, shift))}" y1="${f(y(low))}" y2="${f(y(high))}" stroke="${colour}" opacity="0.45"/>`,
      )
      .join("");
    const dots = points
      .map(
        ({ accuracy }, round) => `<circle cx="${f(x(round, shift))}" cy="${f(y(accuracy))}" r="3" fill="${colour}"/>`,
      )
      .join("");
    const at = TOP + 14 + place * 24;
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${DASHES[arm.kind]}" points="${path}"/>${whiskers}${dots}<line x1="640" x2="666" y1="${at - 4}" y2="${at - 4}" stroke="${colour}" stroke-width="2" stroke-dasharray="${DASHES[arm.kind]}"/><text x="674" y="${at}">${escaped(arm.name)} ${(100 * last({ arm, points })).toFixed(1)} %</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328; } .title { font-size: 16px; font-weight: 600; } .faint { fill: #59636e; }
.ground { fill: #ffffff; } .grid { stroke: #d1d9e0; }
@media (prefers-color-scheme: dark) { text { fill: #f0f6fc; } .faint { fill: #9198a1; } .ground { fill: #0d1117; } .grid { stroke: #3d444d; } }
</style>
<rect class="ground" width="100%" height="100%"/>
<text class="title" x="16" y="26">${escaped(title)}</text>
<text class="faint" x="16" y="46">${escaped(subtitle)}</text>
${[...grid, ...labels, ...lines].join("\n")}
</svg>
`;
}

function last({ points }: Curve): number {
  return points.at(-1)?.accuracy ?? 0;
}

function f(value: number): string {
  return (Math.round(value * 10) / 10).toString();
}

function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (one) => entities[one] ?? one);
}
