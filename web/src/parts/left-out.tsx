import type { DatasetVersion } from "@culprit/schemas";
import { count } from "../format.ts";
import { brief } from "../text.ts";
import { TableScroll } from "./table-scroll.tsx";

/** What did not get into a version and why, what was scrubbed, and what is known to be lopsided. */
export function LeftOut({ dataset: { left_out, scrubbed, biases, contamination } }: { dataset: DatasetVersion }) {
  const replaced = Object.entries(scrubbed).filter(([, times]) => times > 0);
  return (
    <section aria-labelledby="left-title">
      <h2 id="left-title">What was left out, and why</h2>
      {left_out.length === 0 ? (
        <p className="muted">Nothing: every selected run with a label is in it.</p>
      ) : (
        <TableScroll label="What was left out">
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">Because it</th>
                <th scope="col" className="amount">
                  Count
                </th>
              </tr>
            </thead>
            <tbody>
              {left_out.map(({ reason, about, count: times }) => (
                <tr key={reason} data-reason={brief(reason, 80)}>
                  <th scope="row">{brief(about, 300)}</th>
                  <td className="amount">{count(times)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
      {contamination && (
        <p className="muted">
          Compared with {count(contamination.questions)} questions of {brief(contamination.benchmarks.join(", "), 200)}:{" "}
          {count(contamination.flagged)} alike.
        </p>
      )}
      {replaced.length > 0 && (
        <p className="muted">
          Scrubbed from the text: {replaced.map(([what, times]) => `${brief(what, 60)} ${count(times)}`).join(", ")}.
        </p>
      )}
      {biases.length > 0 && (
        <>
          <h3>Known biases</h3>
          <ul className="evidence">
            {biases.map((bias) => (
              <li key={bias}>{brief(bias, 400)}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
