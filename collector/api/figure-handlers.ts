import { type Config, type CostFigure, shareOf, timeWindow } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import type { Handlers } from "./handlers.ts";

export interface FigureOptions {
  figures: Store["figures"];
  config: Pick<
    Config,
    "model_prices" | "tracer_model" | "tracer_price_input_per_million" | "tracer_price_output_per_million"
  >;
}

/** What a project's runs add up to. */
export function figureHandlers({
  figures,
  config,
}: FigureOptions): Pick<
  Handlers,
  "blameFigures" | "agentFigures" | "runFigures" | "costFigures" | "strategyFigures" | "handoffFigures"
> {
  return {
    blameFigures: async ({ query: { part, ...window } }, { project }) => {
      const rows = await figures.blame({ ...timeWindow(window), project, part });
      return { blame: rows.map(({ hour, ...row }) => ({ at: hour, ...row })) };
    },

    agentFigures: async ({ query }, { project }) => ({
      agents: await figures.agents({ ...timeWindow(query), project }),
    }),

    runFigures: async ({ query }, { project }) => await figures.runs({ ...timeWindow(query), project }),

    costFigures: async ({ query }, { project }) => {
      const rows = await figures.tokens({ ...timeWindow(query), project });
      return { costs: rows.map((row) => ({ ...row, cost: costOf(row, config) })) };
    },

    strategyFigures: async ({ query }, { project }) => {
      const filter = { ...timeWindow(query), project };
      const [agreement, accuracy, calibration] = await Promise.all([
        figures.agreement(filter),
        figures.accuracy(filter),
        figures.calibration(filter),
      ]);
      return {
        agreement: agreement.map(({ left, right, runs, same_agent, same_step }) => ({
          left,
          right,
          agent: shareOf(same_agent, runs),
          step: shareOf(same_step, runs),
        })),
        accuracy: accuracy.map(({ left, runs, same_agent, same_step }) => ({
          strategy: left,
          agent: shareOf(same_agent, runs),
          step: shareOf(same_step, runs),
        })),
        calibration,
      };
    },

    handoffFigures: async ({ query }, { project }) => await figures.team({ ...timeWindow(query), project }),
  };
}

/** Tokens at the model's price; nothing for what is embedded, null where no price is set. */
function costOf(row: Omit<CostFigure, "cost">, config: FigureOptions["config"]): number | null {
  const { tracer_price_input_per_million: input, tracer_price_output_per_million: output } = config;
  const tracer = row.model === config.tracer_model && input + output > 0 ? { input, output } : undefined;
  const price = Object.hasOwn(config.model_prices, row.model) ? config.model_prices[row.model] : tracer;
  if (row.input_tokens + row.output_tokens === 0) return 0;
  if (price === undefined) return null;
  return (row.input_tokens * price.input + row.output_tokens * price.output) / 1e6;
}
