import type { DatasetGrowth } from "@culprit/schemas";
import { useId } from "react";
import { count, exactTime, plural } from "../format.ts";
import { datasetHref } from "../routes.ts";
import { fillOf } from "./evidence-bar.tsx";
import { Hatch } from "./hatch.tsx";
import { Link } from "./link.tsx";

/** Versions the plot holds, the newest. */
const MOST = 40;
const HEIGHT = 72;
const KINDS = ["counterfactual", "injected", "human"] as const;

/** A bar a version, oldest first, each the way to its card. */
export function Growth({ name, growth, shown }: { name: string; growth: readonly DatasetGrowth[]; shown: number }) {
  const hatch = useId();
  const rows = growth.slice(-MOST);
  const most = Math.max(1, ...rows.map(({ records }) => records));
  if (rows.length === 0) return null;
  return (
    <ol className="growth" aria-label={`Records by version of ${name}`}>
      {rows.map((row) => (
        <li key={row.version}>
          <Link
            href={datasetHref(name, row.version)}
            aria-current={row.version === shown ? "true" : undefined}
            title={`Version ${row.version}, ${exactTime(row.created_at)}: ${plural(row.records, "record")}`}
          >
            <span className="number">{count(row.records)}</span>
            <svg viewBox={`0 0 32 ${HEIGHT}`} aria-hidden="true" focusable="false">
              <Hatch id={`${hatch}${row.version}`} />
              <Bar row={row} most={most} hatch={`${hatch}${row.version}`} />
              <path className="spark-ground" d={`M0 ${HEIGHT - 0.5}H32`} />
            </svg>
            <span className="number muted">v{row.version}</span>
          </Link>
        </li>
      ))}
    </ol>
  );
}

function Bar({ row, most, hatch }: { row: DatasetGrowth; most: number; hatch: string }) {
  let top = HEIGHT;
  return KINDS.map((kind) => {
    const height = (row[kind] / most) * (HEIGHT - 2);
    top -= height;
    return (
      height > 0 && (
        <rect
          key={kind}
          className={`kind-${kind}`}
          fill={fillOf(kind, hatch)}
          x="4"
          y={top}
          width="24"
          height={height}
        />
      )
    );
  });
}
