import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadMigrations } from "@culprit/schemas";
import { type EmbeddedStore, openEmbedded, openStore } from "@culprit/store";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { prepare, serverAddress } from "../../store/connect.ts";
import { Connection } from "../../store/connection.ts";
import { EngineHost } from "../../store/embedded/engine-host.ts";
import { migrate } from "../../store/migrations.ts";
import { aSpan, temporaryDirectory, traceId } from "./store-rows.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function directory(): string {
  const [path, remove] = temporaryDirectory();
  cleanups.push(remove);
  return path;
}

async function embedded(data = directory(), engine = {}) {
  const store = await openEmbedded(data, { engine });
  cleanups.push(() => store.close());
  return store;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie waiting for a parent that does not reap is dead too.
  return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

async function goneWithin(pid: number, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(10)) if (!isAlive(pid)) return true;
  return false;
}

/** A process of its own that opens the store, stores one span and prints the engine's pid. */
async function holder(data: string, trace: string): Promise<{ child: ChildProcess; enginePid: number }> {
  const script = `
    import { openEmbedded } from "@culprit/store";
    process.on("SIGINT", () => {});
    const store = await openEmbedded(process.argv[1]);
    await store.insertSpans([JSON.parse(process.argv[2])]);
    console.log(store.engine.pid);
    setInterval(() => {}, 1000);`;
  const span = JSON.stringify(aSpan({ trace_id: trace }));
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script, data, span], {
    cwd: join(import.meta.dirname, "../.."),
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"] },
  });
  cleanups.push(() => child.kill("SIGKILL"));
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  return { child, enginePid: Number(printed.toString()) };
}

describe("a crash", () => {
  test("of the engine loses nothing acknowledged, and the same store goes on", async () => {
    const events: string[] = [];
    const store = await embedded(directory(), { onEvent: (message: string) => events.push(message) });
    const trace_id = traceId();
    const before = aSpan({ trace_id, start_time_unix_nano: "1" });
    const after = aSpan({ trace_id, start_time_unix_nano: "2" });
    const pid = store.engine.pid ?? 0;
    await store.insertSpans([before]);
    process.kill(pid, "SIGKILL");
    await store.insertSpans([after]);
    expect(await store.readSpans("default", trace_id)).toEqual([before, after]);
    expect(store.engine.pid).not.toBe(pid);
    expect(events).toEqual([expect.stringContaining("SIGKILL")]);
  });

  test("fails the query under way with a typed error, and the next one works", async () => {
    const store = await embedded();
    const connection = new Connection({
      ...serverAddress(store.engine.url),
      shown: "here",
      mend: "",
      lost: () => store.engine.lost(),
    });
    cleanups.push(() => connection.close());
    const slow = connection.select("SELECT sleep(3)").catch((error: unknown) => error);
    await sleep(100);
    process.kill(store.engine.pid ?? 0, "SIGKILL");
    expect(await slow).toMatchObject({ name: "CulpritError", code: "store_unavailable" });
    expect(await store.now()).toBeGreaterThan(0);
  });

  test("during writes loses no acknowledged span and doubles none", async () => {
    const store = await embedded(directory(), { maxRestarts: 100 });
    const trace_id = traceId();
    const acknowledged: string[] = [];
    let writing = true;
    const writers = Array.from({ length: 4 }, async () => {
      while (writing) {
        const spans = Array.from({ length: 50 }, () => aSpan({ trace_id }));
        const stored = await store.insertSpans(spans).then(
          () => true,
          () => false,
        );
        if (stored) acknowledged.push(...spans.map((span) => span.span_id));
      }
    });
    for (let round = 0; round < 3; round++) {
      await sleep(150);
      process.kill(store.engine.pid ?? 0, "SIGKILL");
      await store.now().catch(() => {});
    }
    writing = false;
    await Promise.all(writers);
    const ids = (await store.readSpans("default", trace_id)).map((span) => span.span_id);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
    expect(acknowledged.filter((id) => !new Set(ids).has(id))).toEqual([]);
  });

  test("that comes again and again is given up on with a typed error, until its window has passed", async () => {
    const store = await embedded(directory(), { maxRestarts: 1, restartWindowMs: 2_000 });
    const crash = async () => {
      const pid = store.engine.pid ?? 0;
      process.kill(pid, "SIGKILL");
      await goneWithin(pid, 2_000);
      // The first to ask may still meet the broken connection; the next one knows.
      return store.now().catch(() => store.now());
    };
    expect(await crash()).toBeGreaterThan(0);
    await expect(crash()).rejects.toMatchObject({ code: "store_unavailable", message: /keeps ending/ });
    await sleep(2_000);
    expect(await store.now()).toBeGreaterThan(0);
  });

  test("of the process that opened it takes the engine along at once and frees the directory", async () => {
    const data = directory();
    const trace = traceId();
    const { child, enginePid } = await holder(data, trace);
    expect(isAlive(enginePid)).toBe(true);
    child.kill("SIGKILL");
    const store = await embedded(data);
    expect(isAlive(enginePid)).toBe(false);
    expect(await store.readSpans("default", trace)).toHaveLength(1);
  });
});

test("Ctrl-C at the terminal reaches the process, which may still flush, and not its engine", async () => {
  const { child, enginePid } = await holder(directory(), traceId());
  process.kill(-(child.pid ?? 0), "SIGINT");
  expect(await goneWithin(enginePid, 300)).toBe(false);
  child.kill("SIGKILL");
  expect(await goneWithin(enginePid, 2_000)).toBe(true);
});

describe("a data directory", () => {
  test("has one engine: a second one gets a sentence that names it", async () => {
    const data = directory();
    const store = await embedded(data);
    await expect(openStore({ data })).rejects.toMatchObject({
      code: "store_locked",
      message: expect.stringContaining(data),
      mend: expect.stringMatching(/CULPRIT_URL.*--data/),
    });
    expect(await store.now()).toBeGreaterThan(0);
  });

  test("can be opened again once closed", async () => {
    const data = join(directory(), "with space", "ü");
    const span = aSpan();
    const store = await embedded(data);
    await store.insertSpans([span]);
    await store.close();
    await store.close();
    await expect(store.now()).rejects.toMatchObject({ code: "store_closed" });
    expect(await (await embedded(data)).readSpans("default", span.trace_id)).toEqual([span]);
  });

  test("that is a file is refused", async () => {
    const data = join(directory(), "file");
    writeFileSync(data, "");
    await expect(openStore({ data })).rejects.toMatchObject({
      code: "store_unwritable",
      message: expect.stringContaining(data),
    });
  });

  test("keeps its engine's configuration private and without a secret", async () => {
    const data = directory();
    const store = await embedded(data);
    const config = join(data, "engine.xml");
    expect(statSync(config).mode & 0o777).toBe(0o600);
    expect(readFileSync(config, "utf8")).not.toContain(new URL(store.engine.url).password);
  });

  test("written by a newer Culprit is refused", async () => {
    const store = await embedded();
    const connection = new Connection(serverAddress(store.engine.url));
    cleanups.push(() => connection.close());
    await connection.command("INSERT INTO migrations (name, checksum) VALUES ('9999_later', '')");
    await expect(openStore({ data: "unused", clickhouse_url: store.engine.url })).rejects.toMatchObject({
      code: "store_newer",
      message: expect.stringContaining("9999_later"),
    });
  });
});

describe("an engine that cannot run here", () => {
  const opening = async (library: string) => {
    vi.stubEnv("CHDB_LIBCHDB_PATH", library);
    cleanups.push(() => vi.unstubAllEnvs());
    return openStore({ data: directory() }).catch((failure: unknown) => failure);
  };

  test("for want of its library says so", async () => {
    const error = await opening("/nowhere/libchdb.so");
    expect(error).toMatchObject({ code: "store_unsupported", mend: expect.stringContaining("CULPRIT_CLICKHOUSE_URL") });
    expect(String(error)).toContain("/nowhere/libchdb.so");
  });

  test("because its library cannot be loaded says so", async () => {
    const library = join(directory(), "libchdb.so");
    writeFileSync(library, "not a library");
    const error = await opening(library);
    expect(error).toMatchObject({ code: "store_unsupported", message: expect.stringContaining("cannot be loaded") });
  });
});

describe("the engine's user", () => {
  const [data, remove] = temporaryDirectory();
  let store: EmbeddedStore;
  beforeAll(async () => {
    store = await openEmbedded(data);
  });
  afterAll(async () => {
    await store.close();
    remove();
  });

  test.each([
    ["reads no file", "SELECT * FROM file('/etc/passwd', 'LineAsString')"],
    ["fetches no URL", "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')"],
    ["writes no file", "INSERT INTO FUNCTION file('/tmp/culprit-x.csv', 'CSV', 'a Int32') VALUES (1)"],
    ["reaches no other server", "SELECT * FROM remote('127.0.0.1:9000', 'system.one')"],
    ["reaches no other database", "SELECT * FROM mysql('127.0.0.1:3306', 'a', 'b', 'c', 'd')"],
    ["makes no table over files", "CREATE TABLE culprit.f (a String) ENGINE = File(CSV)"],
    ["makes no table over URLs", "CREATE TABLE culprit.u (a String) ENGINE = URL('http://127.0.0.1:1/', 'CSV')"],
    [
      "makes no dictionary",
      "CREATE DICTIONARY culprit.d (a UInt64, b String) PRIMARY KEY a SOURCE(HTTP(URL 'http://127.0.0.1:1/' FORMAT 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
    ],
    ["makes no other database", "CREATE DATABASE other"],
    ["makes no users", "CREATE USER mallory"],
    ["stops nothing", "SYSTEM STOP LISTEN HTTP"],
  ])("%s", async (_, statement) => {
    const connection = new Connection(serverAddress(store.engine.url));
    await expect(connection.command(statement)).rejects.toMatchObject({ code: "store_denied" });
    await connection.close();
  });

  test("is the only one let in: no password, a wrong one, or the engine's own user get nothing", async () => {
    const { origin, username } = new URL(store.engine.url);
    const ask = async (headers: Record<string, string>, query = "SELECT%201") =>
      (await fetch(`${origin}/?query=${query}`, { headers })).status;
    const basic = (user: string, password: string) => ({
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    });
    expect(await ask({})).toBe(404);
    expect(await ask(basic(username, "wrong"))).toBe(404);
    expect(await ask(basic("default", ""))).toBe(404);
    expect(await ask({ "x-clickhouse-user": "default" })).toBe(404);
    expect(await ask({}, "SELECT%201&user=default")).toBe(404);
  });
});

describe("migrations", () => {
  test("run once each, whoever asks and however many at once", async () => {
    const host = new EngineHost(directory());
    await host.start();
    cleanups.push(() => host.stop());
    const address = serverAddress(host.url);
    const connections = await Promise.all([1, 2, 3].map(() => prepare(address, "server")));
    cleanups.push(() => Promise.all(connections.map((connection) => connection.close())));
    const [connection] = connections;
    const applied = () =>
      connection?.select<{ name: string; n: string }>(
        "SELECT name, count() AS n FROM migrations FINAL GROUP BY name ORDER BY name",
      );
    const before = await applied();
    expect(before?.map((row) => row.name)).toEqual(loadMigrations().map((migration) => migration.name));
    if (connection !== undefined) await migrate(connection);
    expect(await applied()).toEqual(before);
  });

  test("that fail stop there and are tried again next time", async () => {
    const host = new EngineHost(directory());
    await host.start();
    cleanups.push(() => host.stop());
    const connection = await prepare(serverAddress(host.url), "server");
    cleanups.push(() => connection.close());
    const loaded = loadMigrations();
    const good = {
      name: "9001_good",
      statements: ["CREATE TABLE IF NOT EXISTS extra (a Int8) ENGINE = MergeTree ORDER BY a"],
    };
    const bad = { name: "9002_bad", statements: ["CREATE TABLE IF NOT EXISTS nonsense"] };
    await expect(migrate(connection, [...loaded, good, bad])).rejects.toMatchObject({ code: "store_failed" });
    const mended = { name: "9002_bad", statements: ["DROP TABLE IF EXISTS extra"] };
    await migrate(connection, [...loaded, good, mended]);
    expect(await connection.select("EXISTS TABLE extra")).toEqual([{ result: 0 }]);
  });
});

describe("a server", () => {
  test("that is down is store_unavailable, with the address and without the password", async () => {
    const url = "http://culprit:hunter2-hunter2@127.0.0.1:1/culprit";
    const error = await openStore({ data: "unused", clickhouse_url: url }).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: "store_unavailable", mend: expect.stringContaining("CULPRIT_CLICKHOUSE_URL") });
    expect(String(error)).toContain("127.0.0.1:1");
    expect(String(error)).not.toContain("hunter2");
  });
});

test("a process that forgets to close its store can end", async () => {
  const script = `
    import { openStore } from "@culprit/store";
    const store = await openStore({ data: process.argv[1] });
    console.log(await store.now());`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script, directory()], {
    cwd: join(import.meta.dirname, "../.."),
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: process.env["PATH"] },
  });
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
});
