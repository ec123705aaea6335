import { type Config, CulpritError } from "@culprit/schemas";
import { embeddedAddress, prepare, serverAddress } from "./connect.ts";
import type { Connection } from "./connection.ts";
import type { EngineHost, EngineHostOptions } from "./embedded/engine-host.ts";
import { groupStore } from "./groups/groups.ts";
import { alertStore } from "./queries/alerts.ts";
import { changesSince } from "./queries/changes.ts";
import { SpanCounts } from "./queries/counts.ts";
import { datasetStore } from "./queries/datasets.ts";
import { deletionStore } from "./queries/deletion.ts";
import { listAlertEvents, listAnnotations, readAnnotations, readReplays } from "./queries/evidence.ts";
import { feedbackStore } from "./queries/feedback.ts";
import { figureStore } from "./queries/figures.ts";
import { keyStore } from "./queries/keys.ts";
import { joinLogs, readEventLogs } from "./queries/logs.ts";
import { loopStore } from "./queries/loops.ts";
import { readAttributions, readOutcomes } from "./queries/outcomes.ts";
import { replayJobStore } from "./queries/replay-jobs.ts";
import { rebuildRunTimes, saveRuns } from "./queries/run-times.ts";
import { blameByHour, blamedAgents, countAll, listRuns, readRun } from "./queries/runs.ts";
import { searchRuns } from "./queries/search.ts";
import { shadowStore } from "./queries/shadow.ts";
import { readSpans, touchedTraces, traceStamp } from "./queries/spans.ts";
import { unreadScopes } from "./queries/unread.ts";
import { alertEventTable } from "./rows/alert.ts";
import { annotationTable, replayTable } from "./rows/evidence.ts";
import { logTable } from "./rows/log.ts";
import { attributionTable, outcomeTable } from "./rows/run.ts";
import type { ReadSpan } from "./rows/span-read.ts";
import { insertSpans, spanWriter } from "./spans.ts";
import type { Store } from "./store.ts";

export interface OpenStoreOptions {
  /** How the embedded engine is kept running. */
  engine?: EngineHostOptions | undefined;
}

/** A {@link Store} on the embedded engine, with what only tests and `doctor` look at. */
export interface EmbeddedStore extends Store {
  readonly kind: "embedded";
  readonly engine: EngineHost;
}

/**
 * Opens the store: a ClickHouse server when `clickhouse_url` is set, else the embedded engine of `data`.
 *
 * Throws `store_locked` (another process has the directory), `store_unsupported`, `store_unwritable`,
 * `store_unavailable`, `store_denied`, `store_newer`, `store_not_built` or `store_failed`.
 */
export async function openStore(
  config: Pick<Config, "data" | "clickhouse_url">,
  options: OpenStoreOptions = {},
): Promise<Store> {
  if (config.clickhouse_url !== undefined) {
    return storeOver(await prepare(serverAddress(config.clickhouse_url), "server"), "server");
  }
  return openEmbedded(config.data, options);
}

/** Opens the embedded store of a data directory; {@link openStore} says what it throws. */
export async function openEmbedded(data: string, options: OpenStoreOptions = {}): Promise<EmbeddedStore> {
  const [address, engine] = await embeddedAddress(data, options.engine ?? {});
  const connection = await prepare(address, "embedded");
  return { ...storeOver(connection, "embedded"), kind: "embedded", engine };
}

function storeOver(connection: Connection, kind: Store["kind"]): Store {
  const writer = spanWriter(connection);
  const spanCounts = new SpanCounts(connection);
  const groups = groupStore(connection);
  const forget = () => {
    writer.forget();
    groups.forget();
  };
  let read: ReadSpan = refuseToRead;
  return {
    kind,
    async now() {
      const rows = await connection.select<{ now: string }>("SELECT toUnixTimestamp64Milli(now64(3)) AS now");
      return Number(rows[0]?.now);
    },
    spans: writer,
    insertSpans: (spans) => insertSpans(connection, writer, spans),
    readWith(readSpan) {
      read = readSpan;
    },
    insertLogs: (logs) => connection.insert(logTable, logs),
    async readSpans(project, traceId) {
      const [spans, logs] = await Promise.all([
        readSpans(connection, { project, traceId, read }),
        readEventLogs(connection, project, traceId),
      ]);
      return joinLogs(spans, logs, read);
    },
    traceStamp: (project, traceId) => traceStamp(connection, project, traceId),
    touchedTraces: (options) => touchedTraces(connection, options),
    saveOutcome: (project, traceId, outcome) =>
      connection.insert(outcomeTable, [{ ...outcome, project, trace_id: traceId }]),
    readOutcomes: (project, traceId) => readOutcomes(connection, project, traceId),
    saveAttributions: (attributions) => connection.insert(attributionTable, attributions),
    readAttributions: (project, traceId) => readAttributions(connection, project, traceId),
    saveRuns: (runs) => saveRuns(connection, runs),
    readRun: (project, traceId) => readRun(connection, project, traceId),
    listRuns: (filter) => listRuns(connection, filter),
    blamedAgents: (project, sinceSeconds) => blamedAgents(connection, project, sinceSeconds),
    searchRuns: (filter) => searchRuns(connection, filter),
    blameByHour: (project, sinceSeconds) => blameByHour(connection, project, sinceSeconds),
    rebuild: () => rebuildRunTimes(connection),
    unreadScopes: (project, sinceSeconds) => unreadScopes(connection, project, sinceSeconds),
    counts: (project) => countAll(connection, project, spanCounts),
    saveReplay: (replay) => connection.insert(replayTable, [replay]),
    readReplays: (project, traceId) => readReplays(connection, project, traceId),
    saveAnnotation: (annotation) => connection.insert(annotationTable, [annotation]),
    readAnnotations: (project, traceId) => readAnnotations(connection, project, traceId),
    listAnnotations: (filter) => listAnnotations(connection, filter),
    saveAlertEvent: (event) => connection.insert(alertEventTable, [event]),
    listAlertEvents: (project, sinceSeconds, limit) => listAlertEvents(connection, project, sinceSeconds, limit),
    changes: (filter) => changesSince(connection, filter),
    replayJobs: replayJobStore(connection),
    keys: keyStore(connection),
    groups,
    alerts: alertStore(connection),
    figures: figureStore(connection),
    feedback: feedbackStore(connection),
    datasets: datasetStore(connection),
    loops: loopStore(connection),
    shadow: shadowStore(connection),
    deletion: deletionStore(connection, forget),
    close: () => connection.close(),
  };
}

/** Stands in until {@link Store.readWith} was called. */
function refuseToRead(): never {
  throw new CulpritError("store_no_reader", "The messages of a span are to be read out of it, and nothing here can.", {
    mend: "Give the store the collector's readSpan through readWith.",
  });
}
