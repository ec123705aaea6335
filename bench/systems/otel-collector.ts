import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEmbedded } from "@culprit/store";
import { ENCODINGS } from "../load/encode.ts";
import { cacheFolder, install } from "./cache.ts";
import { answers, freePort, start, temporaryDirectory } from "./child.ts";
import { askEngine, commandEngine } from "./engine-http.ts";
import type { System, SystemKind } from "./system.ts";

const VERSION = "v0.161.0";
const EXPORTER = "github.com/open-telemetry/opentelemetry-collector-contrib/exporter/clickhouseexporter";

const MANIFEST = `dist:
  name: otelcol
  description: the peer of the ingest benchmark
  output_path: ./dist
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver ${VERSION}
processors:
  - gomod: go.opentelemetry.io/collector/processor/batchprocessor ${VERSION}
exporters:
  - gomod: ${EXPORTER} ${VERSION}
  - gomod: go.opentelemetry.io/collector/exporter/nopexporter ${VERSION}
`;

/**
 * - `durable`: the exporter batches up to 10,000 spans and the answer waits for their insert (`wait_for_result`), into
 *   a table that fsyncs as Culprit's does.
 * - `usual`: as its README configures it: the batch processor answers before anything is stored, and no fsync.
 */
export type Mode = "durable" | "usual";

/** The OpenTelemetry Collector with its ClickHouse exporter, over the same engine as Culprit's store. */
export function otelCollector(mode: Mode): SystemKind {
  return {
    name: `OpenTelemetry Collector ${VERSION}, ${mode}`,
    encodings: ENCODINGS,
    durability: mode === "durable" ? "stored and fsynced" : "in the collector's memory",
    async unavailable() {
      const folder = cacheFolder("otelcol");
      if (existsSync(join(folder, "dist", "otelcol"))) return undefined;
      try {
        writeFileSync(join(folder, "builder.yaml"), MANIFEST);
        await install(folder, "go", ["install", `go.opentelemetry.io/collector/cmd/builder@${VERSION}`], {
          GOBIN: folder,
        });
        await install(folder, join(folder, "builder"), ["--config", "builder.yaml"]);
        return undefined;
      } catch (error) {
        return `go could not build it: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`;
      }
    },
    start: () => startOver(mode),
  };
}

async function startOver(mode: Mode): Promise<System> {
  const folder = cacheFolder("otelcol");
  const [data, remove] = temporaryDirectory("otelcol");
  const store = await openEmbedded(join(data, "store"));
  const engine = store.engine.url;
  await commandEngine(engine, await tableStatement(folder, mode));
  const port = await freePort();
  const file = join(data, "otelcol.yaml");
  writeFileSync(file, configuration(mode, engine, port));
  const child = start(join(folder, "dist", "otelcol"), ["--config", file]);
  await answers(`http://127.0.0.1:${port}/`);
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    pids: [child.pid, store.engine.pid ?? 0],
    stored: async () => Number(await askEngine(engine, "SELECT count() FROM otel_traces FORMAT TSV")),
    async end() {
      await child.end();
      await store.close();
    },
    remove,
  };
}

function configuration(mode: Mode, engine: string, port: number): string {
  const { username, password, host, pathname } = new URL(engine);
  const queue =
    mode === "durable"
      ? {
          wait_for_result: true,
          num_consumers: 4,
          sizer: "items",
          queue_size: 1_000_000,
          batch: { flush_timeout: "50ms", min_size: 4_000, max_size: 10_000 },
        }
      : { queue_size: 1000 };
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}`, max_request_body_size: 67_108_864 } } } },
    processors: { batch: { timeout: "5s", send_batch_size: 10_000 } },
    exporters: {
      clickhouse: {
        endpoint: `http://${host}`,
        username,
        password,
        database: pathname.slice(1),
        create_schema: false,
        async_insert: false,
        compress: "none",
        timeout: "60s",
        sending_queue: queue,
      },
    },
    service: {
      telemetry: { logs: { level: "error" }, metrics: { level: "none" } },
      pipelines: {
        traces: {
          receivers: ["otlp"],
          processors: mode === "usual" ? ["batch"] : [],
          exporters: ["clickhouse"],
        },
      },
    },
  };
  // JSON is YAML.
  return JSON.stringify(config, null, 2);
}

/** The exporter's own table, read from its module; only the fsync settings are added for `durable`. */
async function tableStatement(folder: string, mode: Mode): Promise<string> {
  const modules = await goModules(folder);
  const template = readFileSync(join(modules, "internal", "sqltemplates", "traces_table.sql"), "utf8");
  const values = ["culprit", "otel_traces"];
  const names = template
    .replace(/%q/g, () => `"${values.shift()}"`)
    .replace("%s", "")
    .replace("ENGINE = %s", "ENGINE = MergeTree()")
    .replace("%s", "");
  return mode === "durable" ? `${names.trimEnd()}, fsync_after_insert = 1, fsync_part_directory = 1` : names;
}

async function goModules(folder: string): Promise<string> {
  const { execFile } = await import("node:child_process");
  const { promisify } = await import("node:util");
  const { stdout } = await promisify(execFile)("go", ["env", "GOMODCACHE"], { cwd: folder });
  const found = join(stdout.trim(), `${EXPORTER}@${VERSION}`);
  if (!existsSync(found))
    throw new Error(`The exporter's sources are not in ${readdirSync(stdout.trim()).join(", ")}.`);
  return found;
}
