import { type Analyzer, createShadow, createStrategy, needsEndpoint, type Shadow } from "@culprit/analyzers";
import { type Config, CulpritError } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import type { Log } from "./log.ts";
import { endpointOf, rankerOf } from "./strategies.ts";

/**
 * The configured shadow tracer, over an endpoint of its own; undefined without `shadow_tracer_url`.
 *
 * @throws CulpritError `config_invalid` for a strategy that asks no endpoint, or a cost limit without prices
 */
export function shadowOf(config: Config, store: Store, log: Log): Shadow | undefined {
  const { shadow_tracer_url: url, shadow_tracer_strategy: name } = config;
  if (url === undefined) return undefined;
  if (!needsEndpoint(name)) {
    throw new CulpritError("config_invalid", `A shadow tracer can't be the ${name}: it asks no endpoint.`, {
      mend: "Set CULPRIT_SHADOW_TRACER_STRATEGY to tracer; `culprit tracer compare` compares rankers.",
    });
  }
  const own = shadowSettings(config, url);
  const strategy = createStrategy(name, {
    ranker: rankerOf(config),
    endpoint: endpointOf(own, url),
    constrain: config.tracer_constrain,
    voteSamples: config.vote_samples,
  });
  return createShadow({
    store,
    config,
    log,
    strategy,
    tracer: `${name}:${config.shadow_tracer_model}`,
    concurrency: config.shadow_tracer_concurrency,
    share: config.shadow_tracer_share,
  });
}

/** The settings as they would be with the shadow tracer in use. */
export function shadowSettings(config: Config, url: string): Config {
  const { tracer_api_key: _, tracer_daily_cost_limit: __, tracer_run_cost_limit: ___, ...rest } = config;
  const { shadow_tracer_api_key: key, shadow_tracer_daily_cost_limit: day, shadow_tracer_run_cost_limit: run } = config;
  return {
    ...rest,
    tracer_url: url,
    tracer_model: config.shadow_tracer_model,
    tracer_timeout_seconds: config.shadow_tracer_timeout_seconds,
    tracer_concurrency: config.shadow_tracer_concurrency,
    tracer_price_input_per_million: config.shadow_tracer_price_input_per_million,
    tracer_price_output_per_million: config.shadow_tracer_price_output_per_million,
    ...(key === undefined ? {} : { tracer_api_key: key }),
    ...(day === undefined ? {} : { tracer_daily_cost_limit: day }),
    ...(run === undefined ? {} : { tracer_run_cost_limit: run }),
  };
}

/** The analyzer with a shadow that starts and stops with it. */
export function withShadow(analyzer: Analyzer, shadow: Shadow | undefined): Analyzer {
  if (shadow === undefined) return analyzer;
  return {
    ...analyzer,
    start() {
      analyzer.start();
      shadow.start();
    },
    async stop() {
      await Promise.all([analyzer.stop(), shadow.stop()]);
    },
  };
}
