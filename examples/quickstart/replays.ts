import { searchDecisive, trajectoryOfDetail } from "@culprit/analyzers";
import { clip } from "@culprit/cli/output";
import { type Client, hasBlame, type ReplayVerdict } from "@culprit/schemas";
import { oracleFor } from "../coding-team/oracle.ts";
import { runTeam } from "../coding-team/team.ts";
import type { FailedRun } from "./blame.ts";
import type { Report } from "./report.ts";

/** Replays every failed run until the earliest flip is proven, stores what was found, and prints it. */
export async function replayFailures(client: Client, failed: readonly FailedRun[], baseURL: string, report: Report) {
  const rows: (string | number)[][] = [];
  let replayed = 0;
  let hits = 0;
  let corrections = 0;
  let placebos = 0;
  for (const { task, detail, truth } of failed) {
    const found = await searchDecisive({
      trajectory: trajectoryOfDetail(detail),
      oracle: oracleFor(task),
      oracleName: "function:flawless-policy",
      candidates: detail.attributions.filter(hasBlame).map((attribution) => attribution.step),
      driver: async ({ replayId, of }) => await runTeam({ task, baseURL, replay: { id: replayId, of } }),
      onReplay: async ({ project: _project, ...replay }) => void (await client.call("saveReplay", { body: replay })),
    });
    for (const label of [found.annotation, found.refuted]) {
      if (label !== null) await client.call("annotate", { body: label });
    }
    const { decisive, placebo } = found.verdict;
    const hit = decisive !== null && decisive.step === truth.decisive?.step && decisive.agent === truth.decisive.agent;
    if (decisive !== null) replayed++;
    if (hit) hits++;
    corrections += found.verdict.replays;
    placebos += found.replays.length - found.verdict.replays;
    rows.push([
      clip(task.id, 24),
      found.verdict.status,
      decided(found.verdict),
      decisive?.earliest ?? "",
      found.verdict.replays,
      `${placebo.successes} of ${placebo.k}`,
      truth.decisive === null ? "" : `${truth.decisive.agent} ${truth.decisive.step}`,
      hit ? "right" : "wrong",
    ]);
  }
  report.table(["failed task", "outcome", "decisive", "earliest", "corrections", "placebo", "truth", "replay"], rows);
  return { replayed, hits, corrections, placebos };
}

function decided({ decisive }: ReplayVerdict): string {
  return decisive === null ? "" : `${decisive.agent} ${decisive.step}`;
}
