import type { AlertDelivery } from "@culprit/schemas";
import { brief } from "../text.ts";
import { TableScroll } from "./table-scroll.tsx";
import { When } from "./when.tsx";

const STATUS = { pending: "To be tried again", delivered: "Delivered", dead: "Given up" } as const;

/** Who was told, is still to be, or could not be; nothing while nobody was to be told. */
export function Deliveries({ deliveries }: { deliveries: AlertDelivery[] }) {
  if (deliveries.length === 0) return null;
  return (
    <section aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">Deliveries</h2>
      <TableScroll label="Deliveries">
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">To</th>
              <th scope="col">Status</th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map((delivery) => (
              <tr key={`${delivery.event_id} ${delivery.target_id}`} data-delivery={delivery.status}>
                <th scope="row">{brief(delivery.rule, 120)}</th>
                <td>{brief(delivery.target, 200)}</td>
                <td>
                  {STATUS[delivery.status]}
                  {delivery.attempts > 1 && <span className="muted"> after {delivery.attempts} attempts</span>}
                  {delivery.error !== "" && <p className="muted">{brief(delivery.error, 200)}</p>}
                </td>
                <td>
                  <When at={delivery.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  );
}
