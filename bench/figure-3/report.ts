import { bootstrapDifference, mcnemarExact, wilson } from "@culprit/analyzers";
import { number, table } from "../measure/table.ts";
import type { Arm } from "./arms.ts";
import { type Played, ROUNDS } from "./play.ts";

const percent = (rate: number) => number(100 * rate, 1);
const ROUND = Array.from({ length: ROUNDS }, (_, round) => round);

/** Loops of one arm that are solved by the end of each round, with Wilson intervals. */
export function curve(played: readonly Played[]) {
  return ROUND.map((round) => wilson(played.filter((one) => isSolved(one, round)).length, played.length));
}

export function isSolved({ solvedIn }: Played, round = ROUNDS - 1): boolean {
  return solvedIn !== null && solvedIn <= round;
}

/** Success by round, and what each arm's attempts after a failed one came to. */
export function renderArms(arms: readonly Arm[], played: readonly Played[]): string {
  const of = (arm: Arm) => played.filter((one) => one.arm === arm.name);
  const byRound = table(
    ["solved by round, % [95 %]", "first attempt", ...ROUND.slice(1).map((round) => `round ${round}`)],
    arms.map((arm) => [
      arm.name,
      ...curve(of(arm)).map(({ accuracy, low, high }) => `${percent(accuracy)} [${percent(low)}–${percent(high)}]`),
    ]),
  );
  const none = arms[0] === undefined ? [] : of(arms[0]);
  const against = table(
    [
      "against no feedback, points [95 %]",
      "after round 1",
      "McNemar p",
      "after round 3",
      "McNemar p",
      "retries that succeed, %",
      "named an erring agent, %",
    ],
    arms.map((arm) => {
      const own = of(arm);
      const retries = own.reduce((sum, one) => sum + (one.solvedIn ?? ROUNDS - 1), 0);
      const won = own.filter(({ solvedIn }) => solvedIn !== null && solvedIn > 0).length;
      const named = own.flatMap((one) => one.named).filter(({ agent }) => agent !== null);
      const right = named.filter((one) => one.right).length;
      return [
        arm.name,
        ...difference(own, none, 1),
        ...difference(own, none, ROUNDS - 1),
        retries === 0 ? "–" : `${percent(won / retries)} of ${retries}`,
        named.length === 0 ? "–" : `${percent(right / named.length)} of ${named.length}`,
      ];
    }),
  );
  return `${byRound}\n\n${against}`;
}

/** More or less loops solved by a round than by the same loops of another arm, and how likely luck makes that. */
function difference(own: readonly Played[], other: readonly Played[], round: number): [string, string] {
  const paired = own.map((one) => {
    const twin = other.find(({ task, seed }) => task === one.task && seed === one.seed);
    return { group: one.task, mine: isSolved(one, round), theirs: twin !== undefined && isSolved(twin, round) };
  });
  const only = (mine: boolean) => paired.filter((one) => one.mine === mine && one.theirs !== mine).length;
  const { mean, low, high } = bootstrapDifference(
    paired.map(({ group, mine, theirs }) => ({ group, difference: Number(mine) - Number(theirs) })),
  );
  const p = mcnemarExact(only(true), only(false));
  return [`${signed(mean)} [${signed(low)} to ${signed(high)}]`, p < 0.001 ? "< 0.001" : p.toFixed(3)];
}

function signed(rate: number): string {
  return `${rate < 0 ? "−" : "+"}${percent(Math.abs(rate))}`;
}
