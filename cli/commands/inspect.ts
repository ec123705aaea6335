import { CulpritError } from "@culprit/schemas";
import { Command, InvalidArgumentError } from "commander";
import { inspectStep } from "../explore/inspection.ts";
import { printLines } from "../explore/lines.ts";
import { inspectionPage } from "../explore/page.ts";
import { readRun } from "../explore/read-run.ts";
import { createOutput } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import type { RunFlags } from "../session.ts";

interface InspectFlags extends RunFlags {
  full?: boolean;
}

/** Steps from `first` to `last`, both included. */
interface StepRange {
  first: number;
  last: number;
}

/** `culprit inspect RUN STEP[-STEP]`: everything about some steps. */
export function inspectCommand(): Command {
  return withRunFlags(
    new Command("inspect").description("everything about a step: seen, said, called, got, effects, evidence, blame"),
  )
    .argument("<run>", "trace id, or a trajectory file with one run")
    .argument("<steps>", "a step, or a range such as 4-9 (0-based)", parseSteps)
    .option("--full", "print whole texts")
    .action(async (target: string, range: StepRange, flags: InspectFlags) => {
      const run = await readRun(target, flags);
      const { steps, trace_id, task } = run.trajectory;
      const last = Math.min(range.last, steps.at(-1)?.index ?? -1);
      const inspected = [];
      for (let step = range.first; step <= last; step++) inspected.push(inspectStep(run, step) ?? []);
      const found = inspected.flat();
      if (found.length === 0) {
        throw new CulpritError("no_such_step", `The run has steps 0 to ${steps.length - 1}.`, {
          mend: "`culprit show RUN` lists them.",
        });
      }
      createOutput(flags.json === true).result({ trace_id, task, steps: found }, () =>
        found.map((step) => printLines(inspectionPage(step, { full: flags.full === true }))).join("\n\n"),
      );
    });
}

function parseSteps(text: string): StepRange {
  const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first) throw new InvalidArgumentError("Write a step, or a range such as 4-9.");
  return { first, last };
}
