import { searchDecisive } from "@culprit/analyzers";
import { hasBlame, type ReplayVerdict, type TraceDetail } from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseCount, parseTraceId } from "../arguments.ts";
import { clip, named } from "../output.ts";
import { withTarget } from "../replay-target.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

interface ReplayFlags extends RunFlags {
  target: string;
  step?: number;
  search: "guided" | "exhaustive";
  budget?: number;
}

/** `culprit replay TRACE`: run it again with one step changed, and find the step that decides. */
export function replayCommand(): Command {
  return withRunFlags(new Command("replay").description("counterfactual replay: which step flips the outcome"))
    .argument("<trace>", "trace id of a failed run", parseTraceId)
    .requiredOption(
      "--target <module>",
      "JavaScript module that exports openReplayTarget: how to start the system again",
    )
    .option("--step <t>", "try this step first (default: the predicted one)", parseCount)
    .addOption(
      new Option("--search <mode>", "guided: predicted step first").choices(["guided", "exhaustive"]).default("guided"),
    )
    .option("--budget <n>", "at most this many replays", parseCount)
    .action(async (traceId: string, flags: ReplayFlags) => {
      await withSession(flags, async (session) => {
        const { connection, output } = session;
        const verdict = await withTarget(session, { traceId, module: flags.target }, async (opened) => {
          const { detail, trajectory, target, save } = opened;
          let done = 0;
          const found = await searchDecisive({
            trajectory,
            driver: target.driver,
            oracle: target.oracle,
            mode: flags.search,
            candidates: candidates(detail, flags.step),
            ...(flags.budget === undefined ? {} : { budget: flags.budget }),
            onReplay: async (replay) => {
              const { step, kind } = replay.intervention;
              output.progress(`replay ${++done}: step ${step} ${kind}, ${replay.status}`);
              await save(replay);
            },
          });
          // With --step the first candidate is a person's guess, not the attributor's prediction.
          const refuted = flags.step === undefined ? found.refuted : null;
          for (const label of [found.annotation, refuted]) {
            if (label !== null) await connection.client.call("annotate", { body: label });
          }
          return found.verdict;
        });
        output.progress("");
        output.result(verdict, () => renderVerdict(verdict));
      });
    });
}

function candidates(detail: TraceDetail, asked: number | undefined): number[] {
  const predicted = detail.attributions.filter(hasBlame).map((attribution) => attribution.step);
  return asked === undefined ? predicted : [asked, ...predicted];
}

function renderVerdict(verdict: ReplayVerdict): string {
  const { decisive, placebo } = verdict;
  const lines = [
    decisive === null
      ? `${verdict.status}: no decisive step was found.`
      : `${named(decisive.agent)} at step ${decisive.step} is decisive (earliest: ${decisive.earliest}).`,
    `${verdict.replays} replays; placebo ${placebo.successes} of ${placebo.k} succeeded.`,
    clip(verdict.reason, 1000),
  ];
  return lines.join("\n");
}
