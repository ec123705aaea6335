import { type Config, durationSeconds } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import { dryRun } from "../alerts/dry-run.ts";
import { limitsOf } from "../alerts/state.ts";
import { shownTarget, targetsOf } from "../alerts/targets/target.ts";
import { notFound } from "./failures.ts";
import type { Handlers } from "./handlers.ts";

export interface AlertHandlerOptions {
  store: Pick<Store, "alerts" | "groups" | "listAlertEvents">;
  config: Pick<Config, "alert_rules" | "url">;
}

/** What alert rules said, how they stand, whom they told, and what they would have said. */
export function alertHandlers({
  store,
  config,
}: AlertHandlerOptions): Pick<
  Handlers,
  "listAlerts" | "listAlertRules" | "testAlertRule" | "listDeliveries" | "retryDelivery"
> {
  return {
    listAlerts: async ({ query }, { project }) => ({
      alerts: await store.listAlertEvents(project, durationSeconds(query.since), query.limit),
    }),

    listAlertRules: async (_input, { project }) => {
      const standings = await store.alerts.standings();
      const own = config.alert_rules.filter((rule) => rule.projects.length === 0 || rule.projects.includes(project));
      return {
        rules: own.map((rule) => ({
          name: rule.name,
          kind: rule.kind,
          severity: rule.severity,
          agent: rule.agent,
          threshold: limitsOf(rule).threshold,
          window_seconds: rule.window_seconds,
          targets: targetsOf(rule).map(shownTarget),
          standings: standings.filter(
            (standing) => standing.project === project && standing.rule === rule.name && standing.state !== "inactive",
          ),
        })),
      };
    },

    testAlertRule: async ({ body }, { project }) => {
      const rule =
        typeof body.rule === "string" ? config.alert_rules.find(({ name }) => name === body.rule) : body.rule;
      if (!rule) throw notFound("There is no alert rule of that name.", "GET /api/v1/alert-rules lists them.");
      await store.groups.catchUp();
      const to = new Date();
      const from = new Date(to.getTime() - durationSeconds(body.since) * 1000);
      return await dryRun({ alerts: store.alerts, rule, project, from, to, pageUrl: config.url });
    },

    listDeliveries: async ({ query: { status, limit } }, { project }) => {
      const rows = await store.alerts.deliveries({ project, status, limit });
      return { deliveries: rows.map(({ project: _, ...delivery }) => delivery) };
    },

    retryDelivery: async ({ params: { event_id, target_id } }, { project }) => {
      const rows = await store.alerts.deliveries({ project, event_id, limit: 1000 });
      const found = rows.find((delivery) => delivery.target_id === target_id);
      if (!found) throw notFound("There is no such delivery.", "GET /api/v1/alert-deliveries lists them.");
      const { project: _, ...delivery } = found;
      if (delivery.status !== "dead") return { delivery };
      // Whoever watches the rules looks for it within seconds.
      const again = { ...delivery, status: "pending" as const, attempts: 0, next_at: new Date().toISOString() };
      await store.alerts.saveDeliveries(project, [again]);
      return { delivery: again };
    },
  };
}
