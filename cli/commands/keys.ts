import { type ApiKey, SCOPES, type Scope } from "@culprit/schemas";
import { Command, InvalidArgumentError, Option } from "commander";
import { parseAmount, parsePositive } from "../arguments.ts";
import { clip, style, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

interface CreateFlags extends RunFlags {
  project?: string;
  scope?: Scope[];
  name: string;
  requestsPerSecond?: number;
  spansPerSecond?: number;
  spansPerDay?: number;
}

/** `culprit keys`: who may come in. Asks a running collector with an admin key, else opens the local store. */
export function keysCommand(): Command {
  return new Command("keys")
    .description("projects and API keys")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return withRunFlags(new Command("create").description("make a key; it is shown once"))
    .option("--project <project>", "the project the key opens (default: the caller's own)")
    .addOption(new Option("--scope <scope...>", "what it may do, one or more (default: ingest)").choices([...SCOPES]))
    .option("--name <name>", "a note to recognise it by", "")
    .option("--requests-per-second <n>", "limit of its own", parseAmount)
    .option("--spans-per-second <n>", "limit of its own", parseAmount)
    .option("--spans-per-day <n>", "quota of its own, by UTC day", parsePositive)
    .action(async (flags: CreateFlags) => {
      await withSession(
        flags,
        async ({ connection, output }) => {
          const made = await connection.client.call("createKey", {
            body: {
              ...(flags.project === undefined ? {} : { project: flags.project }),
              scopes: flags.scope ?? ["ingest"],
              name: flags.name,
              limits: {
                requests_per_second: flags.requestsPerSecond ?? null,
                spans_per_second: flags.spansPerSecond ?? null,
                spans_per_day: flags.spansPerDay ?? null,
              },
            },
          });
          output.result(made, () => renderNewKey(made.key, made.record));
        },
        { reads: false },
      );
    });
}

function renderNewKey(key: string, record: ApiKey): string {
  return [
    style("bold", key),
    "",
    `It opens the project ${record.project} (${record.scopes.join(", ")}) and is not shown again.`,
    "  send spans   OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20KEY",
    "  commands     CULPRIT_API_KEY=KEY",
    "From now on the collector asks every request for a key.",
  ].join("\n");
}

function listCommand(): Command {
  return withRunFlags(new Command("list").description("keys of a project, with when each was last used"))
    .option("--project <project>", "another project than the key's own")
    .option("--all", "keys of all projects")
    .action(async (flags: RunFlags & { project?: string; all?: boolean }) => {
      await withSession(flags, async ({ connection, output }) => {
        const { keys } = await connection.client.call("listKeys", { project: flags.all ? "*" : flags.project });
        output.result({ keys }, () => renderKeys(keys));
      });
    });
}

function renderKeys(keys: readonly ApiKey[]): string {
  if (keys.length === 0) return "There are no keys. `culprit keys create` makes one.";
  return table(
    ["id", "key", "project", "scopes", "name", "made", "last used", "spans today"],
    keys.map((key) => [
      key.key_id,
      key.revoked_at === null ? `${key.prefix}…` : { text: "revoked", format: "dim" },
      key.project,
      key.scopes.join(", "),
      clip(key.name, 30),
      key.created_at.slice(0, 10),
      key.last_used_at === null ? null : key.last_used_at.slice(0, 16).replace("T", " "),
      key.spans_today,
    ]),
  );
}

function revokeCommand(): Command {
  return withRunFlags(new Command("revoke").description("make a key open nothing any more"))
    .argument("<id>", "its id, as `culprit keys list` shows it, or how the key begins", parseKeyId)
    .action(async (keyId: string, flags: RunFlags) => {
      await withSession(flags, async ({ connection, output }) => {
        const { record } = await connection.client.call("revokeKey", { key_id: keyId });
        output.result({ record }, () => `Revoked ${record.prefix}… of the project ${record.project}.`);
      });
    });
}

function parseKeyId(text: string): string {
  const [, id] = /^(?:ck_[iram]_)?([0-9A-Za-z]{8})(?:$|[0-9A-Za-z]{43}$)/.exec(text) ?? [];
  if (id === undefined)
    throw new InvalidArgumentError("A key's id has 8 letters and digits; `culprit keys list` shows it.");
  return id;
}
