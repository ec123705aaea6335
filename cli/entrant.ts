import { existsSync } from "node:fs";
import { createStrategy, type Entrant, loadRankerWeights, needsEndpoint } from "@culprit/analyzers";
import { type Config, CulpritError, STRATEGY_NAMES } from "@culprit/schemas";
import { shadowSettings } from "./shadow.ts";
import { createStrategies, endpointOf, pricesOf, rankerOf } from "./strategies.ts";
import { find, reach } from "./tracer-check.ts";

/** Somebody who attributes, as named on a command line. */
export interface NamedEntrant extends Entrant {
  /** @throws CulpritError `tracer_unreachable`, `tracer_model_missing` where its endpoint could not be asked */
  check(): Promise<void>;
}

/** What can be compared, for help texts. */
export const ENTRANT_FORMS =
  "a strategy of the settings, ranker:WEIGHTS.json, STRATEGY:MODEL@URL such as tracer:mine@http://localhost:8000/v1, or a file of predictions";

const OWN_ENDPOINT = /^((?:vote:)?[a-z0-9-]+):(.+)@(https?:\/\/\S+)$/;

/**
 * Reads who is meant. A key goes only to the endpoint it was set for: `tracer_api_key` to `tracer_url`,
 * `shadow_tracer_api_key` to `shadow_tracer_url`.
 *
 * @throws CulpritError `usage`
 */
export function namedEntrant(text: string, config: Config): NamedEntrant {
  const unchecked = async () => {};
  const weights = /^ranker:(.+)$/.exec(text)?.[1];
  if (weights !== undefined) {
    return { name: text, contestant: { strategy: "ranker" }, weights: loadRankerWeights(weights), check: unchecked };
  }
  if (text === "ranker") {
    return {
      name: text,
      contestant: { strategy: text },
      weights: loadRankerWeights(config.ranker_weights),
      check: unchecked,
    };
  }
  const [, strategy, model, url] = OWN_ENDPOINT.exec(text) ?? [];
  if (strategy !== undefined && model !== undefined && url !== undefined) {
    return servedEntrant(text, { strategy, model, url }, config);
  }
  if (existsSync(text)) return { name: text, contestant: { predictions: text }, check: unchecked };
  if ((STRATEGY_NAMES as readonly string[]).includes(text) || text.startsWith("vote:")) {
    const { tracer_url: configured, tracer_model } = config;
    return {
      name: text,
      contestant: { strategy: createStrategies(config).choose(text).strategy },
      check: async () => {
        if (configured !== undefined && needsEndpoint(text)) await reachable(configured, tracer_model, config);
      },
      prices: pricesOf(config),
    };
  }
  throw new CulpritError("usage", `${text} is nobody who could be compared.`, { mend: `Name ${ENTRANT_FORMS}.` });
}

function servedEntrant(
  name: string,
  { strategy, model, url }: { strategy: string; model: string; url: string },
  config: Config,
): NamedEntrant {
  const own = ownSettings(config, url, model);
  if (!needsEndpoint(strategy)) {
    throw new CulpritError("usage", `The strategy ${strategy} asks no endpoint.`, { mend: `Name ${ENTRANT_FORMS}.` });
  }
  const made = createStrategy(strategy, {
    ranker: rankerOf(config),
    endpoint: endpointOf(own, url),
    constrain: config.tracer_constrain,
    voteSamples: config.vote_samples,
  });
  return { name, contestant: { strategy: made }, check: () => reachable(url, model, own), prices: pricesOf(own) };
}

/** The settings with this endpoint in the place of the configured one, and no key, price or limit of another. */
function ownSettings(config: Config, url: string, model: string): Config {
  if (url === config.tracer_url) return { ...config, tracer_model: model };
  if (url === config.shadow_tracer_url) return { ...shadowSettings(config, url), tracer_model: model };
  const { tracer_api_key: _, tracer_daily_cost_limit: __, tracer_run_cost_limit: ___, ...rest } = config;
  const free = { tracer_price_input_per_million: 0, tracer_price_output_per_million: 0 };
  return { ...rest, ...free, tracer_url: url, tracer_model: model };
}

async function reachable(url: string, model: string, config: Config): Promise<void> {
  const { value: models } = await reach({ ...config, tracer_url: url, tracer_model: model });
  if (models.length > 0) await find({ ...config, tracer_url: url, tracer_model: model }, models);
}
