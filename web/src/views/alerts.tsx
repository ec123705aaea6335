import { useEffect } from "react";
import { ask } from "../api.ts";
import { AlertEvents } from "../parts/alert-events.tsx";
import { AlertRules } from "../parts/alert-rules.tsx";
import { Deliveries } from "../parts/deliveries.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Loading } from "../parts/notice.tsx";
import { WindowPicker } from "../parts/window-picker.tsx";
import { usePolled } from "../polling.ts";
import { type Route, viewHref } from "../routes.ts";

const SHOWN = 100;
const pause = (): number => 8000;

/** Rules with where they stand, what they said, and whom it did not reach. */
export function AlertsView({ route: { since } }: { route: Extract<Route, { view: "alerts" }> }) {
  const { data, failure, refresh } = usePolled(
    `alerts ${since}`,
    pause,
    async (signal) => {
      const [{ rules }, { alerts }, { deliveries }] = await Promise.all([
        ask("listAlertRules", {}, signal),
        ask("listAlerts", { since, limit: SHOWN }, signal),
        ask("listDeliveries", { limit: SHOWN }, signal),
      ]);
      return { rules, alerts, deliveries };
    },
    (event) => event.type === "alert" || event.type === "refresh",
  );
  useEffect(() => {
    document.title = "Alerts · Culprit";
  }, []);
  return (
    <div className="inbox">
      <header className="view-head">
        <div>
          <h1>Alerts</h1>
          <p className="lede">Rules are settings; what they say names the agent, the step and the reason.</p>
        </div>
        <WindowPicker since={since} href={(other) => viewHref("alerts", other)} />
      </header>
      {failure && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="the alerts" />}
      {data && (
        <div className="blocks">
          <AlertRules rules={data.rules} />
          <AlertEvents alerts={data.alerts} />
          <Deliveries deliveries={data.deliveries} />
        </div>
      )}
    </div>
  );
}
