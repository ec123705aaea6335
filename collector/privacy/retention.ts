import { type Config, describeError } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import { type Log, silent } from "../log.ts";

const DAY_MS = 86_400_000;
/** How often late rows of deleted runs are looked for. */
const SWEEP_SECONDS = 60;
/** Rows that come later than this after a deletion wait for the next whole check. */
const RECENT_SECONDS = 3600;

export interface RetentionOptions {
  store: Pick<Store, "now" | "deletion">;
  config: Pick<Config, "retention_days" | "retention_check_seconds" | "projects">;
  log?: Log | undefined;
  /** Milliseconds since 1970 by the store's clock; the store's own by default. */
  now?: (() => Promise<number>) | undefined;
}

export interface Retention {
  /** Removes what is past its time, and what arrived late for deleted runs. Resolves when it is gone. Never rejects. */
  check(): Promise<void>;
  /** Stops looking, and waits for a check under way. */
  stop(): Promise<void>;
}

/**
 * Keeps each project's runs for `retention_days` after their last span arrived, then deletes them with everything that was
 * derived from them. Several collectors may do so at once: deleting twice changes nothing.
 */
export function startRetention(options: RetentionOptions): Retention {
  const { store, config, log = silent, now = () => store.now() } = options;
  let running: Promise<void> | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;

  const look = async (whole: boolean): Promise<void> => {
    const swept = await store.deletion.sweep(whole ? undefined : RECENT_SECONDS);
    if (swept.rows > 0) log("info", "late rows of deleted runs removed", { rows: swept.rows });
    if (!whole) return;
    const at = await now();
    for (const [project, days] of await retentions(store, config)) {
      const expired = await store.deletion.expire(project, at - days * DAY_MS);
      if (expired.rows > 0) log("info", "runs past their retention removed", { project, ...expired });
    }
  };

  const once = (whole: boolean): Promise<void> => {
    running ??= look(whole)
      .catch((error: unknown) => log("error", "retention could not be kept", { error: describeError(error) }))
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  const every = Math.min(SWEEP_SECONDS, config.retention_check_seconds) * 1000;
  const timer = setInterval(() => {
    const whole = Date.now() - checkedAt >= config.retention_check_seconds * 1000;
    if (whole) checkedAt = Date.now();
    void once(whole);
  }, every);
  timer.unref();

  return {
    check: async () => {
      await running;
      await once(true);
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** Days by project, for the projects that keep their runs for a time only. */
async function retentions(
  store: RetentionOptions["store"],
  { retention_days, projects }: RetentionOptions["config"],
): Promise<Map<string, number>> {
  const days = new Map<string, number>();
  const limited = Object.values(projects).some((own) => typeof own.retention_days === "number");
  if (retention_days === undefined && !limited) return days;
  for (const project of await store.deletion.projects()) {
    const own = Object.hasOwn(projects, project) ? projects[project]?.retention_days : undefined;
    const kept = own === undefined ? retention_days : own;
    if (kept !== undefined && kept !== null) days.set(project, kept);
  }
  return days;
}
