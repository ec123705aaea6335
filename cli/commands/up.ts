import { type Alerts, type Retention, serve, startAlerts, startRetention } from "@culprit/collector";
import type { Config, ConfigKey } from "@culprit/schemas";
import { Command } from "commander";
import { parsePort } from "../arguments.ts";
import { createLog, type Log } from "../log.ts";
import { createOutput, type Output } from "../output.ts";
import { openParts } from "../parts.ts";
import { type CommonFlags, loadSettings } from "../settings.ts";
import { untilSignal } from "../signals.ts";

interface UpFlags extends CommonFlags {
  data?: string;
  port?: number;
  host?: string;
}

/** `culprit up`: collector, analyzer and page in one process. */
export function upCommand(): Command {
  return withServerFlags(
    new Command("up").description("collector, analyzer and page in one process, on the embedded store"),
  )
    .option("--data <dir>", "directory of the embedded store (default: .culprit)")
    .action(async (flags: UpFlags) => await runServer(flags, { serves: true, analyzes: true }));
}

/** `culprit collector`: receives and serves; analysis runs elsewhere. */
export function collectorCommand(): Command {
  return withServerFlags(
    new Command("collector").description("the collector alone, for CULPRIT_CLICKHOUSE_URL"),
  ).action(async (flags: UpFlags) => await runServer(flags, { serves: true, analyzes: false }));
}

/** `culprit analyzer`: attributes what a collector stored in the same ClickHouse. */
export function analyzerCommand(): Command {
  return new Command("analyzer")
    .description("the analyzer alone, for CULPRIT_CLICKHOUSE_URL")
    .option("--shard <i/n>", "take shard i of n")
    .action(async (flags: UpFlags & { shard?: string }) => {
      await runServer(flags, { serves: false, analyzes: true }, { shard: flags.shard });
    });
}

function withServerFlags(command: Command): Command {
  return command
    .option("--port <port>", "port to listen on, 0 for a free one (default: 4318)", parsePort)
    .option("--host <address>", "address to listen on (default: 127.0.0.1)");
}

async function runServer(
  flags: UpFlags,
  halves: { serves: boolean; analyzes: boolean },
  overrides: Partial<Record<ConfigKey, unknown>> = {},
): Promise<void> {
  const config = loadSettings(flags, { data: flags.data, port: flags.port, host: flags.host, ...overrides });
  const log = createLog(config.log_level);
  const output = createOutput(flags.json === true);
  const stopped = untilSignal();
  const parts = await openParts(config, log, { serves: halves.serves });
  const drainMs = config.drain_seconds * 1000;
  let drain = async (): Promise<void> => {};
  let alerts: Alerts | undefined;
  let retention: Retention | undefined;
  try {
    if (halves.serves) {
      const server = await serve(parts.collector, { host: config.host, port: config.port });
      drain = async () => {
        // From the first moment on /readyz says no, and what comes over open connections is turned away with 503.
        const [left] = await Promise.all([parts.collector.stop(drainMs), server.close(drainMs)]);
        if (left > 0) log("warn", "requests were cut off", { requests: left, drain_seconds: config.drain_seconds });
      };
      announce(output, config, server.url);
      alerts = startAlerts({
        store: parts.store,
        config,
        pageUrl: server.url,
        spoolShare: () => parts.collector.spoolShare(),
        log,
      });
      retention = startRetention({ store: parts.store, config, log });
    } else {
      output.result({ analyzer: config.shard }, () => `Analyzing shard ${config.shard}. Ctrl-C stops.`);
    }
    if (halves.analyzes) parts.analyzer.start();
    log("info", `stopping on ${await stopped}`);
  } finally {
    await drain();
    await closeWithin(drainMs, log, async () => {
      await alerts?.stop();
      await retention?.stop();
      await parts.close();
    });
  }
}

/** A store that hangs must not keep the process: what was acknowledged is on disk by then, in the store or the spool. */
async function closeWithin(deadlineMs: number, log: Log, close: () => Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    log("error", "closing took too long, leaving", { drain_seconds: deadlineMs / 1000 });
    process.exit(1);
  }, deadlineMs);
  await close();
  clearTimeout(timer);
}

function announce(output: Output, config: Config, url: string): void {
  output.result({ url, pid: process.pid, data: config.clickhouse_url === undefined ? config.data : null }, () =>
    [
      `Culprit is up at ${url}`,
      `  page      ${url}/`,
      `  traces    OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
      ...(config.gateway_upstream === undefined ? [] : [`  gateway   OPENAI_BASE_URL=${url}/gateway/v1`]),
      `  stop      Ctrl-C`,
    ].join("\n"),
  );
}
