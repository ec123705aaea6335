// Figure 3 of the AgenTracer paper on the coding team: success by round of a self-correction loop, by who gives the
// feedback. A scripted endpoint answers for every model, critics included: no language model runs here. Everything else
// is real: the SDK's loop, OTLP over HTTP, a collector and its analyzer in a process of their own, the ranker, replay.
//
//   node bench/dist/figure-3/figure-3.js [SEEDS] [--tasks N] [--arms NAME,NAME] [--rules-only]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { HABITS, type Habits, TASKS } from "@culprit/examples";
import PQueue from "p-queue";
import { publish } from "../measure/publish.ts";
import { number, table } from "../measure/table.ts";
import { REPOSITORY } from "../systems/repository.ts";
import { ARMS, type Arm, TAUGHT } from "./arms.ts";
import { type Played, play, type Setting } from "./play.ts";
import { plotCurves } from "./plot.ts";
import { curve, renderArms } from "./report.ts";
import { collectorSetting, memorySetting } from "./settings.ts";
import { type Taught, teach, UNTAUGHT } from "./teach.ts";

const AT_ONCE = 6;
const SEEDS = 6;
/** The rules turned one way and the other, to see what rests on them. */
const OTHER_HABITS: Record<string, Habits> = {
  "as above": HABITS,
  "a quotation counts for nothing": { ...HABITS, mends: 0.7, mendsShown: 0.7 },
  "stubborn: feedback is mostly not heeded": { ...HABITS, mends: 0.25, mendsShown: 0.5, spoils: 0.2 },
  "suggestible: whoever is named changes something": { ...HABITS, mends: 0.8, mendsShown: 0.95, spoils: 0.8 },
  "luck: half of the mistakes are not made again": { ...HABITS, errs: 0.5 },
};
/** How often Self-Refine shares the team's misconception. */
const BLINDNESS = [0, 0.5];
const RULES_ARMS: readonly string[] = ["no feedback", "wrong blame", "Self-Refine", "CRITIC", "Culprit: ranker"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tasks: { type: "string" }, arms: { type: "string" }, "rules-only": { type: "boolean" } },
});
const seeds = Array.from({ length: Number(positionals[0] ?? SEEDS) }, (_, index) => index + 1);
const tasks = TASKS.slice(0, Number(values.tasks ?? TASKS.length));
const arms = ARMS.filter(({ name }) => values.arms === undefined || values.arms.split(",").includes(name));
const whole = values.tasks === undefined && values.arms === undefined;
const loops = seeds.length * tasks.length;
const queue = new PQueue({ concurrency: AT_ONCE });
const began = Date.now();

if (!values["rules-only"]) await main();
await rules();

async function main(): Promise<void> {
  const setting = await collectorSetting();
  try {
    const taught = arms.some(({ name }) => name === TAUGHT) ? await teach(setting, queue) : UNTAUGHT;
    say(`taught by ${taught.labelled} of ${taught.failed} failures`);
    const played = await playAll(arms, setting, { taught });
    // The analyzer comes by a moment after the last run.
    await sleep(5_000);
    const figures = await setting.client?.call("roundFigures");
    const counted = figures?.rounds.map(
      ({ round, told, untold }) =>
        `round ${round}: ${told.k} of ${told.n} told succeeded, ${untold.k} of ${untold.n} untold`,
    );
    show("figure-3", [
      `${tasks.length} tasks × ${seeds.length} seeds = ${loops} loops an arm, up to three retries each. Scripted endpoint; ${JSON.stringify(HABITS)}. The taught ranker: ${taught.labelled} of ${taught.failed} failures of other seeds labelled by replay, tuned on the other half of the tasks.`,
      renderArms(arms, played),
      `The collector's own count of the ranker's loops and of those that were told nothing by it: ${counted?.join("; ")}.`,
    ]);
    if (!whole) return;
    const curves = arms.map((arm) => ({ arm, points: curve(played.filter((one) => one.arm === arm.name)) }));
    const subtitle = `Coding team, scripted endpoint (no language model), ${loops} loops a line, 95 % Wilson intervals`;
    const svg = plotCurves("Solved by round, by who gives the feedback", subtitle, curves);
    writeFileSync(join(REPOSITORY, "docs/figure-3.svg"), svg);
  } finally {
    await setting.close();
  }
}

/** The same loops under other rules, recorded in memory and ranked in this process. */
async function rules(): Promise<void> {
  const some = arms.filter(({ name }) => RULES_ARMS.includes(name));
  if (some.length === 0) return;
  const setting = await memorySetting();
  try {
    const at = (played: readonly Played[], arm: string) =>
      number(100 * (curve(played.filter((one) => one.arm === arm)).at(-1)?.accuracy ?? 0), 1);
    const rows: string[][] = [];
    for (const [name, habits] of Object.entries(OTHER_HABITS)) {
      const played = await playAll(some, setting, { habits });
      rows.push([name, ...some.map((arm) => at(played, arm.name))]);
    }
    const refining = some.filter(({ name }) => name === "Self-Refine");
    const blind: string[] = [];
    for (const blindness of BLINDNESS) {
      const solved = at(await playAll(refining, setting, { blindness }), "Self-Refine");
      blind.push(`${solved} % when it shares ${number(100 * blindness, 0)} % of the team's misconceptions`);
    }
    show("figure-3-rules", [
      `Solved after round 3 under other rules, %, ${loops} loops an arm:`,
      table(["rules", ...some.map(({ name }) => name)], rows),
      `Self-Refine solves ${blind.join(", ")}; above it shares as many as the team makes (${number(100 * HABITS.errs, 0)} %).`,
    ]);
  } finally {
    await setting.close();
  }
}

async function playAll(
  of: readonly Arm[],
  setting: Setting,
  { taught = UNTAUGHT, ...more }: { taught?: Taught; blindness?: number; habits?: Habits },
): Promise<Played[]> {
  const jobs = of.flatMap((arm) =>
    seeds.flatMap((seed) =>
      tasks.map((task) => ({ arm, seed, task, taught: taught.rankerFor(task), ...setting, ...more })),
    ),
  );
  let done = 0;
  return await Promise.all(
    jobs.map((job) =>
      queue.add(async () => {
        const one = await play(job);
        if (++done % 100 === 0) say(`${done} of ${jobs.length} loops`);
        return one;
      }),
    ),
  );
}

/** Prints the parts, and keeps them in the page where this was a whole run. */
function show(name: string, parts: readonly string[]): void {
  const text = parts.join("\n\n");
  console.log(`${text}\n`);
  if (whole) publish(join(REPOSITORY, "docs/feedback.md"), name, text);
}

function say(text: string): void {
  console.error(`${text}, ${Math.round((Date.now() - began) / 1000)} s`);
}
