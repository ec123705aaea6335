import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type OpenReplayTarget, type ReplayTarget, trajectoryOfDetail } from "@culprit/analyzers";
import { startTracing } from "@culprit/instrumentation";
import { type Client, CulpritError, type Replay, type TraceDetail, type Trajectory } from "@culprit/schemas";
import type { Session } from "./session.ts";

/** A stored run and the system that made it, ready to be run again. */
export interface OpenedRun {
  detail: TraceDetail;
  trajectory: Trajectory;
  target: ReplayTarget;
  /** Stores one replay. */
  save(replay: Replay): Promise<void>;
  /** A run as stored, one just made included; null when it is not. */
  read(traceId: string): Promise<Trajectory | null>;
}

/** Reads a run, opens the system for it, and closes that after `work`. */
export type WithRun = <Value>(traceId: string, work: (opened: OpenedRun) => Promise<Value>) => Promise<Value>;

/** Starts tracing to where the runs are; after `work`, everything made is stored and derived. */
export async function withTarget<Value>(
  { config, connection }: Session,
  open: OpenReplayTarget,
  work: (withRun: WithRun) => Promise<Value>,
): Promise<Value> {
  const { client } = connection;
  const tracing = startTracing({
    url: await connection.endpoint(),
    serviceName: "culprit-replay",
    ...(config.api_key === undefined ? {} : { apiKey: config.api_key }),
  });
  const read = async (traceId: string) => {
    await tracing.flush();
    return readRun(client, traceId);
  };
  // The run first: a replay whose run is lost could not be used again after a crash.
  const save = async ({ project: _project, ...body }: Replay) => {
    await tracing.flush();
    await client.call("saveReplay", { body });
  };
  try {
    const value = await work(async (traceId, each) => {
      const detail = await client.call("getTrace", { trace_id: traceId });
      const trajectory = trajectoryOfDetail(detail);
      const target = await open(trajectory);
      try {
        return await each({ detail, trajectory: target.trajectory ?? trajectory, target, save, read });
      } finally {
        await target.close?.();
      }
    });
    await tracing.flush();
    await connection.settle();
    return value;
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

/**
 * The target that a module exports.
 *
 * @throws CulpritError `usage` for a module that can't be loaded or exports no openReplayTarget
 */
export async function loadTarget(path: string): Promise<OpenReplayTarget> {
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
