import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  type Analyzer,
  attributeOnDemand,
  buildTrajectory,
  compareRuns,
  createAnalyzer,
  flowFrom,
  loadRankerWeights,
  measuredAtTraining,
  reward,
} from "@culprit/analyzers";
import { type Collector, createCollector, createIngest, type Ingest } from "@culprit/collector";
import type { Config } from "@culprit/schemas";
import { openStore, type Store } from "@culprit/store";
import { mountedGateway } from "./gateway.ts";
import type { Log } from "./log.ts";
import { createReplayRunner } from "./replay-runner.ts";
import { shadowOf, withShadow } from "./shadow.ts";
import { createStrategies } from "./strategies.ts";

/** Collector and analyzer over one store: the only place where the third floor's rooms meet. */
export interface Parts {
  store: Store;
  collector: Collector;
  analyzer: Analyzer;
  /** Ends everything in order; what was acknowledged is durable when it resolves. */
  close(): Promise<void>;
}

export interface PartsOptions {
  /** The collector is for this process alone and asks for no key. */
  trusted?: boolean;
  /** The collector is going to listen: spans are committed in groups, with the spool under the data directory behind. */
  serves?: boolean;
}

/** Opens the store and puts the parts together; nothing listens or polls yet. */
export async function openParts(config: Config, log: Log, options: PartsOptions = {}): Promise<Parts> {
  const strategies = createStrategies(config);
  const chosen = strategies.choose();
  // Before the store is opened: wrong settings are told without.
  const gateway = options.serves ? mountedGateway(config, log, () => collector) : undefined;
  const store = await openStore(config, {
    engine: { onEvent: (message) => log("warn", message) },
  });
  const ingest = options.serves ? await openIngest(store, config, log) : undefined;
  // More runs under way than the endpoint has slots: a strategy that asks one question after the other leaves none empty.
  const concurrency = 2 * config.tracer_concurrency;
  const analyzer = withShadow(
    createAnalyzer({ store, config, log, concurrency, ...chosen }),
    shadowOf(config, store, log),
  );
  const collector: Collector = createCollector({
    store,
    config,
    log,
    trusted: options.trusted,
    ingest,
    gateway: gateway?.app,
    buildTrajectory,
    compareRuns,
    traceFlow: flowFrom,
    benchmarks: measuredAtTraining(loadRankerWeights(config.ranker_weights)),
    // Where nothing is served there is nobody to ask for one.
    replayRunner: options.serves ? createReplayRunner({ store, config, ingest, buildTrajectory, log }) : undefined,
    attribute: attributeOnDemand({ store, choose: (name) => strategies.choose(name) }),
    reward,
    ...webRoot(),
  });
  return {
    store,
    collector,
    analyzer,
    async close() {
      // Its last spans go through the collector.
      await gateway?.close();
      await analyzer.stop();
      await collector.stop();
      await ingest?.close();
      await store.close();
    },
  };
}

async function openIngest(store: Store, config: Config, log: Log): Promise<Ingest> {
  const { ingest_queue_bytes, ingest_deadline_seconds, spool_bytes } = config;
  const limits = { ingest_queue_bytes, ingest_deadline_seconds, spool_bytes };
  return await createIngest({ store, spoolDir: join(config.data, "spool"), limits, log });
}

function webRoot(): { webRoot?: string } {
  const page = join(dirname(createRequire(import.meta.url).resolve("@culprit/web/package.json")), "dist");
  return existsSync(join(page, "index.html")) ? { webRoot: page } : {};
}
