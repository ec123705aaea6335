import type { ApiKey } from "@culprit/schemas";
import { count } from "../format.ts";
import { brief } from "../text.ts";
import { Command } from "./command.tsx";
import { TableScroll } from "./table-scroll.tsx";
import { When } from "./when.tsx";

/** API keys, without what opens anything. */
export function KeyList({ keys }: { keys: ApiKey[] }) {
  return (
    <section aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      {keys.length === 0 ? (
        <>
          <p className="muted">None made yet. From the first one on, the collector asks for one:</p>
          <Command>culprit keys create --scope read --name on-call</Command>
        </>
      ) : (
        <TableScroll label="Keys">
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col">Project</th>
                <th scope="col">May</th>
                <th scope="col">Last used</th>
                <th scope="col" className="amount">
                  Spans today
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <tr key={key.key_id}>
                  <th scope="row">
                    <span className="mono">{key.prefix}…</span> <span className="muted">{brief(key.name, 120)}</span>
                  </th>
                  <td>{key.project}</td>
                  <td>{key.revoked_at === null ? key.scopes.join(", ") : <s>revoked</s>}</td>
                  <td>
                    {key.last_used_at === null ? <span className="muted">never</span> : <When at={key.last_used_at} />}
                  </td>
                  <td className="amount">{count(key.spans_today)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </section>
  );
}
