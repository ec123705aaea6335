import { type Config, CulpritError, describeError } from "@culprit/schemas";
import { openStore } from "@culprit/store";
import { Command } from "commander";
import { checkGateway } from "../gateway-check.ts";
import { createOutput, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import type { RunFlags } from "../session.ts";
import { loadSettings } from "../settings.ts";
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
  if (!collectorIsUp) {
    await look(checks, "store", async () => {
      const store = await openStore(config);
      await store.close();
      return {
        value: true,
        detail: config.clickhouse_url === undefined ? `embedded, ${config.data}` : "ClickHouse server",
      };
    });
  }
  await look(checks, "ranker", () => {
    const ranker = createStrategies(config).choose("ranker").strategy;
    return { value: true, detail: `weights ${ranker.version}` };
  });
  const { gateway_upstream: upstream } = config;
  if (upstream !== undefined) await look(checks, "gateway", () => checkGateway(upstream));
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
