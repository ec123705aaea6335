import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClickHouseClient, createClient } from "@clickhouse/client";
import { CulpritError } from "@culprit/schemas";
import { encodeBatches } from "./batches.ts";
import { isPassing, isUnreachable, storeError } from "./errors.ts";
import { columnList, type StoredRow, type Table } from "./rows/table.ts";

const RETRY_DELAYS_MS = [50, 200, 800, 2_000];

/** Settings of every request; the engine's and a server's own defaults differ between releases. */
const SETTINGS = {
  async_insert: 0,
  date_time_input_format: "best_effort",
  date_time_output_format: "iso",
  input_format_parallel_parsing: 0,
  output_format_json_quote_64bit_integers: 1,
  precise_float_parsing: 1,
} as const;

/** Where a store is, and how to wait until it can be asked. */
export interface Address {
  readonly url: string;
  /** As an error may show it: no password. */
  readonly shown: string;
  /** What to do when it does not answer. */
  readonly mend: string;
  /** Resolves when the address answers, or throws a typed error. */
  ready(): Promise<void>;
  /** Called when it did not answer; resolves once {@link ready} knows of it. */
  lost(): Promise<void>;
  /** Gives up what keeps the address alive. */
  release(): Promise<void>;
}

/** Where blocks go; constant text. */
export interface BlockTarget {
  readonly table: string;
  readonly columns: readonly string[];
  /** A `SETTINGS` clause. */
  readonly settings?: string;
}

export type Parameters = Record<string, string | number | boolean | null | readonly string[]>;

/** One ClickHouse over HTTP: the only way this room talks to it. Throws `store_*` errors only. */
export class Connection {
  readonly #address: Address;
  #client: ClickHouseClient | undefined;
  #closed = false;

  constructor(address: Address) {
    this.#address = address;
  }

  /** Rows of a SELECT. The statement is constant text; values travel as parameters. */
  async select<Row = StoredRow>(query: string, parameters: Parameters = {}): Promise<Row[]> {
    return this.#guard(async (client) => {
      const result = await client.query({ query, query_params: parameters, format: "JSONEachRow" });
      return await result.json<Row>();
    });
  }

  /** Every item of a table a condition selects. */
  async read<Item>(table: Table<Item>, condition: string, parameters: Parameters): Promise<Item[]> {
    const rows = await this.select(`SELECT ${columnList(table)} FROM ${table.name} ${condition}`, parameters);
    return rows.map(table.read);
  }

  /** A statement without an answer. */
  async command(query: string, parameters: Parameters = {}): Promise<void> {
    await this.#guard((client) => client.command({ query, query_params: parameters }));
  }

  /** Stores items in batches; resolves once all are durable. Retries what passes by itself, then throws. */
  async insert<Item>(table: Table<Item>, items: readonly Item[]): Promise<void> {
    const query = `INSERT INTO ${table.name} (${columnList(table)}) FORMAT JSONCompactEachRow`;
    for await (const body of encodeBatches(table, items)) await this.retrying(() => this.#send(query, [body]));
  }

  /** Rows of a SELECT as lists of their values; {@link select} says the rest. */
  async selectTuples<Tuple extends unknown[]>(query: string, parameters: Parameters = {}): Promise<Tuple[]> {
    return this.#guard(async (client) => {
      const result = await client.query({ query, query_params: parameters, format: "JSONCompactEachRow" });
      return await result.json<Tuple>();
    });
  }

  /**
   * Stores Native blocks in one insert; resolves once all are durable. Does not try again. `settings` are the insert's
   * own.
   *
   * Throws `store_unavailable` when that took longer than `deadlineMs`; the rows may then be stored all the same.
   */
  async insertBlocks(
    { table, columns, settings = "" }: BlockTarget,
    blocks: readonly Uint8Array[],
    deadlineMs?: number,
  ): Promise<void> {
    const query = `INSERT INTO ${table} (${columns.join(", ")}) ${settings} FORMAT Native`;
    const send = (signal?: AbortSignal): Promise<void> => this.#send(query, blocks, signal);
    if (deadlineMs === undefined) return send();
    await this.#within(deadlineMs, send);
  }

  /** Tries again what passes by itself, then throws. */
  async retrying(action: () => Promise<void>): Promise<void> {
    for (const delay of RETRY_DELAYS_MS) {
      try {
        return await action();
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
      await sleep(delay * (0.5 + Math.random()));
    }
    await action();
  }

  /** Idempotent; later calls of anything else throw `store_closed`. */
  async close(): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
    await this.#address.release();
  }

  async #send(query: string, parts: readonly (string | Uint8Array)[], signal?: AbortSignal): Promise<void> {
    await this.#guard(async (client) => {
      const values = Readable.from(parts, { objectMode: false });
      const { stream } = await client.exec({
        query,
        values,
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
      await finished(stream.resume());
    });
  }

  /** Also bounds the wait for an engine that is being started again. */
  async #within(deadlineMs: number, action: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const late = new CulpritError("store_unavailable", `The store took longer than ${deadlineMs} ms.`);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(late);
        abort.abort();
      }, deadlineMs);
    });
    const result = action(abort.signal);
    // Aborted, it fails after the deadline has; nobody waits for it then.
    result.catch(() => {});
    try {
      await Promise.race([result, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #guard<Result>(action: (client: ClickHouseClient) => Promise<Result>): Promise<Result> {
    await this.#address.ready();
    if (this.#closed) throw new CulpritError("store_closed", "The store has been closed.");
    try {
      this.#client ??= openClient(this.#address.url);
      return await action(this.#client);
    } catch (error) {
      if (isUnreachable(error)) await this.#address.lost();
      throw storeError(error, this.#address);
    }
  }
}

/** A client with the settings of this room. */
export function openClient(url: string): ClickHouseClient {
  return createClient({
    url,
    application: "culprit",
    request_timeout: 120_000,
    max_open_connections: 16,
    clickhouse_settings: SETTINGS,
    log: { level: 127 },
  });
}
