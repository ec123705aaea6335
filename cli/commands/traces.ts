import { OUTCOMES, RUN_STATUSES, type RunSummary } from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseDuration, parseLimit } from "../arguments.ts";
import { clip, named, percent, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

interface TracesFlags extends RunFlags {
  outcome?: RunSummary["outcome"];
  blamedAgent?: string;
  status?: RunSummary["status"];
  since: string;
  limit: number;
  replays?: boolean;
}

/** `culprit traces`: runs, newest first, by outcome, blamed agent and status. */
export function tracesCommand(): Command {
  return withRunFlags(new Command("traces").description("list runs, newest first"))
    .addOption(new Option("--outcome <outcome>", "only runs that ended so").choices([...OUTCOMES]))
    .option("--blamed-agent <agent>", "only runs blamed on this agent")
    .addOption(new Option("--status <status>", "how firmly the blame is known").choices([...RUN_STATUSES]))
    .option("--since <duration>", "how far back, such as 24h or 7d", parseDuration, "30d")
    .option("--limit <n>", "at most this many", parseLimit, 50)
    .option("--replays", "include the runs that replay another one")
    .action(async (flags: TracesFlags) => {
      await withSession(flags, async ({ connection, output }) => {
        const { traces } = await connection.client.call("listTraces", {
          outcome: flags.outcome,
          blamed_agent: flags.blamedAgent,
          status: flags.status,
          since: flags.since,
          limit: flags.limit,
          replays: flags.replays ? "include" : "exclude",
        });
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
