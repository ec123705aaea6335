import type { Config } from "@culprit/schemas";
import { Hono } from "hono";
import { createDoor } from "./access/door.ts";
import { allowOrigins } from "./cors.ts";
import { guard } from "./guard.ts";
import { securityHeaders } from "./headers.ts";
import { type Log, silent } from "./log.ts";
import type { Servable } from "./serve.ts";

export interface GatewayHostOptions {
  /** The recording gateway's app. */
  gateway: Hono;
  config: Config;
  /** What `/healthz` says besides that it lives. */
  health: () => Record<string, unknown>;
  log?: Log | undefined;
}

/** The gateway with a guard before it. */
export interface GatewayHost extends Servable {
  app: Hono;
}

/**
 * The recording gateway alone, without a store: the same guard as the collector's, with the one key of the settings
 * (`api_key`), asked for in `x-culprit-key` where it is set. `GET /healthz` needs none.
 */
export function createGatewayHost({ gateway, config, health, log = silent }: GatewayHostOptions): GatewayHost {
  const door = createDoor({ keys: NO_KEYS, config, log });
  const app = new Hono();
  app.use(securityHeaders);
  app.use(
    guard({
      door,
      host: config.host,
      allowsOrigin: allowOrigins([]),
      refused: (path, code) => log("debug", "request refused", { path, code }),
      isGateway: () => true,
    }),
  );
  app.get("/healthz", (context) => context.json({ status: "ok", ...health() }));
  app.route("/", gateway);
  return { app, secured: () => door.closed() };
}

/** Keys of a store that there is not. */
const NO_KEYS = {
  active: async () => ({ keys: [], any: false }),
  totals: async () => [],
  saveUsage: async () => {},
} as const;
