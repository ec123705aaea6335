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
      "after round 3",
      "against no feedback, points [95 %]",
      "only it solved",
      "only no feedback solved",
      "McNemar p",
      "retries that succeed, %",
      "named an erring agent, %",
    ],
    arms.map((arm) => {
      const own = of(arm);
      const paired = own.map((one) => ({
        one,
        other: none.find((two) => two.task === one.task && two.seed === one.seed),
      }));
      const only = (mine: boolean) =>
        paired.filter(({ one, other }) => other && isSolved(one) === mine && isSolved(other) !== mine).length;
      const { mean, low, high } = bootstrapDifference(
        paired.map(({ one, other }) => ({
          group: one.task,
          difference: Number(isSolved(one)) - Number(other !== undefined && isSolved(other)),
        })),
      );
      const retries = own.reduce((sum, one) => sum + (one.solvedIn ?? ROUNDS - 1), 0);
      const won = own.filter(({ solvedIn }) => solvedIn !== null && solvedIn > 0).length;
      const named = own.flatMap((one) => one.named).filter(({ agent }) => agent !== null);
      const right = named.filter((one) => one.right).length;
      return [
        arm.name,
        `${signed(mean)} [${signed(low)} to ${signed(high)}]`,
        only(true),
        only(false),
        mcnemarExact(only(true), only(false)).toPrecision(2),
        retries === 0 ? "–" : `${percent(won / retries)} of ${retries}`,
        named.length === 0 ? "–" : `${percent(right / named.length)} of ${named.length}`,
      ];
    }),
  );
  return `${byRound}\n\n${against}`;
}

function signed(rate: number): string {
  return `${rate < 0 ? "−" : "+"}${percent(Math.abs(rate))}`;
}
