import type { Balance, BalanceRow } from "@culprit/schemas";
import { useId, useState } from "react";
import { count, percent } from "../format.ts";
import { brief } from "../text.ts";
import { fillOf } from "./evidence-bar.tsx";
import { Hatch } from "./hatch.tsx";

const WORDS: Record<keyof Balance, string> = {
  agent: "By blamed agent",
  position: "By place in the run",
  domain: "By kind of task",
  source: "By source",
};
const FIRST = 8;
const KINDS = ["counterfactual", "injected", "human"] as const;

/** What the records are spread over: a set of one agent's mistakes teaches to blame that agent. */
export function BalanceTables({ balance, records }: { balance: Balance; records: number }) {
  return (
    <section aria-labelledby="balance-title">
      <h2 id="balance-title">Balance</h2>
      <div className="balances">
        {(Object.keys(WORDS) as (keyof Balance)[]).map((by) => (
          <BalanceTable
            key={by}
            by={by}
            rows={by === "position" ? inOrder(balance[by]) : balance[by]}
            records={records}
          />
        ))}
      </div>
    </section>
  );
}

function BalanceTable({ by, rows, records }: { by: keyof Balance; rows: BalanceRow[]; records: number }) {
  const hatch = useId();
  const [all, setAll] = useState(false);
  const most = Math.max(1, ...rows.map((row) => row.records));
  const shown = all ? rows : rows.slice(0, FIRST);
  return (
    <div data-balance={by}>
      <table className="balance">
        <caption>{WORDS[by]}</caption>
        <tbody>
          {shown.map((row) => (
            <tr key={row.value}>
              <th scope="row">{brief(row.value, 120) || "not said"}</th>
              <td className="balance-bar">
                <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                  <Hatch id={hatch} />
                  <Stretches row={row} most={most} hatch={hatch} />
                </svg>
              </td>
              <td className="number">
                {count(row.records)}{" "}
                <span className="muted">{records === 0 ? "" : percent(row.records / records)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > FIRST && (
        <button type="button" className="show-more" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${count(rows.length)}`}
        </button>
      )}
    </div>
  );
}

function Stretches({ row, most, hatch }: { row: BalanceRow; most: number; hatch: string }) {
  let x = 0;
  return KINDS.map((kind) => {
    const width = (row[kind] / most) * 100;
    const start = x;
    x += width;
    return (
      width > 0 && (
        <rect key={kind} className={`kind-${kind}`} fill={fillOf(kind, hatch)} x={start} width={width} height="10" />
      )
    );
  });
}

/** Places of a run from its beginning to its end, whichever has most. */
function inOrder(rows: readonly BalanceRow[]): BalanceRow[] {
  return [...rows].sort((left, right) => Number.parseFloat(left.value) - Number.parseFloat(right.value));
}
