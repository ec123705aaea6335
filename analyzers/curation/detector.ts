import type { DatasetRecord, DetectorFigure } from "@culprit/schemas";
import { foldsByTask } from "../attribution/ranker/folds.ts";
import { wilson } from "../evaluation/wilson.ts";
import { textOf } from "./contamination.ts";
import { fnv, wordsOf } from "./shingles.ts";

const BITS = 18;
const EPOCHS = 12;
const RATE = 0.5;
const L2 = 1e-5;
const FOLDS = 5;
const SEED = 8;
/** Fewer of a class say nothing. */
const FEWEST = 50;
const FEATURES = "the words, word pairs and character trigrams of what a tracer reads, and who takes which step";

interface Text {
  features: Uint32Array;
  weights: Float32Array;
  injected: boolean;
  task: string;
}

/**
 * How well a linear classifier tells by the surface of the text whether a record's fault was injected or came by itself.
 * Both kinds in equal number; whole tasks are held out, so a task that is known does not help. Null with fewer than 50
 * of either kind.
 */
export function detectInjected(records: readonly DatasetRecord[]): DetectorFigure | null {
  const injected = records.filter(({ evidence }) => evidence === "injected");
  const natural = records.filter(({ evidence }) => evidence === "counterfactual");
  const each = Math.min(injected.length, natural.length);
  if (each < FEWEST) return null;
  const texts = [...injected.slice(0, each), ...natural.slice(0, each)].map(read);
  const fold = foldsByTask(
    texts.map(({ task }) => task),
    FOLDS,
    SEED,
  );
  const scores = new Float64Array(texts.length);
  for (let held = 0; held < FOLDS; held++) {
    const model = train(texts.filter((_, at) => fold[at] !== held));
    for (const [at, text] of texts.entries()) if (fold[at] === held) scores[at] = score(model, text);
  }
  const hits = texts.filter(({ injected: is }, at) => (scores[at] ?? 0) > 0 === is).length;
  return {
    n: texts.length,
    folds: FOLDS,
    accuracy: wilson(hits, texts.length),
    auc: rocArea(
      texts.flatMap(({ injected: is }, at) => (is ? [scores[at] ?? 0] : [])),
      texts.flatMap(({ injected: is }, at) => (is ? [] : [scores[at] ?? 0])),
    ),
    features: FEATURES,
  };
}

function read(record: DatasetRecord): Text {
  const counts = new Map<number, number>();
  const add = (feature: string) => {
    const at = fnv(feature) >>> (32 - BITS);
    counts.set(at, (counts.get(at) ?? 0) + 1);
  };
  const text = textOf(record);
  const words = wordsOf(text);
  for (const [at, word] of words.entries()) {
    add(word);
    if (at > 0) add(`${words[at - 1]} ${word}`);
  }
  const flat = text.replace(/\s+/g, " ").toLowerCase();
  for (let at = 0; at + 3 <= flat.length; at++) add(`#${flat.slice(at, at + 3)}`);
  for (const { step, name } of record.history) add(`@${step} ${name}`);
  add(`@length ${record.history.length}`);
  // Sublinear counts, unit length: a long text says no more than a short one.
  const weights = Float32Array.from(counts.values(), (count) => 1 + Math.log(count));
  const norm = Math.hypot(...weights) || 1;
  return {
    features: Uint32Array.from(counts.keys()),
    weights: weights.map((weight) => weight / norm),
    injected: record.evidence === "injected",
    task: record.task_id,
  };
}

interface Model {
  weights: Float64Array;
  bias: number;
}

/** Logistic regression with AdaGrad. */
function train(texts: readonly Text[]): Model {
  const model: Model = { weights: new Float64Array(2 ** BITS), bias: 0 };
  const seen = new Float64Array(2 ** BITS).fill(1e-6);
  // The classes alternate, so that no end of the pass is of one class only.
  const [left, right] = [texts.filter(({ injected }) => injected), texts.filter(({ injected }) => !injected)];
  const order = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => [left[at], right[at]]).flat();
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const text of order) {
      if (text === undefined) continue;
      const slope = 1 / (1 + Math.exp(-score(model, text))) - (text.injected ? 1 : 0);
      for (const [at, feature] of text.features.entries()) {
        const gradient = slope * (text.weights[at] ?? 0) + L2 * (model.weights[feature] ?? 0);
        seen[feature] = (seen[feature] ?? 0) + gradient * gradient;
        model.weights[feature] = (model.weights[feature] ?? 0) - (RATE * gradient) / Math.sqrt(seen[feature] ?? 1);
      }
      model.bias -= 0.01 * slope;
    }
  }
  return model;
}

function score({ weights, bias }: Model, text: Text): number {
  let sum = bias;
  for (const [at, feature] of text.features.entries()) sum += (weights[feature] ?? 0) * (text.weights[at] ?? 0);
  return sum;
}

/** Area under the ROC curve with its 95 % interval (Hanley and McNeil 1982). */
export function rocArea(
  positives: readonly number[],
  negatives: readonly number[],
): { value: number; low: number; high: number } {
  const [p, n] = [positives.length, negatives.length];
  if (p === 0 || n === 0) return { value: 0.5, low: 0, high: 1 };
  const ranked = [
    ...positives.map((score) => ({ score, positive: true })),
    ...negatives.map((score) => ({ score, positive: false })),
  ].sort((left, right) => left.score - right.score);
  let ranks = 0;
  for (let from = 0; from < ranked.length; ) {
    let to = from;
    while (ranked[to]?.score === ranked[from]?.score && to < ranked.length) to++;
    // Ties share their ranks.
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) if (ranked[at]?.positive) ranks += rank;
    from = to;
  }
  const area = (ranks - (p * (p + 1)) / 2) / (p * n);
  const q1 = area / (2 - area);
  const q2 = (2 * area * area) / (1 + area);
  const variance = (area * (1 - area) + (p - 1) * (q1 - area * area) + (n - 1) * (q2 - area * area)) / (p * n);
  const half = 1.959963984540054 * Math.sqrt(Math.max(0, variance));
  return { value: area, low: Math.max(0, area - half), high: Math.min(1, area + half) };
}
