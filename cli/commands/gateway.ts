import { createGatewayHost, serve } from "@culprit/collector";
import { configureContent } from "@culprit/instrumentation";
import { collectorExporter, createGateway } from "@culprit/instrumentation/gateway";
import { CulpritError } from "@culprit/schemas";
import { Command } from "commander";
import { parsePort } from "../arguments.ts";
import { gatewaySettings } from "../gateway.ts";
import { createLog } from "../log.ts";
import { createOutput } from "../output.ts";
import { type CommonFlags, loadSettings } from "../settings.ts";
import { untilSignal } from "../signals.ts";

interface GatewayFlags extends CommonFlags {
  upstream?: string;
  port?: number;
  host?: string;
  url?: string;
}

/** `culprit gateway`: the recording proxy alone; its spans go to a collector by OTLP. */
export function gatewayCommand(): Command {
  return new Command("gateway")
    .description("the recording proxy alone: an OpenAI-compatible base URL for agents in any language")
    .option("--upstream <url>", "OpenAI-compatible base URL that calls go to")
    .option("--port <port>", "port to listen on, 0 for a free one (default: 4319)", parsePort)
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--url <url>", "the collector that records (default: http://localhost:4318)")
    .action(runGateway);
}

async function runGateway(flags: GatewayFlags): Promise<void> {
  const config = loadSettings(flags, {
    gateway_upstream: flags.upstream,
    gateway_port: flags.port,
    host: flags.host,
    url: flags.url,
  });
  const { gateway_upstream: upstream, url, api_key: apiKey } = config;
  if (upstream === undefined) {
    throw new CulpritError("usage", "The gateway has no upstream.", {
      mend: "Give --upstream URL, such as https://api.openai.com/v1, or set gateway_upstream.",
    });
  }
  const log = createLog(config.log_level);
  if (!config.capture_content) configureContent({ capture: false });
  const gateway = createGateway({
    ...gatewaySettings(config, upstream, log),
    exporter: () => collectorExporter({ url, apiKey }),
  });
  const host = createGatewayHost({ gateway: gateway.app, config, log, health: () => ({ spans: gateway.counts() }) });
  const stopped = untilSignal();
  try {
    const server = await serve(host, { host: config.host, port: config.gateway_port });
    createOutput(flags.json === true).result({ url: server.url, pid: process.pid, upstream: gateway.upstream }, () =>
      [
        `The gateway is up at ${server.url}`,
        `  agents    OPENAI_BASE_URL=${server.url}/runs/RUN/agents/AGENT/v1`,
        `  upstream  ${gateway.upstream}`,
        `  records   at ${url}`,
        `  stop      Ctrl-C`,
      ].join("\n"),
    );
    log("info", `stopping on ${await stopped}`);
    await server.close(config.drain_seconds * 1000);
  } finally {
    await gateway.close(config.drain_seconds * 1000);
  }
}
