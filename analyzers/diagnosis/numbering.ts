import type { ClassifiedStep } from "./classify.ts";

/**
 * The one place where steps change their numbers. CodeTracer numbers a run's actions from 1 (an action and what
 * answered it are one step); ours are the 0-based entries of the trajectory, observations included.
 */
export interface Numbering {
  /** CodeTracer's id of an action step; undefined for a step that is no action. */
  idOf(step: number): number | undefined;
  /** Our step of a CodeTracer id; undefined for an id there is not. */
  stepOf(id: number): number | undefined;
  /** Ids there are: 1 to `count`. */
  count: number;
}

export function numberingOf(steps: readonly Pick<ClassifiedStep, "step">[]): Numbering {
  const ids = new Map(steps.map(({ step }, ordinal) => [step, idOfOrdinal(ordinal)]));
  return {
    idOf: (step) => ids.get(step),
    stepOf: (id) => steps[ordinalOfId(id)]?.step,
    count: steps.length,
  };
}

/**
 * A sentence of ours with its steps as CodeTracer numbers them. What it quotes of the run stays as it is; a step that
 * is no action is named by the last action before it.
 */
export function inIds(sentence: string, steps: readonly Pick<ClassifiedStep, "step">[]): string {
  const known = ordinalsOf(steps);
  return sentence
    .split(/(“[^”]*”)/)
    .map((piece, at) =>
      at % 2 === 1
        ? piece
        : piece.replace(/\b([Ss]tep )(\d+)/g, (_, word: string, digits: string) => {
            const ordinal = known.get(Number(digits)) ?? steps.findLastIndex(({ step }) => step <= Number(digits));
            return `${word}${idOfOrdinal(Math.max(0, ordinal))}`;
          }),
    )
    .join("");
}

export function idOfOrdinal(ordinal: number): number {
  return ordinal + 1;
}

export function ordinalOfId(id: number): number {
  return id - 1;
}

const ORDINALS = new WeakMap<object, Map<number, number>>();

/** Positions of the steps, made once a list. */
function ordinalsOf(steps: readonly Pick<ClassifiedStep, "step">[]): Map<number, number> {
  const known = ORDINALS.get(steps) ?? new Map(steps.map(({ step }, ordinal) => [step, ordinal]));
  ORDINALS.set(steps, known);
  return known;
}
