import type { CostFigure } from "@culprit/schemas";
import { count } from "../format.ts";
import { byDay, byModel } from "../quality.ts";
import { brief } from "../text.ts";
import { Sparkline } from "./sparkline.tsx";
import { TableScroll } from "./table-scroll.tsx";

const WHAT_WORDS: Record<CostFigure["what"], string> = { runs: "Agents' own calls", attribution: "Finding culprits" };

/** What runs and their attribution took, by model; money where prices are set. */
export function CostTable({ costs }: { costs: CostFigure[] }) {
  const rows = byModel(costs);
  return (
    <section aria-labelledby="cost-title">
      <h2 id="cost-title">What it costs</h2>
      {rows.length === 0 ? (
        <p className="muted">No call of a model with tokens in this window.</p>
      ) : (
        <TableScroll label="Costs">
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">For</th>
                <th scope="col">Model</th>
                <th scope="col">Tokens by day</th>
                <th scope="col" className="amount">
                  Calls
                </th>
                <th scope="col" className="amount">
                  Tokens
                </th>
                <th scope="col" className="amount">
                  Cost
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ what, model, calls, tokens, cost }) => {
                const days = byDay(
                  costs.filter((figure) => figure.model === model),
                  what,
                  Date.now(),
                );
                return (
                  <tr key={JSON.stringify([what, model])} data-what={what}>
                    <th scope="row">{WHAT_WORDS[what]}</th>
                    <td>{brief(model, 120) || "no model: the ranker"}</td>
                    <td className="course">
                      <Sparkline counts={days} label={`Tokens by day, oldest first: ${days.map(count).join("; ")}`} />
                    </td>
                    <td className="amount">{count(calls)}</td>
                    <td className="amount">{count(tokens)}</td>
                    <td className="amount">
                      {cost === null ? <NoPrice /> : cost === 0 ? "0" : cost.toFixed(cost < 1 ? 4 : 2)}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </TableScroll>
      )}
    </section>
  );
}

function NoPrice() {
  return (
    <span className="muted">
      set <code>model_prices</code>
    </span>
  );
}
