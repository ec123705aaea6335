import { SETTINGS } from "./render-report.ts";
import type { AnyReport, EvaluationReport } from "./report.ts";

interface Bar {
  label: string;
  value: number;
  low?: number;
  high?: number;
  kind: "own" | "second" | "baseline";
}

interface Panel {
  title: string;
  bars: Bar[];
}

const WIDTH = 760;
const LABEL_WIDTH = 190;
const BAR_LEFT = LABEL_WIDTH + 10;
const BAR_WIDTH = WIDTH - BAR_LEFT - 70;
const ROW = 20;
const PANEL_HEAD = 34;
const PANEL_FOOT = 22;
const TOP = 56;

/**
 * One SVG of a report: accuracy of each subset beside its baselines with 95 % intervals, then by length. Stands alone,
 * loads nothing, runs nothing, and follows the reader's light or dark theme.
 */
export function plotReport(report: AnyReport): string {
  const panels = panelsOf(report);
  const parts: string[] = [];
  let y = TOP;
  for (const panel of panels) {
    parts.push(drawPanel(panel, y));
    y += heightOf(panel);
  }
  const title = `${report.benchmark}: ${report.strategy}`;
  const truth = report.ground_truth ? ", ground truth shown" : "";
  const subtitle = `${SETTINGS[report.setting]}, ${report.scoring} scoring${truth}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; } .head { font-weight: 600; } .faint { fill: #59636e; }
.ground { fill: #ffffff; } .grid { stroke: #d1d9e0; } .whisker { stroke: #1f2328; stroke-width: 1.5; }
.own { fill: #0969da; } .second { fill: #bf8700; } .baseline { fill: #afb8c1; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; } .faint { fill: #9198a1; } .ground { fill: #0d1117; } .grid { stroke: #3d444d; }
.whisker { stroke: #f0f6fc; } .own { fill: #4493f8; } .second { fill: #d29922; } .baseline { fill: #656c76; }
}
</style>
<rect class="ground" width="100%" height="100%"/>
<text class="title" x="16" y="24">${escaped(title)}</text>
<text class="faint" x="16" y="42">${escaped(subtitle)}</text>
${parts.join("\n")}
</svg>
`;
}

function panelsOf(report: AnyReport): Panel[] {
  if (report.kind === "decisive") return [...ratePanels(report), ...lengthPanels(report)];
  if (report.kind === "steps") {
    return Object.entries(report.subsets).map(([subset, own]) => ({
      title: `${subset}: F1 of incorrect steps (n = ${own.n})`,
      bars: [
        { label: report.strategy, value: own.f1, kind: "own" },
        ...Object.entries(report.baselines).map(([name, { subsets }]) => baseline(name, subsets[subset]?.f1)),
      ],
    }));
  }
  return Object.entries(report.subsets).map(([subset, own]) => ({
    title: `${subset}: location accuracy (n = ${own.n})`,
    bars: [
      { label: report.strategy, value: own.location, kind: "own" },
      ...Object.entries(report.baselines).map(([name, { subsets }]) => baseline(name, subsets[subset]?.location)),
    ],
  }));
}

function ratePanels(report: EvaluationReport): Panel[] {
  return Object.entries(report.subsets).flatMap(([subset, own]) =>
    (["agent", "step"] as const).map((what): Panel => {
      const second = report.compare?.subsets[subset];
      return {
        title: `${subset}: ${what} accuracy (n = ${own.n})`,
        bars: [
          bar(report.strategy, own[what], "own"),
          ...(report.compare === undefined || second === undefined
            ? []
            : [bar(report.compare.strategy, second[what], "second")]),
          ...Object.entries(report.baselines).map(([name, { subsets }]) => baseline(name, subsets[subset]?.[what])),
        ],
      };
    }),
  );
}

function lengthPanels(report: EvaluationReport): Panel[] {
  return Object.entries(report.subsets).map(([subset, own]) => ({
    title: `${subset}: step accuracy by number of steps`,
    bars: Object.entries(own.by_length)
      .filter(([, bucket]) => bucket.n > 0)
      .map(([name, bucket]) => bar(`${name} (n = ${bucket.n})`, bucket.step, "own")),
  }));
}

function bar(label: string, rate: { accuracy: number; low: number; high: number }, kind: Bar["kind"]): Bar {
  return { label, value: rate.accuracy, low: rate.low, high: rate.high, kind };
}

function baseline(label: string, value: number | undefined): Bar {
  return { label, value: value ?? 0, kind: "baseline" };
}

function heightOf(panel: Panel): number {
  return PANEL_HEAD + panel.bars.length * ROW + PANEL_FOOT;
}

function drawPanel({ title, bars }: Panel, top: number): string {
  const first = top + PANEL_HEAD;
  const last = first + bars.length * ROW;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((at) => {
    const x = place(at);
    return `<line class="grid" x1="${x}" x2="${x}" y1="${first - 4}" y2="${last}"/><text class="faint" x="${x}" y="${last + 14}" text-anchor="middle">${100 * at} %</text>`;
  });
  const rows = bars.map((own, at) => drawBar(own, first + at * ROW));
  return [`<text class="head" x="16" y="${top + 20}">${escaped(title)}</text>`, ...grid, ...rows].join("\n");
}

function drawBar({ label, value, low, high, kind }: Bar, top: number): string {
  const middle = top + ROW / 2 - 1;
  const shown = label.length > 28 ? `${label.slice(0, 27)}…` : label;
  const parts = [
    `<text x="${LABEL_WIDTH}" y="${middle + 4}" text-anchor="end">${escaped(shown)}</text>`,
    `<rect class="${kind}" x="${BAR_LEFT}" y="${top + 2}" width="${round(BAR_WIDTH * value)}" height="${ROW - 6}"/>`,
  ];
  if (low !== undefined && high !== undefined) {
    parts.push(`<line class="whisker" x1="${place(low)}" x2="${place(high)}" y1="${middle}" y2="${middle}"/>`);
  }
  const end = place(Math.max(value, high ?? 0));
  parts.push(`<text x="${round(end + 6)}" y="${middle + 4}">${(100 * value).toFixed(1)}</text>`);
  return parts.join("");
}

function place(rate: number): number {
  return round(BAR_LEFT + BAR_WIDTH * Math.min(1, Math.max(0, rate)));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them
  return text.replace(/[\u0000-\u0008\u000b-\u001f]/g, "\uFFFD").replace(/[&<>"']/g, (one) => entities[one] ?? one);
}
