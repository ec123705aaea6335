import { textMessage } from "@culprit/schemas";
import type { Oracle } from "../oracle.ts";
import { recordedTurns } from "../workspace/recorded-turns.ts";
import { shellModel, toolOf } from "../workspace/shell-model.ts";

export interface StrategyOptions {
  /** 0-based step at which the agent is told. */
  step: number;
  /** What it should do differently, in words. */
  strategy: string;
  /** OpenAI-compatible base URL of the agent's own model. */
  upstream: string;
  /** The recorded model when not given. */
  model?: string | undefined;
  apiKey?: string | undefined;
}

/**
 * The agent corrects itself: asked again at one step what it was asked, with a corrective strategy after it. What it
 * then does is the correction; the strategy itself is not in the replayed run.
 */
export function strategyOracle({ step: at, strategy, upstream, model, apiKey }: StrategyOptions): Oracle {
  return async ({ trajectory, step }) => {
    if (step.index !== at) return null;
    const tool = toolOf(recordedTurns(trajectory).map((turn) => turn.action));
    const ask = shellModel({ baseUrl: upstream, model: model ?? step.model, apiKey, tool });
    const told = `Before you go on, take this into account:\n\n${strategy}`;
    return ask([...step.input, textMessage("user", told)]);
  };
}
