// Figure 3 of the AgenTracer paper on the coding team: success by round of a self-correction loop, by who gives the
// feedback. A scripted endpoint answers for every model, critics included: no language model runs here. Everything else
// is real: the SDK's loop, OTLP over HTTP, a collector and its analyzer in a process of their own, the ranker, replay.
//
//   node bench/dist/figure-3/figure-3.js [SEEDS] [--tasks N] [--arms NAME,NAME] [--sensitivity]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { HABITS, type Habits, TASKS } from "@culprit/examples";
import { startTracing } from "@culprit/instrumentation";
import { createClient } from "@culprit/schemas";
import PQueue from "p-queue";
import { publish } from "../measure/publish.ts";
import { number, table } from "../measure/table.ts";
import { temporaryDirectory } from "../systems/child.ts";
import { startCollector } from "../systems/culprit.ts";
import { REPOSITORY } from "../systems/repository.ts";
import { ARMS } from "./arms.ts";
import { type Played, play, rememberingExaminer } from "./play.ts";
import { plotCurves } from "./plot.ts";
import { curve, renderArms } from "./report.ts";
import { teach } from "./teach.ts";

const AT_ONCE = 6;
const BLINDNESS = [0, 0.5, HABITS.errs] as const;
/** The rules turned one way and the other, to see what rests on them. */
const OTHER_HABITS: Record<string, Habits> = {
  "a quotation counts for nothing": { ...HABITS, mends: 0.7, mendsShown: 0.7 },
  "stubborn: feedback is mostly not heeded": { ...HABITS, mends: 0.25, mendsShown: 0.5, spoils: 0.2 },
  "suggestible: whoever is named changes something": { ...HABITS, mends: 0.8, mendsShown: 0.95, spoils: 0.8 },
  "luck: half of the mistakes are not made again": { ...HABITS, errs: 0.5 },
};
const SENSITIVITY_SEEDS = 2;
const SENSITIVITY_ARMS: readonly string[] = ARMS.map(({ name }) => name).filter(
  (name) => !["random blame", "CRITIC, pressed", "Culprit: ranker, taught"].includes(name),
);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tasks: { type: "string" }, arms: { type: "string" }, sensitivity: { type: "boolean" } },
});
const seeds = Array.from({ length: Number(positionals[0] ?? 6) }, (_, index) => index + 1);
const tasks = TASKS.slice(0, Number(values.tasks ?? TASKS.length));
const arms = ARMS.filter(({ name }) => values.arms === undefined || values.arms.split(",").includes(name));
const whole = values.tasks === undefined && values.arms === undefined;

const [data, remove] = temporaryDirectory("figure-3");
const collector = await startCollector(data, {
  command: "up",
  env: { CULPRIT_SETTLE_SECONDS: "0.3", CULPRIT_POLL_SECONDS: "0.1" },
});
const tracing = startTracing({ url: collector.url, exitHooks: false });
const client = createClient({ baseUrl: collector.url });
const examiner = rememberingExaminer();
const queue = new PQueue({ concurrency: AT_ONCE });
const began = Date.now();
try {
  const setting = { url: collector.url, client, tracing, examiner };
  const taught = await teach(setting, queue);
  console.error(
    `taught by ${taught.labelled} of ${taught.failed} failures, ${Math.round((Date.now() - began) / 1000)} s`,
  );
  const playAll = async (
    of: typeof arms,
    more: { blindness?: number; habits?: Habits } = {},
    own: readonly number[] = seeds,
  ): Promise<Played[]> => {
    const jobs = of.flatMap((arm) =>
      own.flatMap((seed) =>
        tasks.map((task) => ({ arm, seed, task, taught: taught.rankerFor(task), ...setting, ...more })),
      ),
    );
    let done = 0;
    return await Promise.all(
      jobs.map((job) =>
        queue.add(async () => {
          const one = await play(job);
          if (++done % 50 === 0)
            console.error(`${done} of ${jobs.length} loops, ${Math.round((Date.now() - began) / 1000)} s`);
          return one;
        }),
      ),
    );
  };
  const played = await playAll(arms);
  const loops = seeds.length * tasks.length;
  const text = [
    `${tasks.length} tasks × ${seeds.length} seeds = ${loops} loops an arm, up to three retries each. Scripted endpoint; ${JSON.stringify(HABITS)}. The taught ranker: ${taught.labelled} of ${taught.failed} failures of other seeds labelled by replay, tuned on the other half of the tasks.`,
    renderArms(arms, played),
  ];
  if (values.sensitivity || whole) {
    const own = arms.filter(({ name }) => name === "Self-Refine");
    const rows = [];
    for (const blindness of BLINDNESS) {
      const again =
        blindness === HABITS.errs
          ? played.filter(({ arm }) => arm === "Self-Refine")
          : await playAll(own, { blindness });
      const points = curve(again).map(({ accuracy }) => number(100 * accuracy, 1));
      rows.push([`${number(100 * blindness, 0)} %`, ...points]);
    }
    text.push(
      "Self-Refine by how often the critic shares the team's misconception, solved by round, %:",
      table(["shared", "first attempt", "round 1", "round 2", "round 3"], rows),
    );
  }
  if (values.sensitivity || whole) {
    const some = seeds.slice(0, SENSITIVITY_SEEDS);
    const shown = arms.filter(({ name }) => SENSITIVITY_ARMS.includes(name));
    const columns = shown.map(({ name }) => name);
    const row = (name: string, of: readonly Played[]) => [
      name,
      ...columns.map((arm) => number(100 * (curve(of.filter((one) => one.arm === arm)).at(-1)?.accuracy ?? 0), 1)),
    ];
    const rows = [
      row(
        "as above",
        played.filter(({ seed }) => some.includes(seed)),
      ),
    ];
    for (const [name, habits] of Object.entries(OTHER_HABITS))
      rows.push(row(name, await playAll(shown, { habits }, some)));
    text.push(
      `Other rules, ${some.length * tasks.length} loops an arm (seeds ${some.join(", ")}), solved after round 3, %:`,
      table(["rules", ...columns], rows),
    );
  }
  const { loops: stored, rounds } = await client.call("roundFigures");
  text.push(
    `The collector counted ${stored} loops: ${rounds.map(({ round, told, untold }) => `round ${round}: ${told.k} of ${told.n} told succeeded, ${untold.k} of ${untold.n} untold`).join("; ")}.`,
  );
  const report = text.join("\n\n");
  console.log(report);
  if (whole) {
    publish(join(REPOSITORY, "docs/feedback.md"), "figure-3", report);
    const curves = arms.map((arm) => ({ arm, points: curve(played.filter((one) => one.arm === arm.name)) }));
    const subtitle = `Coding team, scripted endpoint (no language model), ${loops} loops a line, 95 % Wilson intervals`;
    writeFileSync(
      join(REPOSITORY, "docs/figure-3.svg"),
      plotCurves("Solved by round, by who gives the feedback", subtitle, curves),
    );
  }
  console.error(`${Math.round((Date.now() - began) / 1000)} s`);
} finally {
  await tracing.shutdown();
  await collector.child.end();
  remove();
}
