import { type Annotation, type Client, CulpritError } from "@culprit/schemas";
import PQueue from "p-queue";
import type { LabelledRun } from "../attribution/ranker/examples.ts";
import { chooseLabel, LEFT_OUT_REASONS, type LeftOutReason } from "../curation/annotate.ts";
import { trajectoryOfDetail } from "../trajectory/of-detail.ts";
import type { LoadedRuns } from "./benchmarks.ts";

const READS_AT_A_TIME = 8;
const PAGE = 1000;

/**
 * The user's own labelled failures, through the API: verified by replay before injected before said by a person, one
 * label a run, its evidence the subset. Contradictions and labels that prove nothing are left out and counted.
 *
 * @throws CulpritError `store_needed` without a client, and what the API answers
 */
export async function storedRuns(options: {
  client?: Client | undefined;
  since?: string | undefined;
}): Promise<LoadedRuns> {
  const { client } = options;
  if (client === undefined) {
    throw new CulpritError("store_needed", "The benchmark store needs a way to the stored runs.");
  }
  const byRun = new Map<string, Annotation[]>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await client.call("listAnnotations", {
      limit: PAGE,
      ...(options.since === undefined ? {} : { since: options.since }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const annotation of page.annotations) {
      byRun.set(annotation.trace_id, [...(byRun.get(annotation.trace_id) ?? []), annotation]);
    }
    cursor = page.next_cursor;
  }
  const leftOut = new Map<LeftOutReason, number>();
  const runs: LabelledRun[] = [];
  const queue = new PQueue({ concurrency: READS_AT_A_TIME });
  const read = async (annotations: readonly Annotation[]): Promise<void> => {
    const run = await labelledRun(client, annotations);
    if (typeof run === "string") leftOut.set(run, (leftOut.get(run) ?? 0) + 1);
    else runs.push(run);
  };
  await Promise.all([...byRun.values()].map((annotations) => queue.add(() => read(annotations))));
  runs.sort((left, right) => (left.path < right.path ? -1 : 1));
  const notes = [...leftOut].map(([reason, count]) => `${count} runs were left out: ${LEFT_OUT_REASONS[reason]}.`);
  return { runs, found: byRun.size, skipped: [], notes };
}

async function labelledRun(client: Client, annotations: readonly Annotation[]): Promise<LabelledRun | LeftOutReason> {
  const choice = chooseLabel(annotations);
  if ("left_out" in choice) return choice.left_out;
  const { trace_id, agent, step, evidence } = choice.label;
  try {
    const detail = await client.call("getTrace", { trace_id });
    if (detail.outcome !== "failure") return "run_did_not_fail";
    if (detail.steps[step] === undefined) return "step_not_in_run";
    return { path: trace_id, format: "store", subset: evidence, trajectory: trajectoryOfDetail(detail), agent, step };
  } catch (error) {
    if (error instanceof CulpritError && error.code === "not_found") return "run_not_found";
    throw error;
  }
}
