import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type OpenReplayTarget, type ReplayTarget, trajectoryOfDetail } from "@culprit/analyzers";
import { startTracing } from "@culprit/instrumentation";
import { type Client, CulpritError, type Replay, type TraceDetail, type Trajectory } from "@culprit/schemas";
import { openShelf } from "./replay-shelf.ts";
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

/** How long spans of a replay that is over may take to arrive. */
const ARRIVAL_MS = 10_000;

/** A run whose replays are only kept where something rests on them. */
export interface ShelvedRun extends OpenedRun {
  /** Sends a run that a replay made to where the runs are. */
  keep(traceId: string): Promise<void>;
}

/**
 * {@link withTarget} for many replays: the runs they make stay in this process until `keep` says otherwise, and are
 * forgotten when their run is closed. `save` stores the replay alone.
 */
export async function withShelvedTarget<Value>(
  session: Session,
  openTarget: (session: Session) => Promise<OpenReplayTarget>,
  work: (withRun: <Each>(traceId: string, each: (run: ShelvedRun) => Promise<Each>) => Promise<Each>) => Promise<Value>,
): Promise<Value> {
  const { config, connection } = session;
  const { client } = connection;
  const shelf = await openShelf(client, config.project);
  const tracing = startTracing({ url: shelf.url, serviceName: "culprit-replay" });
  const read = async (traceId: string) => {
    const deadline = Date.now() + ARRIVAL_MS;
    for (;;) {
      await tracing.flush();
      const run = shelf.read(traceId);
      // A busy machine may need longer than a flush waits.
      if (run?.complete === true || Date.now() > deadline) return run ?? readRun(client, traceId);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  try {
    const open = await openTarget({ ...session, connection: { ...connection, endpoint: async () => shelf.url } });
    const value = await work(async (traceId, each) => {
      const detail = await client.call("getTrace", { trace_id: traceId });
      const trajectory = trajectoryOfDetail(detail);
      const target = await open(trajectory);
      const made: string[] = [];
      const driver: typeof target.driver = Object.assign(
        async (...given: Parameters<typeof target.driver>) => {
          const result = await target.driver(...given);
          made.push(result.traceId);
          return result;
        },
        target.driver.sees === undefined ? {} : { sees: target.driver.sees },
      );
      const kept = new Set<string>();
      const keep = async (id: string) => {
        await tracing.flush();
        await shelf.keep(id);
        kept.add(id);
      };
      const save = async ({ project: _project, replay_trace_id, ...body }: Replay) => {
        const stored = kept.has(replay_trace_id) ? replay_trace_id : "";
        await client.call("saveReplay", { body: { ...body, replay_trace_id: stored } });
      };
      try {
        return await each({ detail, trajectory, target: { ...target, driver }, save, read, keep });
      } finally {
        await target.close?.();
        shelf.forget(made);
      }
    });
    await connection.settle();
    return value;
  } finally {
    await tracing.shutdown();
    await shelf.close();
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
