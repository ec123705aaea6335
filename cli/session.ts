import type { Config } from "@culprit/schemas";
import { type Connection, connect } from "./connect.ts";
import { createLog, type Log } from "./log.ts";
import { createOutput, type Output } from "./output.ts";
import { type CommonFlags, loadSettings } from "./settings.ts";

/** What a command that reads or writes runs works with. */
export interface Session {
  config: Config;
  connection: Connection;
  output: Output;
  log: Log;
}

/** Flags of commands that reach the runs. */
export interface RunFlags extends CommonFlags {
  url?: string;
  data?: string;
}

/** Opens a session, runs `work`, closes whatever was opened. */
export async function withSession(
  flags: RunFlags,
  work: (session: Session) => Promise<void>,
  options: { reads?: boolean } = {},
): Promise<void> {
  const config = loadSettings(flags, { url: flags.url, data: flags.data });
  const log = createLog(config.log_level === "info" ? "warn" : config.log_level);
  const explicit = flags.url !== undefined || process.env["CULPRIT_URL"] !== undefined;
  const connection = await connect(config, { explicit, reads: options.reads ?? true, log });
  try {
    await work({ config, connection, output: createOutput(flags.json === true), log });
  } finally {
    await connection.close();
  }
}
