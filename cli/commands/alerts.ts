import { Command, Option } from "commander";
import { parseDuration, parseLimit } from "../arguments.ts";
import { clip, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

/** `culprit alerts`: what rules said, how they stand, and what they would have said. */
export function alertsCommand(): Command {
  return new Command("alerts")
    .description("alert rules: what they said, and would have said")
    .addCommand(listAlerts())
    .addCommand(listRules())
    .addCommand(testRule())
    .addCommand(listDeliveries());
}

function listAlerts(): Command {
  return withRunFlags(new Command("list").description("what alert rules said, newest first"))
    .option("--since <duration>", "how far back, such as 24h or 7d", parseDuration, "7d")
    .option("--limit <n>", "at most this many", parseLimit, 50)
    .action(async (flags: RunFlags & { since: string; limit: number }) => {
      await withSession(flags, async ({ connection, output }) => {
        const answer = await connection.client.call("listAlerts", { since: flags.since, limit: flags.limit });
        output.result(answer, () => rows(answer.alerts));
      });
    });
}

function listRules(): Command {
  return withRunFlags(new Command("rules").description("alert rules, and what is pending and firing")).action(
    async (flags: RunFlags) => {
      await withSession(flags, async ({ connection, output }) => {
        const answer = await connection.client.call("listAlertRules");
        output.result(answer, () =>
          table(
            ["rule", "kind", "targets", "now"],
            answer.rules.map(({ name, kind, targets, standings }) => [
              name,
              kind,
              targets.join(", "),
              standings.map(({ subject, state }) => `${subject} ${state}`.trim()).join(", ") || "quiet",
            ]),
          ),
        );
      });
    },
  );
}

function testRule(): Command {
  return withRunFlags(new Command("test").description("when a rule would have spoken; sends nothing"))
    .argument("<rule>", "its name in alert_rules")
    .option("--since <duration>", "from when on, such as 24h or 7d", parseDuration, "7d")
    .action(async (rule: string, flags: RunFlags & { since: string }) => {
      await withSession(flags, async ({ connection, output, config }) => {
        // The rule as it is written here, which the collector that runs need not know yet.
        const written = config.alert_rules.find(({ name }) => name === rule);
        const answer = await connection.client.call("testAlertRule", {
          body: { rule: written ?? rule, since: flags.since },
        });
        const quiet = `${rule} would have said nothing since ${answer.from}.`;
        output.result(answer, () => (answer.events.length === 0 ? quiet : rows(answer.events)));
      });
    });
}

function listDeliveries(): Command {
  return withRunFlags(new Command("deliveries").description("who was, and could not be, told"))
    .addOption(new Option("--status <status>", "only those").choices(["pending", "delivered", "dead"]))
    .option("--limit <n>", "at most this many", parseLimit, 50)
    .action(async (flags: RunFlags & { status?: "pending" | "delivered" | "dead"; limit: number }) => {
      await withSession(flags, async ({ connection, output }) => {
        const answer = await connection.client.call("listDeliveries", { status: flags.status, limit: flags.limit });
        output.result(answer, () =>
          table(
            ["event", "target", "status", "tries", "error"],
            answer.deliveries.map((row) => [row.event_id, row.target, row.status, row.attempts, clip(row.error, 60)]),
          ),
        );
      });
    });
}

function rows(
  events: readonly { at: string; state: string; repeated: boolean; rule: string; summary: string }[],
): string {
  if (events.length === 0) return "No alerts in this window.";
  return table(
    ["at", "state", "rule", "what"],
    events.map((event) => [
      event.at.slice(0, 19),
      event.repeated ? "still firing" : event.state,
      event.rule,
      clip(event.summary, 100),
    ]),
  );
}
