import type { RunFigure } from "@culprit/schemas";
import { count, plural } from "../format.ts";
import { STATUS_WORDS } from "../words.ts";
import { TableScroll } from "./table-scroll.tsx";
import { Whisker } from "./whisker.tsx";

const ORDER = ["verified", "human", "predicted", "refuted", "none"] as const;

/** Failures by how firmly their culprit is known, and how many of the blames that were checked held. */
export function Firmness({ figures }: { figures: RunFigure }) {
  const { statuses, failure, checked, held, success_rate: rate } = figures;
  let x = 0;
  const parts = ORDER.map((status) => {
    const width = failure === 0 ? 0 : (statuses[status] / failure) * 100;
    const part = { status, x, width, runs: statuses[status] };
    x += width;
    return part;
  });
  return (
    <section aria-labelledby="firm-title">
      <h2 id="firm-title">How firmly the culprits of {plural(failure, "failure")} are known</h2>
      <svg className="firm-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {parts.map((part) => (
          <rect key={part.status} className={`firm-${part.status}`} x={part.x} width={part.width} height="10" />
        ))}
      </svg>
      <dl className="facts">
        {parts
          .filter(({ runs }) => runs > 0)
          .map(({ status, runs }) => (
            <div key={status} data-status={status}>
              <dt>
                <svg className="firm-key" viewBox="0 0 10 10" aria-hidden="true" focusable="false">
                  <rect className={`firm-${status}`} width="10" height="10" />
                </svg>{" "}
                {STATUS_WORDS[status].short}
              </dt>
              <dd>{count(runs)}</dd>
            </div>
          ))}
      </dl>
      <TableScroll label="How blames held">
        <table className="figures">
          <tbody>
            <Row name="Runs that succeed" share={rate} />
            <Row name="Blames that were checked, by replay or person" share={checked} />
            <Row name="Of those, blames that held" share={held} />
          </tbody>
        </table>
      </TableScroll>
    </section>
  );
}

function Row({ name, share }: { name: string; share: RunFigure["held"] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <Whisker share={share} what={name} />
      </td>
    </tr>
  );
}
