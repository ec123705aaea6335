/** One trajectory as the model sees it: a row of scaled features per agent step, and which row is the decisive one. */
export interface Choice {
  rows: Float64Array[];
  /** Place of the labelled row, or -1 when the label is no agent step. */
  target: number;
  /** How much the trajectory counts; 1 when absent. */
  weight?: number;
  /** A score that each row has before any weight is learned; 0 when absent. */
  offsets?: Float64Array;
}

export interface FitOptions {
  /** L2 strength of each weight, or of all. */
  penalty: Float64Array | number;
  iterations?: number;
}

/** Softmax of scores. */
export function softmax(scores: Float64Array, temperature = 1): Float64Array {
  let top = Number.NEGATIVE_INFINITY;
  for (const score of scores) top = Math.max(top, score / temperature);
  const chances = new Float64Array(scores.length);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += chances[i] = Math.exp((scores[i] ?? 0) / temperature - top);
  for (let i = 0; i < scores.length; i++) chances[i] = (chances[i] ?? 0) / sum;
  return chances;
}

/** Softmax over the rows of one trajectory. */
export function probabilities(rows: readonly Float64Array[], weights: Float64Array, temperature = 1): Float64Array {
  const scores = Float64Array.from(rows, (row) => {
    let score = 0;
    for (let i = 0; i < weights.length; i++) score += (weights[i] ?? 0) * (row[i] ?? 0);
    return score;
  });
  return softmax(scores, temperature);
}

/**
 * Conditional logit (McFadden 1974): the weights that make the labelled steps most probable among the agent steps
 * of their own trajectory, under an L2 penalty. Deterministic: L-BFGS from zero.
 *
 * @param places which features to use, all by default; the weights come in this order
 */
export function fit(
  choices: readonly Choice[],
  size: number,
  { penalty, iterations = 60 }: FitOptions,
  places: Int32Array = Int32Array.from({ length: size }, (_, i) => i),
): Float64Array {
  const usable = choices.filter((choice) => choice.target >= 0 && choice.rows.length > 1);
  const width = places.length;
  const table = new Float64Array(width * usable.reduce((sum, { rows }) => sum + rows.length, 0));
  let at = 0;
  for (const { rows } of usable) for (const row of rows) for (const place of places) table[at++] = row[place] ?? 0;
  return minimise(width, iterations, (weights, gradient) => {
    let loss = 0;
    for (let i = 0; i < width; i++) {
      const weight = weights[i] ?? 0;
      const strength = typeof penalty === "number" ? penalty : (penalty[i] ?? 0);
      loss += 0.5 * strength * weight * weight;
      gradient[i] = strength * weight;
    }
    let start = 0;
    for (const { rows, target, weight = 1, offsets } of usable) {
      const scores = new Float64Array(rows.length);
      for (let place = 0; place < scores.length; place++) {
        const base = start + place * width;
        let score = offsets?.[place] ?? 0;
        for (let i = 0; i < width; i++) score += (weights[i] ?? 0) * (table[base + i] ?? 0);
        scores[place] = score;
      }
      const chance = softmax(scores);
      loss -= weight * Math.log(Math.max(1e-300, chance[target] ?? 0));
      for (let place = 0; place < chance.length; place++) {
        const pull = weight * ((chance[place] ?? 0) - (place === target ? 1 : 0));
        if (Math.abs(pull) < 1e-9) continue;
        const base = start + place * width;
        for (let i = 0; i < width; i++) gradient[i] = (gradient[i] ?? 0) + pull * (table[base + i] ?? 0);
      }
      start += rows.length * width;
    }
    return loss;
  });
}

const MEMORY = 8;

/** L-BFGS with a backtracking line search on a smooth convex function that writes its gradient. */
export function minimise(
  size: number,
  iterations: number,
  value: (at: Float64Array, gradient: Float64Array) => number,
): Float64Array {
  let at = new Float64Array(size);
  let gradient = new Float64Array(size);
  let loss = value(at, gradient);
  const moves: { step: Float64Array; change: Float64Array; scale: number }[] = [];
  for (let round = 0; round < iterations; round++) {
    const direction = descent(gradient, moves);
    const slope = dot(direction, gradient);
    if (slope > -1e-10) break;
    let rate = round === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let next = at;
    let nextGradient = gradient;
    let nextLoss = loss;
    for (let attempt = 0; attempt < 25; attempt++) {
      next = at.map((x, i) => x + rate * (direction[i] ?? 0));
      nextGradient = new Float64Array(size);
      nextLoss = value(next, nextGradient);
      if (nextLoss <= loss + 1e-4 * rate * slope) break;
      rate /= 2;
    }
    if (nextLoss > loss) break;
    const step = next.map((x, i) => x - (at[i] ?? 0));
    const change = nextGradient.map((x, i) => x - (gradient[i] ?? 0));
    const curvature = dot(step, change);
    if (curvature > 1e-12) {
      moves.push({ step, change, scale: 1 / curvature });
      if (moves.length > MEMORY) moves.shift();
    }
    const gain = loss - nextLoss;
    [at, gradient, loss] = [next, nextGradient, nextLoss];
    if (gain < 1e-6 * Math.abs(loss)) break;
  }
  return at;
}

function descent(
  gradient: Float64Array,
  moves: readonly { step: Float64Array; change: Float64Array; scale: number }[],
): Float64Array {
  const direction = gradient.map((x) => -x);
  const alphas: number[] = [];
  for (const { step, change, scale } of [...moves].reverse()) {
    const alpha = scale * dot(step, direction);
    alphas.push(alpha);
    for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] ?? 0) - alpha * (change[i] ?? 0);
  }
  const last = moves.at(-1);
  const shrink = last ? 1 / (last.scale * dot(last.change, last.change)) : 1;
  for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] ?? 0) * shrink;
  for (const { step, change, scale } of moves) {
    const beta = scale * dot(change, direction);
    const alpha = alphas.pop() ?? 0;
    for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] ?? 0) + (alpha - beta) * (step[i] ?? 0);
  }
  return direction;
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] ?? 0) * (right[i] ?? 0);
  return sum;
}
