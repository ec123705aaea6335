import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { currentInterceptor, type Interceptor } from "@culprit/instrumentation";
import { createGateway, type GatewayOptions, traceIdOf } from "@culprit/instrumentation/gateway";
import { CULPRIT, CulpritError, type GatewayAgentRule } from "@culprit/schemas";
import { getRequestListener } from "@hono/node-server";
import type { Driver, DriverContext, DriverResult } from "../driver.ts";
import type { Evaluator } from "../evaluators/evaluator.ts";
import type { Ended, ExternalDriver } from "./external.ts";

export interface GatewayDriverOptions {
  /** How the system is started. */
  start: ExternalDriver;
  /** OpenAI-compatible base URL that live calls go to. */
  upstream: string;
  /** Where the spans of the replayed run go. Asked once a replay. */
  exporter: () => ReturnType<GatewayOptions["exporter"]>;
  /** Decides the outcome by the system's answer; without one, what the system says or reports counts. */
  evaluator?: Evaluator;
  /** The known right answer, put on the replayed run and shown to the evaluator. */
  groundTruth?: string;
  agentRules?: readonly GatewayAgentRule[];
}

/**
 * A system in any language, unmodified: it talks to a private instance of the recording gateway, made for each replay,
 * which answers from the record before t, with a'_t at t, and passes on what comes after it. Every replay is a run of
 * its own, recorded by that gateway.
 */
export function gatewayDriver(options: GatewayDriverOptions): Driver {
  return Object.assign((context: DriverContext) => drive(options, context), { sees: "models" as const });
}

async function drive(options: GatewayDriverOptions, context: DriverContext): Promise<DriverResult> {
  const interceptor = currentInterceptor();
  if (interceptor === undefined) {
    throw new CulpritError("no_replay", "A gateway driver only starts inside of a replay.", { mend: "Use replayRun." });
  }
  const { replayId, signal } = context;
  const own = await openGateway(options, context, interceptor);
  try {
    const traceId = traceIdOf(replayId);
    const traceparent = `00-${traceId}-${traceId.slice(0, 16)}-01`;
    const { runUrl, reported } = own;
    const end = await options.start({ ...context, baseUrl: `${runUrl}/v1`, runUrl, traceparent, reported });
    const outcome = await outcomeOf(end.outcome, end.answer, own.lastReport(), options, context);
    if (outcome.success !== null && !signal.aborted) await report(runUrl, outcome, outcome.success);
    return { traceId: own.calls() > 0 ? traceId : "", outcome };
  } finally {
    await own.close();
  }
}

async function outcomeOf(
  said: Ended | null,
  answer: string,
  reported: Ended | null,
  { evaluator, groundTruth = "" }: GatewayDriverOptions,
  { task, signal }: DriverContext,
): Promise<Ended> {
  if (evaluator !== undefined) return evaluator({ task, answer, groundTruth, signal });
  return said ?? reported ?? { success: null, feedback: "The system ended without saying whether it succeeded." };
}

interface OwnGateway {
  runUrl: string;
  reported: Promise<Ended>;
  lastReport(): Ended | null;
  calls(): number;
  close(): Promise<void>;
}

async function openGateway(
  { upstream, exporter, groundTruth = "", agentRules }: GatewayDriverOptions,
  { replayId, of, task, taskId }: DriverContext,
  interceptor: Interceptor,
): Promise<OwnGateway> {
  let calls = 0;
  let lastReport: Ended | null = null;
  let resolve: (outcome: Ended) => void = () => undefined;
  const reported = new Promise<Ended>((settle) => {
    resolve = settle;
  });
  const counted: Interceptor = {
    intercept: (call) => {
      calls++;
      return interceptor.intercept(call);
    },
    observed: (call, answer) => interceptor.observed?.(call, answer),
  };
  const attributes = {
    every: { [CULPRIT.replayId]: replayId, [CULPRIT.replayOf]: of },
    root: {
      [CULPRIT.task]: task,
      [CULPRIT.taskId]: taskId,
      ...(groundTruth === "" ? {} : { [CULPRIT.taskGroundTruth]: groundTruth }),
    },
  };
  const gateway = createGateway({
    upstream,
    exporter,
    ...(agentRules === undefined ? {} : { agentRules }),
    interceptor: () => counted,
    runAttributes: (run) => (run === replayId ? attributes : undefined),
    onOutcome: (_run, outcome) => {
      lastReport = endedOf(outcome);
      resolve(lastReport);
    },
  });
  const listener = getRequestListener(gateway.app.fetch);
  const server = createServer((request, response) => {
    // Only what was started for this replay knows its address.
    if (request.url?.startsWith(`/runs/${replayId}/`)) return void listener(request, response);
    response.writeHead(404, { "content-type": "application/json" });
    response.end('{"error":{"message":"This gateway serves one replay alone; use the base URL it was given."}}');
  });
  await new Promise<void>((ready, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", ready);
  });
  const { port } = server.address() as AddressInfo;
  return {
    runUrl: `http://127.0.0.1:${port}/runs/${replayId}`,
    reported,
    lastReport: () => lastReport,
    calls: () => calls,
    close: async () => {
      await gateway.close();
      await new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
    },
  };
}

function endedOf({
  success,
  score,
  feedback,
}: {
  success: boolean;
  score?: number | undefined;
  feedback?: string | undefined;
}): Ended {
  return { success, ...(score === undefined ? {} : { score }), ...(feedback === undefined ? {} : { feedback }) };
}

/** Puts the outcome on the replayed run's root. */
async function report(runUrl: string, { score, feedback }: Ended, success: boolean): Promise<void> {
  const response = await fetch(`${runUrl}/outcome`, {
    method: "POST",
    body: JSON.stringify({
      success,
      ...(typeof score === "number" ? { score } : {}),
      ...(feedback === undefined ? {} : { feedback: feedback.slice(0, 100_000) }),
    }),
  });
  await response.arrayBuffer();
}
