import { CulpritError } from "@culprit/schemas";
import { type Address, Connection } from "./connection.ts";
import { EngineHost, type EngineHostOptions } from "./embedded/engine-host.ts";
import { ENGINE_VERSION } from "./embedded/settings.ts";
import { migrate } from "./migrations.ts";
import { rebuildRunTimes } from "./queries/run-times.ts";

/** Oldest server release whose SQL the migrations and queries are written for. */
const OLDEST_SERVER = 24;

/** The embedded engine of a data directory, started. */
export async function embeddedAddress(directory: string, options: EngineHostOptions): Promise<[Address, EngineHost]> {
  const host = new EngineHost(directory, options);
  await host.start();
  const address: Address = {
    get url() {
      return host.url;
    },
    shown: `the embedded engine of ${host.directory}`,
    mend: "Try again; the engine is being restarted.",
    ready: () => host.ready(),
    lost: () => host.lost(),
    release: () => host.stop(),
  };
  return [address, host];
}

/** A server's address: user, password and database are in the URL; the database is `culprit` when it names none. */
export function serverAddress(url: string): Address {
  const parsed = new URL(url);
  parsed.pathname = parsed.pathname.replace(/\/+$/, "") || "/culprit";
  return {
    url: parsed.href,
    shown: parsed.host,
    mend: "Check that it runs and that CULPRIT_CLICKHOUSE_URL points at it.",
    ready: async () => {},
    lost: async () => {},
    release: async () => {},
  };
}

/** Checks the release, makes the database and brings it up to date. */
export async function prepare(address: Address, kind: "embedded" | "server"): Promise<Connection> {
  const connection = new Connection(address);
  try {
    await prepareDatabase(address, kind);
    await migrate(connection);
    // A crash may have come between a run and its row in a table derived from it.
    await rebuildRunTimes(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function prepareDatabase(address: Address, kind: "embedded" | "server"): Promise<void> {
  const url = new URL(address.url);
  const database = decodeURIComponent(url.pathname.slice(1));
  // The database may not exist yet; `system` always does.
  url.pathname = "/system";
  const connection = new Connection({ ...address, url: url.href, release: async () => {} });
  try {
    const rows = await connection.select<{ version: string; known: number }>(
      "SELECT version() AS version, (SELECT count() FROM system.databases WHERE name = {database:String}) > 0 AS known",
      { database },
    );
    checkRelease(rows[0]?.version ?? "", kind, address.shown);
    if (!rows[0]?.known) {
      await connection.command("CREATE DATABASE IF NOT EXISTS {database:Identifier} ENGINE = Atomic", { database });
    }
  } finally {
    await connection.close();
  }
}

/** Throws `store_unsupported` for an engine that is not the pinned one, or a server that is too old. */
export function checkRelease(version: string, kind: "embedded" | "server", shown: string): void {
  if (kind === "embedded" && !`${version}.`.startsWith(`${ENGINE_VERSION}.`)) {
    throw new CulpritError(
      "store_unsupported",
      `The embedded engine is ${version}, not the ${ENGINE_VERSION} it must be.`,
      {
        mend: "Run npm install again, and unset CHDB_LIBCHDB_PATH and CHDB_LIBCHDB_DIR.",
      },
    );
  }
  if (Number.parseInt(version, 10) >= OLDEST_SERVER) return;
  throw new CulpritError("store_unsupported", `The server at ${shown} is ClickHouse ${version}, which is too old.`, {
    mend: `Use release ${OLDEST_SERVER} or newer.`,
  });
}
