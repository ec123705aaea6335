import { createRanker, diagnoseByRules, seededRandom, setScore, understand, wilson } from "@culprit/analyzers";
import type { Trajectory } from "@culprit/schemas";
import { number } from "../measure/table.ts";
import type { SeededFailure } from "./seeded-failures.ts";

/** What a contestant says of one run: which steps are wrong, and which one decides. */
export interface Said {
  incorrect: ReadonlySet<number>;
  decisive: number | null;
}

export type Contestant = (trajectory: Trajectory, id: string) => Said | Promise<Said>;

function single(step: number | undefined): Said {
  return step === undefined ? { incorrect: new Set(), decisive: null } : { incorrect: new Set([step]), decisive: step };
}

function agentSteps({ steps }: Trajectory): number[] {
  return steps.filter(({ role }) => role === "agent").map(({ index }) => index);
}

function changes(trajectory: Trajectory): number[] {
  return understand(trajectory)
    .steps.filter((step) => step.class === "change")
    .map(({ step }) => step);
}

/** Whoever says which step it was. All but the random one are asked once. */
export async function contestants(): Promise<Record<string, Contestant>> {
  const ranker = createRanker();
  return {
    "rules (culprit diagnose)": (trajectory) => {
      const { incorrect, attribution } = diagnoseByRules(trajectory);
      return { incorrect: new Set(incorrect.map(({ step }) => step)), decisive: attribution.step };
    },
    ranker: async (trajectory) => single((await ranker.attribute(trajectory)).step ?? undefined),
    "first change": (trajectory) => single(changes(trajectory)[0] ?? agentSteps(trajectory).at(-1)),
    "last change": (trajectory) => single(changes(trajectory).at(-1) ?? agentSteps(trajectory).at(-1)),
    "last step": (trajectory) => single(agentSteps(trajectory).at(-1)),
    "random step": (trajectory, id) => single(seededRandom(id, "random").pick(agentSteps(trajectory))),
  };
}

/** One row of the table: macro precision, recall and F1 of the wrong steps, and how often the decisive one is right. */
export async function measure(contestant: Contestant, failures: readonly SeededFailure[]): Promise<string[]> {
  const sums = { precision: 0, recall: 0, f1: 0, decisive: 0 };
  for (const { trajectory, incorrect, step, id } of failures) {
    const said = await contestant(trajectory, id);
    const score = setScore(said.incorrect, new Set(incorrect));
    sums.precision += score.precision;
    sums.recall += score.recall;
    sums.f1 += score.f1;
    if (said.decisive === step) sums.decisive++;
  }
  const share = (sum: number) => number((100 * sum) / failures.length);
  const { low, high } = wilson(sums.decisive, failures.length);
  return [
    share(sums.precision),
    share(sums.recall),
    share(sums.f1),
    `${share(sums.decisive)} (${number(100 * low)}–${number(100 * high)})`,
  ];
}
