import type { RunSummary } from "@culprit/schemas";
import { Command } from "commander";
import { parseLimit } from "../arguments.ts";
import { type FilterFlags, filterOf, withFilterFlags } from "../filter-flags.ts";
import { clip, named, percent, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

interface TracesFlags extends RunFlags, FilterFlags {
  limit: number;
}

/** `culprit traces`: runs, newest first, by what is known of them and what their spans say. */
export function tracesCommand(): Command {
  return withFilterFlags(withRunFlags(new Command("traces").description("list runs, newest first")))
    .option("--limit <n>", "at most this many", parseLimit, 50)
    .action(async (flags: TracesFlags) => {
      await withSession(flags, async ({ connection, output }) => {
        const query = { ...filterOf(flags), limit: flags.limit };
        const { traces } = await connection.client.call("listTraces", query);
        output.result({ traces }, () => renderTraces(traces, connection.where));
      });
    });
}

/** Runs as a table for a person. */
export function renderTraces(traces: readonly RunSummary[], where: string): string {
  if (traces.length === 0) return `No runs match in ${where}.`;
  return table(
    ["trace", "outcome", "blamed", "step", "confidence", "status", "task"],
    traces.map((run) => [
      run.trace_id,
      run.outcome === "failure" ? { text: run.outcome, format: "red" } : run.outcome,
      run.blamed_agent === null ? null : named(run.blamed_agent),
      run.blamed_step,
      run.confidence === null ? null : percent(run.confidence),
      run.status,
      clip(run.task, 60),
    ]),
  );
}
