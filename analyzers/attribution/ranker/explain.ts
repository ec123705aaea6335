import type { Trajectory } from "@culprit/schemas";
import type { Example } from "./examples.ts";
import { FEATURES } from "./features/groups.ts";
import { type RankerModel, scaledValue } from "./linear.ts";

/** How much one feature speaks for a step against the run's other agent steps, in units of the score. */
export interface Contribution {
  feature: string;
  meaning: string;
  weight: number;
  /** The step has more of the feature than the run's average, so `meaning` can be said of it. */
  present: boolean;
}

/**
 * What moved the decision towards the step at `place`, strongest first: its features against the run's average, and
 * those of its agent's average step.
 */
export function contributions(
  model: RankerModel,
  features: Pick<Example, "style" | "rows" | "agents">,
  place: number,
): Contribution[] {
  const own = model[features.style];
  const { rows, agents } = features;
  const chosen = rows[place];
  if (!chosen) return [];
  const average = meanRow(rows);
  const ownRows = rows.filter((_, i) => agents[i] === agents[place]);
  const ofAgent = meanRow(ownRows);
  const found: Contribution[] = [];
  for (const [i, { name, meaning }] of FEATURES.entries()) {
    const usual = scaledValue(own, i, average[i] ?? 0);
    const excess = scaledValue(own, i, chosen[i] ?? 0) - usual;
    const agentExcess = scaledValue(own, i, ofAgent[i] ?? 0) - usual;
    const weight = excess * (own.weights[i] ?? 0);
    const agentWeight = agentExcess * Math.sqrt(ownRows.length) * (own.agentWeights[i] ?? 0);
    // What is said of a speaker is said of all its steps.
    if (name.startsWith("speaker.")) {
      add(found, { feature: name, meaning, weight: weight + agentWeight, present: excess > 0 });
    } else {
      add(found, { feature: name, meaning, weight, present: excess > 0 });
      const typical = `was taken by an agent whose typical step ${meaning}`;
      add(found, { feature: `agent:${name}`, meaning: typical, weight: agentWeight, present: agentExcess > 0 });
    }
  }
  return found.sort((left, right) => right.weight - left.weight);
}

function add(found: Contribution[], contribution: Contribution): void {
  if (contribution.weight !== 0) found.push(contribution);
}

function meanRow(rows: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(FEATURES.length);
  for (const row of rows) for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) + (row[i] ?? 0);
  return mean.map((sum) => sum / Math.max(1, rows.length));
}

/** A feature that moved the decision, in words, with the step it points to beside the blamed one. */
export interface Evidence {
  feature: string;
  /** The end of "this step …". */
  words: string;
  weight: number;
  /** 0-based step and span that the words are about; the blamed step itself where they speak of nothing else. */
  step: number;
  span_id: string;
}

type Beside = "answer" | "seen" | "next" | "previous";

/** Which step beside the blamed one a feature speaks of, by its name; the first match counts. */
const POINTS_TO: readonly [RegExp, Beside][] = [
  [/^observation\.(?:after_|ignored_failure|repeats_failure|recovers)/, "seen"],
  [/^observation\.(?!none|failures_|code_not_run|last_success)/, "answer"],
  [/^flow\.(?:number_from_code|name_from_code|observation_reaches_end)/, "answer"],
  [/^flow\.(?:seen_overlap|ignores_observation)|^claim\.from_observation/, "seen"],
  [/^check\.(?:doubts_success|approves_failure|concludes_after|approves_success|finds_failure)/, "seen"],
  [/^check\.obeys|^previous\./, "previous"],
  [/^check\.(?:is_|demands_last|before_only)|^next\.|^work\.(?:no_progress|first_no_progress|in_loop)/, "next"],
];

/** At most `count` different reasons for the step at `place`, strongest first, none that speaks against it. */
export function evidence(
  model: RankerModel,
  features: Pick<Example, "style" | "rows" | "agents" | "steps">,
  place: number,
  trajectory: Pick<Trajectory, "steps">,
  count = 4,
): Evidence[] {
  const found: Evidence[] = [];
  for (const { feature, meaning, weight, present } of contributions(model, features, place)) {
    if (weight <= 0 || found.length === count) break;
    if (!present || found.some(({ words }) => words === meaning)) continue;
    const beside = POINTS_TO.find(([pattern]) => pattern.test(feature))?.[1];
    const own = features.steps[place] ?? 0;
    const step = (beside && stepBeside(beside, features.steps, place, trajectory)) ?? own;
    found.push({ feature, words: meaning, weight, step, span_id: trajectory.steps[step]?.span_id ?? "" });
  }
  return found;
}

function stepBeside(
  beside: Beside,
  agentSteps: readonly number[],
  place: number,
  { steps }: Pick<Trajectory, "steps">,
): number | undefined {
  const own = agentSteps[place] ?? 0;
  if (beside === "next") return agentSteps[place + 1];
  if (beside === "previous") return agentSteps[place - 1];
  if (beside === "answer") return steps[own + 1]?.role === "environment" ? own + 1 : undefined;
  for (let step = own - 1; step >= 0; step--) if (steps[step]?.role === "environment") return step;
  return undefined;
}

/** The decision in one sentence, naming the other steps it rests on. */
export function explain(
  features: Pick<Example, "rows" | "agents" | "steps">,
  place: number,
  reasons: readonly Evidence[],
): string {
  const own = features.steps[place];
  const head = `Step ${own} by ${features.agents[place]}`;
  if (features.rows.length === 1) return `${head} is the only agent step of the run.`;
  if (reasons.length === 0) return `${head} is the likeliest by position.`;
  return `${head} ${reasons.map(({ words, step }) => (step === own ? words : `${words} (step ${step})`)).join("; ")}.`;
}
