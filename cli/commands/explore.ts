import { compareRuns } from "@culprit/analyzers";
import { hasBlame } from "@culprit/schemas";
import { Command } from "commander";
import { parseTraceId } from "../arguments.ts";
import { Reading } from "../explore/facts.ts";
import { findingsOf } from "../explore/inspection.ts";
import { type ReadRun, readRun } from "../explore/read-run.ts";
import { explore, requireTerminal } from "../explore/terminal.ts";
import { createOutput } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import type { RunFlags } from "../session.ts";

interface ExploreFlags extends RunFlags {
  against?: string;
}

/** `culprit explore RUN`: read a run in the terminal. */
export function exploreCommand(): Command {
  return withRunFlags(
    new Command("explore").description("read a run in the terminal: tree, steps, search, blame, compare"),
  )
    .argument("<run>", "trace id, or a trajectory file with one run")
    .option("--against <trace>", "another run to compare with, such as a replay", parseTraceId)
    .action(async (target: string, flags: ExploreFlags) => {
      if (flags.json !== true) requireTerminal(process.stdin, process.stdout);
      const run = await readRun(target, flags);
      const other = flags.against === undefined ? null : await readRun(flags.against, flags);
      if (flags.json === true) return createOutput(true).result(overview(run, other), () => "");
      await explore(new Reading(run, other), {
        input: process.stdin,
        output: process.stdout,
        read: (traceId) => readRun(traceId, flags),
        colours: !process.env["NO_COLOR"],
      });
    });
}

/** What the explorer shows, as one document. */
function overview(run: ReadRun, other: ReadRun | null) {
  const { trajectory, diagnosis, attributions, annotations, replays } = run;
  const { steps, trace_id, task, outcome } = trajectory;
  const nodes = new Map(diagnosis.tree.nodes.map((node) => [node.step, node]));
  return {
    trace_id,
    task,
    outcome: outcome.outcome,
    steps: steps.map(({ index, role, agent, content, error }) => {
      const node = nodes.get(index);
      return {
        step: index,
        role,
        agent,
        class: node?.class ?? null,
        level: node?.level ?? null,
        parent: node?.parent ?? null,
        content,
        error,
      };
    }),
    blame: { annotations, attributions: attributions.filter(hasBlame), findings: findingsOf(run) },
    replays,
    compared:
      other === null ? null : { against: other.trajectory.trace_id, steps: compareRuns(trajectory, other.trajectory) },
  };
}
