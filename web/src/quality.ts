import type { CostFigure } from "@culprit/schemas";

/** What one model took over the window, for one purpose. */
export interface ModelCost {
  what: CostFigure["what"];
  model: string;
  calls: number;
  tokens: number;
  /** Null where the model has no price on some day. */
  cost: number | null;
}

/** Days added up by purpose and model, the dearest first, then by tokens. */
export function byModel(costs: readonly CostFigure[]): ModelCost[] {
  const sums = new Map<string, ModelCost>();
  for (const { what, model, calls, input_tokens, output_tokens, cost } of costs) {
    const key = `${what} ${model}`;
    const known = sums.get(key) ?? { what, model, calls: 0, tokens: 0, cost: 0 };
    known.calls += calls;
    known.tokens += input_tokens + output_tokens;
    known.cost = known.cost === null || cost === null ? null : known.cost + cost;
    sums.set(key, known);
  }
  return [...sums.values()].sort((left, right) => (right.cost ?? 0) - (left.cost ?? 0) || right.tokens - left.tokens);
}

const DAY_MS = 86_400_000;
const LEAST_DAYS = 7;
const MOST_DAYS = 90;

/** Tokens of each day (UTC) up to today, oldest first; a week at least, a quarter at most. */
export function byDay(costs: readonly CostFigure[], what: CostFigure["what"], now: number): number[] {
  const today = Math.floor(now / DAY_MS);
  const days = new Array<number>(MOST_DAYS).fill(0);
  let shown = LEAST_DAYS;
  for (const figure of costs) {
    const back = today - Math.floor(Date.parse(figure.day) / DAY_MS);
    if (figure.what !== what || !(back >= 0 && back < MOST_DAYS)) continue;
    shown = Math.max(shown, back + 1);
    const at = MOST_DAYS - 1 - back;
    days[at] = (days[at] ?? 0) + figure.input_tokens + figure.output_tokens;
  }
  return days.slice(-shown);
}
