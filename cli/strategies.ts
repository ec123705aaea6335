import {
  createEndpoint,
  createRanker,
  createStrategy,
  loadRankerWeights,
  needsEndpoint,
  type Ranker,
  type Strategy,
  type TokenPrices,
} from "@culprit/analyzers";
import { type Config, CulpritError, STRATEGY_NAMES } from "@culprit/schemas";

/** The strategies this configuration offers. */
export interface Strategies {
  /** By their names; a `vote:NAME` once it was chosen. */
  byName: ReadonlyMap<string, Strategy>;
  /**
   * @param name as typed; the configured one when absent
   * @throws CulpritError `usage` naming what there is
   */
  choose(name?: string): { strategy: Strategy; fallback?: Strategy };
}

/**
 * The ranker always; where `tracer_url` is set, every strategy that asks a model, with the ranker behind it. They share
 * one endpoint: its slots, its circuit breaker and its cost limits.
 *
 * @throws CulpritError `config_invalid` for a cost limit without prices
 */
export function createStrategies(config: Config): Strategies {
  const ranker = rankerOf(config);
  const endpoint = config.tracer_url === undefined ? undefined : endpointOf(config, config.tracer_url);
  const parts = { ranker, endpoint, constrain: config.tracer_constrain, voteSamples: config.vote_samples };
  const made = new Map<string, Strategy>();
  const make = (name: string): Strategy => {
    const strategy = made.get(name) ?? createStrategy(name, parts);
    made.set(name, strategy);
    return strategy;
  };
  for (const name of STRATEGY_NAMES) if (endpoint !== undefined || !needsEndpoint(name)) make(name);
  const usual = config.strategy ?? (endpoint === undefined ? "ranker" : "tracer");
  return {
    byName: made,
    choose(name = usual) {
      const strategy = make(name);
      return strategy === ranker ? { strategy } : { strategy, fallback: ranker };
    },
  };
}

/** The configured ranker. */
export function rankerOf(config: Config): Ranker {
  return createRanker(loadRankerWeights(config.ranker_weights), { abstainBelow: config.ranker_abstain_below });
}

/** The configured model endpoint. */
export function endpointOf(config: Config, url: string) {
  const prices = { input: config.tracer_price_input_per_million, output: config.tracer_price_output_per_million };
  const limited = config.tracer_daily_cost_limit !== undefined || config.tracer_run_cost_limit !== undefined;
  if (limited && prices.input + prices.output === 0) {
    throw new CulpritError("config_invalid", "A cost limit is set but no price.", {
      mend: "Set CULPRIT_TRACER_PRICE_INPUT_PER_MILLION and CULPRIT_TRACER_PRICE_OUTPUT_PER_MILLION.",
    });
  }
  return createEndpoint({
    url,
    model: config.tracer_model,
    apiKey: config.tracer_api_key,
    timeoutMs: config.tracer_timeout_seconds * 1000,
    concurrency: config.tracer_concurrency,
    cost: { prices, dayLimit: config.tracer_daily_cost_limit, runLimit: config.tracer_run_cost_limit },
  });
}

/** The configured prices, where there are any. */
export function pricesOf(config: Config): TokenPrices | undefined {
  const input = config.tracer_price_input_per_million;
  const output = config.tracer_price_output_per_million;
  return input + output > 0 ? { input, output } : undefined;
}
