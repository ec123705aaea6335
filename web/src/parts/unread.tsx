import type { UnreadScope } from "@culprit/schemas";
import { count } from "../format.ts";
import { brief } from "../text.ts";
import { TableScroll } from "./table-scroll.tsx";

/** Instrumentation whose spans no dialect reads: what is missing from every run that it traces. */
export function Unread({ scopes }: { scopes: UnreadScope[] }) {
  return (
    <section aria-labelledby="unread-title">
      <h2 id="unread-title">Spans that nobody reads</h2>
      {scopes.length === 0 ? (
        <p className="muted">Every span of the last 7 days is of an instrumentation that is understood.</p>
      ) : (
        <TableScroll label="Spans that nobody reads">
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">Instrumentation</th>
                <th scope="col" className="amount">
                  Spans
                </th>
                <th scope="col">Some of its attributes</th>
              </tr>
            </thead>
            <tbody>
              {scopes.map(({ scope, spans, keys }) => (
                <tr key={scope}>
                  <th scope="row">{brief(scope, 200) || "unnamed"}</th>
                  <td className="amount">{count(spans)}</td>
                  <td className="mono">{brief(keys.join(", "), 300)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </section>
  );
}
