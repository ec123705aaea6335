import type { HandoffFigure } from "@culprit/schemas";
import { useState } from "react";
import { count } from "../format.ts";
import { brief } from "../text.ts";
import { TableScroll } from "./table-scroll.tsx";
import { Whisker } from "./whisker.tsx";

const FIRST = 8;

/** Each hand-off in words, the most frequent first. */
export function HandoffTable({ handoffs }: { handoffs: HandoffFigure[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? handoffs : handoffs.slice(0, FIRST);
  return (
    <>
      <TableScroll label="Hand-offs">
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">Hand-off</th>
              <th scope="col">Runs with it that failed, 95 % interval</th>
              <th scope="col" className="amount">
                Times
              </th>
              <th scope="col" className="amount">
                Failures that went along
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ from, to, failed, passes, carried }) => (
              <tr key={JSON.stringify([from, to])} data-from={brief(from, 120)} data-to={brief(to, 120)}>
                <th scope="row">
                  <bdi>{brief(from, 120)}</bdi> → <bdi>{brief(to, 120)}</bdi>
                </th>
                <td>
                  <Whisker share={failed} what="Failed" />
                </td>
                <td className="amount">{count(passes)}</td>
                <td className="amount">{count(carried)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {handoffs.length > FIRST && (
        <button type="button" className="show-more" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${count(handoffs.length)}`}
        </button>
      )}
    </>
  );
}
