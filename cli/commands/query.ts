import type { FailureGroup, RouteOutput, Share } from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseDuration, parseLimit } from "../arguments.ts";
import { type FilterFlags, filterOf, withFilterFlags } from "../filter-flags.ts";
import { clip, named, percent, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";
import { renderTraces } from "./traces.ts";

interface WindowFlags extends RunFlags {
  since: string;
}

/** `culprit query`: runs, groups and figures, as the API answers them. */
export function queryCommand(): Command {
  return new Command("query")
    .description("ask anything by blamed agent: runs, failure groups, agents, cost")
    .addCommand(runsQuery())
    .addCommand(groupsQuery())
    .addCommand(agentsQuery())
    .addCommand(summaryQuery())
    .addCommand(strategiesQuery())
    .addCommand(costQuery())
    .addCommand(savedQuery());
}

function runsQuery(): Command {
  return withFilterFlags(withRunFlags(new Command("runs").description("runs, newest first")))
    .option("--limit <n>", "at most this many", parseLimit, 50)
    .option("--fields <names>", "only these fields of each, with commas between them (with --ndjson)")
    .option("--ndjson", "all of them, a line each, however many")
    .action(async (flags: RunFlags & FilterFlags & { limit: number; ndjson?: boolean; fields?: string }) => {
      await withSession(flags, async ({ connection, output }) => {
        if (flags.ndjson) return await stream(connection.client, { ...filterOf(flags), fields: flags.fields });
        const { traces, next_cursor } = await connection.client.call("listTraces", {
          ...filterOf(flags),
          limit: flags.limit,
        });
        output.result({ traces, next_cursor }, () => renderTraces(traces, connection.where));
      });
    });
}

/** The lines as they come; a list of any length passes through. */
async function stream(
  client: { send(path: string): Promise<Response> },
  values: Record<string, unknown>,
): Promise<void> {
  const query = new URLSearchParams({ format: "ndjson" });
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  const response = await client.send(`/api/v1/traces?${query}`);
  if (!response.ok || response.body === null) throw new Error(await response.text());
  for await (const part of response.body) {
    if (!process.stdout.write(part)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}

function windowed(name: string, description: string): Command {
  return withRunFlags(new Command(name).description(description)).option(
    "--since <duration>",
    "how far back, such as 24h or 7d",
    parseDuration,
    "30d",
  );
}

function groupsQuery(): Command {
  return windowed("groups", "failures that are one failure, most frequent first")
    .option("--agent <agent>", "only those blamed on this agent")
    .addOption(new Option("--state <state>", "only those in this state").choices(["open", "resolved", "ignored"]))
    .option("--limit <n>", "at most this many", parseLimit, 20)
    .action(async (flags: WindowFlags & { agent?: string; state?: FailureGroup["state"]; limit: number }) => {
      await withSession(flags, async ({ connection, output }) => {
        const { since, agent, state, limit } = flags;
        const answer = await connection.client.call("listGroups", { since, agent, state, limit });
        output.result(answer, () => renderGroups(answer.groups));
      });
    });
}

function renderGroups(groups: readonly FailureGroup[]): string {
  if (groups.length === 0) return "No failures in this window.";
  return table(
    ["group", "agent", "step", "runs", "verified", "state", "last seen", "reason"],
    groups.map((group) => [
      group.group_id,
      named(group.agent),
      group.kind,
      group.count,
      group.verified + group.human,
      group.state,
      group.last_seen.slice(0, 16),
      clip(group.title, 60),
    ]),
  );
}

function agentsQuery(): Command {
  return windowed("agents", "how often each agent breaks the runs it acts in").action(async (flags: WindowFlags) => {
    await withSession(flags, async ({ connection, output }) => {
      const answer = await connection.client.call("agentFigures", { since: flags.since });
      output.result(answer, () =>
        table(
          ["agent", "failures", "of runs", "rate", "95 % interval", "verified"],
          answer.agents.map(({ agent, failure_rate: share, verified, human }) => [
            named(agent),
            share.k,
            share.n,
            ...shown(share),
            verified + human,
          ]),
        ),
      );
    });
  });
}

function summaryQuery(): Command {
  return windowed("summary", "how runs ended and how firmly culprits are known").action(async (flags: WindowFlags) => {
    await withSession(flags, async ({ connection, output }) => {
      const answer = await connection.client.call("runFigures", { since: flags.since });
      const { success_rate, checked, held } = answer;
      output.result(answer, () =>
        table(
          ["", "", "of", "rate", "95 % interval"],
          [
            ["succeeded", success_rate.k, success_rate.n, ...shown(success_rate)],
            ["blames checked", checked.k, checked.n, ...shown(checked)],
            ["of those held", held.k, held.n, ...shown(held)],
          ],
        ),
      );
    });
  });
}

function strategiesQuery(): Command {
  return windowed("strategies", "how often strategies agree, and are right").action(async (flags: WindowFlags) => {
    await withSession(flags, async ({ connection, output }) => {
      const answer = await connection.client.call("strategyFigures", { since: flags.since });
      output.result(answer, () => renderStrategies(answer));
    });
  });
}

function renderStrategies({ agreement, accuracy }: RouteOutput<"strategyFigures">): string {
  return table(
    ["", "runs", "same agent", "95 % interval", "same step", "95 % interval"],
    [
      ...agreement.map(({ left, right, agent, step }) => [
        `${left} and ${right}`,
        agent.n,
        ...shown(agent),
        ...shown(step),
      ]),
      ...accuracy.map(({ strategy, agent, step }) => [
        `${strategy} and the truth`,
        agent.n,
        ...shown(agent),
        ...shown(step),
      ]),
    ],
  );
}

function costQuery(): Command {
  return windowed("cost", "tokens and money by day and model").action(async (flags: WindowFlags) => {
    await withSession(flags, async ({ connection, output }) => {
      const answer = await connection.client.call("costFigures", { since: flags.since });
      output.result(answer, () =>
        table(
          ["day", "what", "model", "calls", "tokens in", "tokens out", "cost"],
          answer.costs.map((row) => [
            row.day.slice(0, 10),
            row.what,
            named(row.model),
            row.calls,
            row.input_tokens,
            row.output_tokens,
            row.cost === null ? null : row.cost.toFixed(4),
          ]),
        ),
      );
    });
  });
}

function savedQuery(): Command {
  return withRunFlags(new Command("saved").description("the runs that a saved query selects now"))
    .argument("<name>", "its name")
    .option("--limit <n>", "at most this many", parseLimit, 50)
    .action(async (name: string, flags: RunFlags & { limit: number }) => {
      await withSession(flags, async ({ connection, output }) => {
        const { traces, next_cursor } = await connection.client.call("runQuery", { name, limit: flags.limit });
        output.result({ traces, next_cursor }, () => renderTraces(traces, connection.where));
      });
    });
}

function shown({ rate, low, high }: Share): [string | null, string | null] {
  if (rate === null || low === null || high === null) return [null, null];
  return [percent(rate), `${percent(low)} to ${percent(high)}`];
}
