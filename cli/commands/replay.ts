import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type OpenReplayTarget, searchDecisive, trajectoryOfDetail } from "@culprit/analyzers";
import { startTracing } from "@culprit/instrumentation";
import {
  type Client,
  CulpritError,
  hasBlame,
  type Replay,
  type ReplayVerdict,
  type TraceDetail,
} from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseCount, parseTraceId } from "../arguments.ts";
import { clip, named } from "../output.ts";
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
      await withSession(flags, async ({ config, connection, output }) => {
        const { client } = connection;
        const open = await loadTarget(flags.target);
        const detail = await client.call("getTrace", { trace_id: traceId });
        const trajectory = trajectoryOfDetail(detail);
        const tracing = startTracing({
          url: await connection.endpoint(),
          serviceName: "culprit-replay",
          ...(config.api_key === undefined ? {} : { apiKey: config.api_key }),
        });
        const target = await open(trajectory);
        let done = 0;
        try {
          const found = await searchDecisive({
            trajectory,
            driver: target.driver,
            oracle: target.oracle,
            mode: flags.search,
            candidates: candidates(detail, flags.step),
            ...(flags.budget === undefined ? {} : { budget: flags.budget }),
            onReplay: async (replay) => {
              done++;
              output.progress(
                `replay ${done}: step ${replay.intervention.step} ${replay.intervention.kind}, ${replay.status}`,
              );
              await save(client, replay);
            },
          });
          // With --step the first candidate is a person's guess, not the attributor's prediction.
          const refuted = flags.step === undefined ? found.refuted : null;
          for (const label of [found.annotation, refuted]) {
            if (label !== null) await client.call("annotate", { body: label });
          }
          await tracing.flush();
          await connection.settle();
          output.progress("");
          output.result(found.verdict, () => renderVerdict(found.verdict));
        } finally {
          await target.close?.();
          await tracing.shutdown();
        }
      });
    });
}

async function save(client: Client, replay: Replay): Promise<void> {
  const { project: _project, ...body } = replay;
  await client.call("saveReplay", { body });
}

function candidates(detail: TraceDetail, asked: number | undefined): number[] {
  const predicted = detail.attributions.filter(hasBlame).map((attribution) => attribution.step);
  return asked === undefined ? predicted : [asked, ...predicted];
}

async function loadTarget(path: string): Promise<OpenReplayTarget> {
  let module: { openReplayTarget?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as { openReplayTarget?: unknown };
  } catch (cause) {
    throw new CulpritError("usage", `${path} can't be loaded as a module.`, { mend: "Correct --target.", cause });
  }
  if (typeof module.openReplayTarget !== "function") {
    throw new CulpritError("usage", `${path} does not export openReplayTarget.`, {
      mend: "Export `async function openReplayTarget(trajectory)` returning { driver, oracle }.",
    });
  }
  return module.openReplayTarget as OpenReplayTarget;
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
