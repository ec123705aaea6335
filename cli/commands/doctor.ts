import { type Config, CulpritError, createClient, describeError, type UnreadScope } from "@culprit/schemas";
import { openStore } from "@culprit/store";
import { Command } from "commander";
import { checkGateway } from "../gateway-check.ts";
import { createOutput, printable, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import type { RunFlags } from "../session.ts";
import { loadSettings } from "../settings.ts";
import { shadowSettings } from "../shadow.ts";
import { createStrategies } from "../strategies.ts";
import { checkTracer } from "../tracer-check.ts";

/** One thing looked at. */
interface Check {
  check: string;
  ok: boolean;
  detail: string;
}

/** `culprit doctor`: the settings, the store, the ranker's weights and the tracer endpoint, with what to mend. */
export function doctorCommand(): Command {
  return withRunFlags(
    new Command("doctor").description("check the settings, the store and the tracer endpoint"),
  ).action(async (flags: RunFlags) => {
    const checks: Check[] = [];
    const config = await look(checks, "settings", () => {
      const loaded = loadSettings(flags, { url: flags.url, data: flags.data });
      return { value: loaded, detail: `project ${loaded.project}` };
    });
    if (config !== undefined) await lookAround(config, checks);
    const output = createOutput(flags.json === true);
    output.result({ ok: checks.every((check) => check.ok), checks }, () =>
      table(
        ["", "check", ""],
        checks.map((check) => [
          check.ok ? { text: "ok", format: "green" } : { text: "wrong", format: "red" },
          check.check,
          check.detail,
        ]),
      ),
    );
    if (checks.some((check) => !check.ok)) {
      throw new CulpritError("unhealthy", "Something is wrong.", { mend: "The table above says what to mend." });
    }
  });
}

async function lookAround(config: Config, checks: Check[]): Promise<void> {
  const collectorIsUp = await collectorAnswers(config, checks);
  if (collectorIsUp) {
    await look(checks, "dialects", async () => {
      const { scopes } = await createClient({ baseUrl: config.url, apiKey: config.api_key }).call("listUnread", {});
      return { value: true, detail: describeUnread(scopes) };
    });
  } else {
    let unread: UnreadScope[] | undefined;
    await look(checks, "store", async () => {
      const store = await openStore(config);
      try {
        unread = await store.unreadScopes(config.project, WEEK_SECONDS);
      } finally {
        await store.close();
      }
      return {
        value: true,
        detail: config.clickhouse_url === undefined ? `embedded, ${config.data}` : "ClickHouse server",
      };
    });
    if (unread !== undefined) checks.push({ check: "dialects", ok: true, detail: describeUnread(unread) });
  }
  await look(checks, "ranker", () => {
    const ranker = createStrategies(config).choose("ranker").strategy;
    return { value: true, detail: `weights ${ranker.version}` };
  });
  const { gateway_upstream: upstream } = config;
  if (upstream !== undefined) await look(checks, "gateway", () => checkGateway(upstream));
  const { shadow_tracer_url: shadow } = config;
  if (shadow !== undefined) {
    const own = { ...shadowSettings(config, shadow), tracer_url: shadow };
    await checkTracer(own, (check, work) => look(checks, `shadow ${check}`, work));
  }
  const { tracer_url: tracer } = config;
  if (tracer === undefined) {
    checks.push({
      check: "tracer",
      ok: true,
      detail: "not configured; the ranker attributes (set CULPRIT_TRACER_URL for a model)",
    });
  } else {
    await checkTracer({ ...config, tracer_url: tracer }, (check, work) => look(checks, check, work));
  }
}

const WEEK_SECONDS = 7 * 24 * 3600;
const SHOWN_KEYS = 8;

/**
 * What arrived in the last week that no dialect reads: it is kept, and shown as plain spans. Nothing is wrong with an
 * HTTP server's spans, so it is told and not held against anyone.
 */
function describeUnread(scopes: readonly UnreadScope[]): string {
  if (scopes.length === 0) return "every span of the last 7 days was read by a dialect";
  const lines = scopes.map(({ scope, spans, keys }) => {
    const shown = keys.slice(0, SHOWN_KEYS).map(printable).join(", ");
    const more = keys.length > SHOWN_KEYS ? ", …" : "";
    return `${scope === "" ? "(no scope)" : printable(scope)}: ${spans} spans, keys ${shown}${more}`;
  });
  return `not read by any dialect, last 7 days: ${lines.join("; ")}`;
}

async function collectorAnswers(config: Config, checks: Check[]): Promise<boolean> {
  try {
    const response = await fetch(new URL("/healthz", config.url), { signal: AbortSignal.timeout(1_500) });
    checks.push({ check: "collector", ok: response.ok, detail: `${config.url} answers ${response.status}` });
    return response.ok;
  } catch {
    checks.push({ check: "collector", ok: true, detail: `none at ${config.url}; commands open the store themselves` });
    return false;
  }
}

async function look<Value>(
  checks: Check[],
  check: string,
  work: () => { value: Value; detail: string } | Promise<{ value: Value; detail: string }>,
): Promise<Value | undefined> {
  try {
    const { value, detail } = await work();
    checks.push({ check, ok: true, detail });
    return value;
  } catch (error) {
    checks.push({ check, ok: false, detail: describeError(error) });
    return undefined;
  }
}
