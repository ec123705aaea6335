import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Analyzer,
  buildTrajectory,
  createAnalyzer,
  createRanker,
  flowFrom,
  loadRankerWeights,
  measuredAtTraining,
} from "@culprit/analyzers";
import { type CollectorOptions, createCollector, type Served, serve } from "@culprit/collector";
import { type Annotation, type Client, type Config, createClient, parseConfig } from "@culprit/schemas";
import { openStore, type Store } from "@culprit/store";

const webRoot = fileURLToPath(new URL("../../web/dist", import.meta.url));

/** The collector with the built page, the embedded store and the analyzer: what `culprit up` is made of. */
export interface Stage {
  url: string;
  client: Client;
  store: Store;
  analyzer: Analyzer;
  /** A second door to the same collector, for tests that close it. */
  openDoor(settings?: Partial<Config>): Promise<Served>;
  /** Stores a label the way `culprit replay` and a person do. */
  label(label: Partial<Annotation> & Pick<Annotation, "trace_id" | "agent" | "step">): Promise<void>;
  close(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  if (!existsSync(join(webRoot, "index.html"))) {
    throw new Error("The page is not built. Run: npm run build --workspace web");
  }
  const data = mkdtempSync(join(tmpdir(), "culprit-e2e-"));
  const config = parseConfig({}, {}, { data, settle_seconds: 0.2, poll_seconds: 0.1 });
  const store = await openStore(config);
  const analyzer = createAnalyzer({ store, config, strategy: createRanker() });
  const benchmarks = measuredAtTraining(loadRankerWeights());
  const shared: Omit<CollectorOptions, "config"> = { store, buildTrajectory, traceFlow: flowFrom, benchmarks, webRoot };
  const openDoor = ({ port = 0, ...settings }: Partial<Config> = {}) =>
    serve(createCollector({ ...shared, config: { ...config, ...settings } }), { host: "127.0.0.1", port });
  const main = await openDoor();
  const client = createClient({ baseUrl: main.url });
  return {
    url: main.url,
    client,
    store,
    analyzer,
    openDoor,
    async label(label) {
      const body = {
        annotation_id: `label-${label.trace_id}-${label.step}-${label.evidence ?? "counterfactual"}`,
        evidence: "counterfactual" as const,
        verdict: "confirmed" as const,
        reason: "",
        replay_id: "",
        correction: "",
        earliest: "proven" as const,
        placebo_k: 3,
        placebo_successes: 0,
        created_at: new Date().toISOString(),
        ...label,
      };
      await client.call("annotate", { body });
    },
    async close() {
      await main.close();
      await analyzer.stop();
      await store.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
