import { Agent } from "node:http";
import { openEmbedded } from "@culprit/store";
import { Meter, type Usage } from "../measure/processes.ts";
import { temporaryDirectory } from "./child.ts";
import { askEngine, askEngineBytes } from "./engine-http.ts";

/** Largest insert, in rows and bytes: a batch the engine likes. */
const BATCH_ROWS = 10_000;
const BATCH_BYTES = 32 * 1024 * 1024;

/** One insert, encoded: what the engine itself gives as `FORMAT Native`. */
interface Insert {
  query: string;
  body: Buffer;
}

/** Rows of a store as inserts, in the order the rows came. */
export interface EncodedRows {
  spans: number;
  inserts: Insert[];
  bytes: number;
}

/**
 * Takes the rows a load left in a store out of it, in the engine's own binary format: every table an insert of spans
 * writes to, but not what the engine derives from them by itself.
 */
export async function encodeStored(data: string, batchRows = BATCH_ROWS): Promise<EncodedRows> {
  const store = await openEmbedded(data);
  try {
    const url = store.engine.url;
    const spans = Number(await askEngine(url, "SELECT count() FROM spans FORMAT TSV"));
    const inserts: Insert[] = [];
    for (const table of await writtenTables(url)) inserts.push(...(await encodeTable(url, table, batchRows)));
    return { spans, inserts, bytes: inserts.reduce((sum, { body }) => sum + body.length, 0) };
  } finally {
    await store.close();
  }
}

async function writtenTables(url: string): Promise<string[]> {
  const answer = await askEngine(
    url,
    `SELECT name FROM system.tables
     WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND total_rows > 0
       AND name NOT LIKE '.%' AND name NOT LIKE '%migration%'
       AND name NOT IN (SELECT extract(create_table_query, 'TO [a-zA-Z_\`]+\\.([a-zA-Z_]+)') FROM system.tables
                        WHERE database = currentDatabase() AND engine = 'MaterializedView')
     ORDER BY name FORMAT TSV`,
  );
  return answer.trim().split("\n");
}

async function encodeTable(url: string, table: string, batchRows: number): Promise<Insert[]> {
  const columns = await askEngine(
    url,
    `SELECT arrayStringConcat(groupArray(name), ', ') FROM
     (SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '${table}'
        AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position) FORMAT TSV`,
  );
  const list = columns.trim();
  const [rows = 0, bytes = 0] = (
    await askEngine(url, `SELECT count(), sum(byteSize(*)) FROM (SELECT ${list} FROM ${table}) FORMAT TSV`)
  )
    .trim()
    .split("\t")
    .map(Number);
  const perBatch = Math.max(1, Math.min(batchRows, Math.floor((BATCH_BYTES * rows) / Math.max(1, bytes))));
  // Spans in the order they happened; whatever else is kept, in no order.
  const order = list.includes("start_unix_nano") ? "start_unix_nano" : `cityHash64(toString((${list})))`;
  const query = `INSERT INTO ${table} (${list}) FORMAT Native`;
  const batches = Math.ceil(rows / perBatch);
  const inserts: Insert[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const body = await askEngineBytes(
      url,
      `SELECT ${list} FROM ${table} ORDER BY ${order} LIMIT ${perBatch} OFFSET ${batch * perBatch}
       SETTINGS max_block_size = ${perBatch} FORMAT Native`,
    );
    inserts.push({ query, body });
  }
  return inserts;
}

export interface CeilingReport extends Usage {
  spans: number;
  seconds: number;
  /** CPU until the merges were over. */
  settledCpuSeconds: number;
}

/** Puts encoded rows into an empty store, two inserts at a time: as fast as the engine takes them durably. */
export async function measureCeiling({ spans, inserts }: EncodedRows): Promise<CeilingReport> {
  const [data, remove] = temporaryDirectory("ceiling");
  const store = await openEmbedded(data);
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const meter = new Meter([store.engine.pid ?? 0]);
  try {
    const began = performance.now();
    let next = 0;
    const worker = async () => {
      for (let insert = inserts[next++]; insert !== undefined; insert = inserts[next++]) {
        await askEngineBytes(store.engine.url, insert.query, insert.body, agent);
      }
    };
    await Promise.all([worker(), worker()]);
    const seconds = (performance.now() - began) / 1000;
    const usage = meter.usage();
    const stored = Number(await askEngine(store.engine.url, "SELECT count() FROM spans FORMAT TSV"));
    if (stored !== spans) throw new Error(`The ceiling stored ${stored} of ${spans} spans.`);
    await meter.settled(15_000);
    return { spans, seconds, ...usage, settledCpuSeconds: meter.usage().cpuSeconds };
  } finally {
    meter.stop();
    agent.destroy();
    await store.close();
    remove();
  }
}
