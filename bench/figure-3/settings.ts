import { setTimeout as sleep } from "node:timers/promises";
import { attributeTrajectory, createRanker, trajectoryOfDetail } from "@culprit/analyzers";
import { collectorFeedback, startTracing } from "@culprit/instrumentation";
import { type Client, CulpritError, createClient } from "@culprit/schemas";
import { startRecording } from "../replay/recording.ts";
import { temporaryDirectory } from "../systems/child.ts";
import { startCollector } from "../systems/culprit.ts";
import { rememberingExaminer, type Setting } from "./play.ts";

/** A setting and how to end it. */
export interface OpenSetting extends Setting {
  client?: Client;
  close(): Promise<void>;
}

/** `culprit up` in a process of its own: runs are stored there, and its analyzer attributes. */
export async function collectorSetting(): Promise<OpenSetting> {
  const [data, remove] = temporaryDirectory("figure-3");
  const collector = await startCollector(data, {
    command: "up",
    env: { CULPRIT_SETTLE_SECONDS: "0.3", CULPRIT_POLL_SECONDS: "0.2" },
  });
  const tracing = startTracing({ url: collector.url, exitHooks: false });
  const client = createClient({ baseUrl: collector.url });
  return {
    client,
    examiner: rememberingExaminer(),
    ranked: collectorFeedback({ url: collector.url, timeoutMs: 120_000 }),
    recorded: async (traceId) => {
      await tracing.flush();
      return trajectoryOfDetail(await whole(client, traceId));
    },
    close: async () => {
      await tracing.shutdown();
      await collector.child.end();
      remove();
    },
  };
}

/** The same spans over the same exporter, kept in memory, and the same ranker in this process. */
export async function memorySetting(): Promise<OpenSetting> {
  const recording = await startRecording();
  const ranker = createRanker();
  return {
    examiner: rememberingExaminer(),
    ranked: async ({ traceId }) => {
      const trajectory = { ...(await recording.trajectory(traceId)), ground_truth: "" };
      const { agent, step, reason } = await attributeTrajectory(trajectory, ranker);
      return agent === null ? null : { agent, step, reason };
    },
    recorded: (traceId) => recording.trajectory(traceId),
    close: () => recording.close(),
  };
}

/** The stored run once its root has arrived. */
async function whole(client: Client, traceId: string) {
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    try {
      const detail = await client.call("getTrace", { trace_id: traceId });
      if (detail.complete) return detail;
    } catch (error) {
      if (!(error instanceof CulpritError && error.code === "not_found")) throw error;
    }
    if (Date.now() > deadline) throw new Error(`Run ${traceId} did not arrive.`);
  }
}
