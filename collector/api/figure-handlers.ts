import {
  type BenchmarkFigure,
  CALIBRATION_BINS,
  type Calibration,
  type Config,
  type CostFigure,
  shareOf,
  timeWindow,
} from "@culprit/schemas";
import type { ConfidenceBin, Store } from "@culprit/store";
import type { Handlers } from "./handlers.ts";

export interface FigureOptions {
  benchmarks?: readonly BenchmarkFigure[] | undefined;
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
  benchmarks = [],
}: FigureOptions): Pick<
  Handlers,
  | "blameFigures"
  | "agentFigures"
  | "runFigures"
  | "costFigures"
  | "strategyFigures"
  | "calibrationFigures"
  | "handoffFigures"
  | "benchmarkFigures"
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
      const [agreement, accuracy] = await Promise.all([figures.agreement(filter), figures.accuracy(filter)]);
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
      };
    },

    benchmarkFigures: async () => ({ benchmarks: [...benchmarks] }),

    handoffFigures: async ({ query }, { project }) => await figures.team({ ...timeWindow(query), project }),

    calibrationFigures: async ({ query }, { project }) => {
      const rows = await figures.calibration({ ...timeWindow(query), project });
      const strategies = [...new Set(rows.map(({ strategy }) => strategy))];
      return {
        calibration: strategies.map((strategy) =>
          calibrationOf(
            strategy,
            rows.filter((row) => row.strategy === strategy),
          ),
        ),
      };
    },
  };
}

/** The bins of one strategy, empty ones included. Pure. */
function calibrationOf(strategy: string, rows: readonly ConfidenceBin[]): Calibration {
  const runs = rows.reduce((sum, row) => sum + row.runs, 0);
  // |confidence - share of right ones|, weighted by n: n cancels.
  const distance = rows.reduce((sum, row) => sum + Math.abs(row.confidence - row.same_step), 0);
  return {
    strategy,
    runs,
    expected_error: runs === 0 ? null : Math.min(1, distance / runs),
    bins: Array.from({ length: CALIBRATION_BINS }, (_, tenth) => {
      const row = rows.find((one) => one.tenth === tenth);
      const n = row?.runs ?? 0;
      return {
        from: tenth / CALIBRATION_BINS,
        to: (tenth + 1) / CALIBRATION_BINS,
        mean_confidence: n === 0 ? null : Math.min(1, (row?.confidence ?? 0) / n),
        agent: shareOf(row?.same_agent ?? 0, n),
        step: shareOf(row?.same_step ?? 0, n),
      };
    }),
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
