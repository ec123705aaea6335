import type { AlertEvent } from "@culprit/schemas";
import { plural } from "../format.ts";
import { runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { Link } from "./link.tsx";
import { When } from "./when.tsx";

/** What rules said, each with exactly the runs that matched. */
export function AlertEvents({ alerts }: { alerts: AlertEvent[] }) {
  return (
    <section aria-labelledby="events-title">
      <h2 id="events-title">What they said</h2>
      {alerts.length === 0 && <p className="muted">Nothing in this window.</p>}
      <ol className="events">
        {alerts.map((alert) => (
          <li key={alert.event_id} data-state={alert.state}>
            <p>
              <strong>{alert.state === "firing" ? (alert.repeated ? "Still firing" : "Fired") : "Over"}</strong>{" "}
              {brief(alert.summary, 400)}{" "}
              <span className="muted">
                {brief(alert.rule, 80)} · {alert.severity} · <When at={alert.at} />
              </span>
            </p>
            {alert.runs.length > 0 && (
              <details className="disclosure">
                <summary>{plural(alert.count, "run")}</summary>
                <ul>
                  {alert.runs.map((run) => (
                    <li key={run.trace_id}>
                      <Link href={runHref(run.trace_id, run.step)}>
                        {brief(run.agent, 80)}, step {run.step}
                      </Link>{" "}
                      <span className="muted">{brief(run.reason, 200)}</span>
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
