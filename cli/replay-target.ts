import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type OpenReplayTarget, type ReplayTarget, trajectoryOfDetail } from "@culprit/analyzers";
import { startTracing } from "@culprit/instrumentation";
import { type Client, CulpritError, type Replay, type TraceDetail, type Trajectory } from "@culprit/schemas";
import type { Session } from "./session.ts";

/** A stored run and the system that made it, ready to be run again. */
export interface OpenedTarget {
  detail: TraceDetail;
  trajectory: Trajectory;
  target: ReplayTarget;
  /** Stores one replay. */
  save(replay: Replay): Promise<void>;
  /** A run that was just made, as stored; null when it is not. */
  read(traceId: string): Promise<Trajectory | null>;
}

/**
 * Reads a run, starts tracing to where the runs are, opens the target module, and closes all of it after `work`.
 *
 * @throws CulpritError `usage` for a module that can't be loaded or exports no openReplayTarget; `not_found`
 */
export async function withTarget<Value>(
  { config, connection }: Session,
  { traceId, module }: { traceId: string; module: string },
  work: (opened: OpenedTarget) => Promise<Value>,
): Promise<Value> {
  const { client } = connection;
  const open = await loadTarget(module);
  const detail = await client.call("getTrace", { trace_id: traceId });
  const trajectory = trajectoryOfDetail(detail);
  const tracing = startTracing({
    url: await connection.endpoint(),
    serviceName: "culprit-replay",
    ...(config.api_key === undefined ? {} : { apiKey: config.api_key }),
  });
  try {
    const target = await open(trajectory);
    try {
      const value = await work({
        detail,
        trajectory,
        target,
        save: async ({ project: _project, ...body }) => void (await client.call("saveReplay", { body })),
        read: async (made) => {
          await tracing.flush();
          return readRun(client, made);
        },
      });
      await tracing.flush();
      await connection.settle();
      return value;
    } finally {
      await target.close?.();
    }
  } finally {
    await tracing.shutdown();
  }
}

async function readRun(client: Client, traceId: string): Promise<Trajectory | null> {
  try {
    return trajectoryOfDetail(await client.call("getTrace", { trace_id: traceId }));
  } catch (error) {
    if (error instanceof CulpritError && error.code === "not_found") return null;
    throw error;
  }
}

async function loadTarget(path: string): Promise<OpenReplayTarget> {
  let module: { openReplayTarget?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as { openReplayTarget?: unknown };
  } catch (cause) {
    throw new CulpritError("usage", `${path} can't be loaded as a module.`, { mend: "Correct --target.", cause });
  }
  if (typeof module.openReplayTarget !== "function") {
    throw new CulpritError("usage", `${path} does not export openReplayTarget.`, {
      mend: "Export `async function openReplayTarget(trajectory)` returning { driver, oracle }.",
    });
  }
  return module.openReplayTarget as OpenReplayTarget;
}
