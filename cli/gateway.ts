import { type Access, accessOf, type Collector, GATEWAY_MOUNT } from "@culprit/collector";
import { createGateway, type Gateway, type GatewayOptions, localExporter } from "@culprit/instrumentation/gateway";
import { type Config, SCOPES } from "@culprit/schemas";
import type { Log } from "./log.ts";

/** What the settings say of the gateway. */
export function gatewaySettings(config: Config, upstream: string, log: Log): Omit<GatewayOptions, "exporter"> {
  return {
    upstream,
    agentRules: config.gateway_agent_rules,
    runIdleMs: config.gateway_run_idle_seconds * 1000,
    silenceMs: config.gateway_timeout_seconds * 1000,
    maxRequestBytes: config.gateway_max_request_bytes,
    maxResponseBytes: config.gateway_max_response_bytes,
    queue: { warn: (message) => log("warn", message) },
    warn: (message) => log("warn", message),
  };
}

/**
 * The gateway inside a collector's process: a call is recorded in the project of its key, and the spans are handed over
 * without a socket.
 *
 * @param collector the collector that is made with this gateway's app
 * @returns undefined when the settings name no upstream
 */
export function mountedGateway(config: Config, log: Log, collector: () => Collector): Gateway | undefined {
  const { gateway_upstream: upstream } = config;
  if (upstream === undefined) return undefined;
  return createGateway({
    ...gatewaySettings(config, upstream, log),
    mount: GATEWAY_MOUNT,
    projectOf: (context) => {
      const access = accessOf(context);
      // Counted now, while it is known whose they are: about one span a call.
      access.spend(1);
      return access.project;
    },
    exporter: (project) => localExporter((request) => collector().receive(request, recordingIn(project))),
  });
}

/** The guard has looked at the caller's key; what is recorded of its calls needs no other. */
function recordingIn(project: string): Access {
  return { project, scopes: SCOPES, key_id: "", operator: false, spend: () => {} };
}
