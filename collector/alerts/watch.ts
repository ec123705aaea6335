import {
  type AlertEvent,
  type AlertRule,
  type AlertStanding,
  type Config,
  CulpritError,
  describeError,
} from "@culprit/schemas";
import type { Store } from "@culprit/store";
import { type Log, silent } from "../log.ts";
import { toEvent } from "./event.ts";
import { isAboutAll, type Measured, observe } from "./observe.ts";
import { type DeliveryOptions, Outbox } from "./outbox.ts";
import { applyAlertState, limitsOf, newStanding, tellsEnd } from "./state.ts";

/** A project that no run started in for this long, beside a rule's window, has nothing new to tell. */
const QUIET_MS = 2 * 86_400_000;

export interface AlertOptions {
  store: Pick<Store, "alerts" | "groups" | "saveAlertEvent">;
  config: Pick<Config, "project" | "alert_rules" | "alert_allow_private" | "poll_seconds" | "url">;
  /** Where the page is, for links in notifications; `config.url` by default. */
  pageUrl?: string | undefined;
  /** Share of the spool that is full. */
  spoolShare?: (() => number | undefined) | undefined;
  now?: (() => Date) | undefined;
  log?: Log | undefined;
  /** Overrides of how targets are tried. */
  delivery?: DeliveryOptions | undefined;
}

export interface Alerts {
  /** Looks once at every rule and starts what is to be sent; resolves when what changed is saved. Never rejects. */
  tick(): Promise<void>;
  /** Resolves when nothing is being sent; what failed waits for a later tick. */
  delivered(): Promise<void>;
  /** Deliveries that have not arrived yet and are not given up. */
  waiting(): number;
  /** Stops looking, gives what is being sent a moment; the rest is sent after the next start. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Watches the rules of the configuration: every `poll_seconds` each is measured in each project, each change of state
 * is saved, and what is to be told is written down before it is sent.
 *
 * A restart goes on where the last process was: what fires is not told again, what was not delivered is.
 *
 * @throws CulpritError `config_invalid` when two rules share a name
 */
export function startAlerts(options: AlertOptions): Alerts {
  const { store, config, now = () => new Date(), log = silent } = options;
  const rules = config.alert_rules;
  requireUniqueNames(rules);
  const standings = new Map<string, AlertStanding>();
  const outbox = new Outbox({
    ...options.delivery,
    alerts: store.alerts,
    rules,
    allowPrivate: config.alert_allow_private,
    log,
    now,
  });
  const sources = { alerts: store.alerts, spoolShare: options.spoolShare };
  let remembered = false;
  let running: Promise<void> | undefined;

  const remember = async (): Promise<void> => {
    const known = await store.alerts.standings();
    for (const standing of known) standings.set(keyOf(standing), standing);
    remembered = true;
  };

  const step = async (rule: AlertRule, project: string, at: Date): Promise<void> => {
    const measured = new Map((await observe(sources, rule, project, at)).map((one) => [one.subject, one]));
    const limits = limitsOf(rule);
    const active = [...standings.values()].filter(
      (standing) => standing.project === project && standing.rule === rule.name && standing.state !== "inactive",
    );
    for (const subject of new Set([...measured.keys(), ...active.map((standing) => standing.subject)])) {
      const key = keyOf({ project, rule: rule.name, subject });
      const previous = standings.get(key) ?? newStanding(project, rule.name, subject, at);
      const one = measured.get(subject);
      // What nothing is seen of is over.
      const { next, tell } = applyAlertState(previous, one ?? { subject, value: 0, sample: 0 }, limits, at);
      if (next === previous) continue;
      const heard = tell !== undefined && (tell !== "resolved" || tellsEnd(rule));
      const event = heard ? await tellOf(rule, previous, tell, one, at) : undefined;
      const standing = event === undefined ? next : { ...next, last_event_id: event.event_id };
      await store.alerts.saveStandings([standing]);
      standings.set(key, standing);
    }
  };

  const tellOf = async (
    rule: AlertRule,
    standing: AlertStanding,
    tell: "firing" | "again" | "resolved",
    measured: Measured | undefined,
    at: Date,
  ): Promise<AlertEvent> => {
    const pageUrl = options.pageUrl ?? config.url;
    const event = await toEvent({
      rule,
      standing,
      tell,
      measured,
      threshold: limitsOf(rule).threshold,
      now: at,
      pageUrl,
    });
    await store.saveAlertEvent(event);
    const line = JSON.stringify([event.project, event.rule, event.subject]);
    await outbox.add(rule, event.project, { event_id: event.event_id, line });
    return event;
  };

  const look = async (): Promise<void> => {
    if (rules.length === 0) return;
    // Before anything new is told: what is left to tell comes first.
    await outbox.refresh();
    if (!remembered) await remember();
    const at = now();
    if (rules.some(({ kind, filter }) => kind === "new_group" || kind === "regression" || filter.group !== undefined)) {
      await store.groups.catchUp();
    }
    const widest = Math.max(...rules.map((rule) => rule.window_seconds));
    const live = await store.alerts.projects(at.getTime() - widest * 1000 - QUIET_MS);
    const active = [...standings.values()].filter(({ state }) => state !== "inactive").map(({ project }) => project);
    const projects = [...new Set([...live, ...active, config.project])];
    for (const rule of rules) {
      for (const project of isAboutAll(rule) ? [config.project] : projects) {
        if (rule.projects.length > 0 && !rule.projects.includes(project)) continue;
        // One rule that can't be measured must not keep the others from being heard.
        await step(rule, project, at).catch((error: unknown) =>
          log("error", "alerts could not be checked", { rule: rule.name, project, error: describeError(error) }),
        );
      }
    }
  };

  const tick = (): Promise<void> => {
    running ??= look()
      .catch((error: unknown) => log("error", "alerts could not be checked", { error: describeError(error) }))
      .then(async () => {
        if (rules.length === 0) return;
        await outbox
          .refresh()
          .catch((error: unknown) => log("error", "deliveries could not be read", { error: describeError(error) }));
        outbox.dispatch();
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  const timer = setInterval(tick, config.poll_seconds * 1000);
  timer.unref();
  return {
    tick,
    delivered: () => outbox.idle(),
    waiting: () => outbox.waiting,
    stop: async (graceMs = 2000) => {
      clearInterval(timer);
      await running;
      const cut = setTimeout(() => outbox.stop(), graceMs);
      await outbox.idle();
      clearTimeout(cut);
      outbox.stop();
    },
  };
}

function requireUniqueNames(rules: readonly AlertRule[]): void {
  const names = rules.map((rule) => rule.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new CulpritError("config_invalid", `Two alert rules are called ${twice}.`, {
    mend: "Give every rule in alert_rules its own name.",
  });
}

function keyOf({ project, rule, subject }: Pick<AlertStanding, "project" | "rule" | "subject">): string {
  return JSON.stringify([project, rule, subject]);
}
