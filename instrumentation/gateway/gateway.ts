import type { IncomingMessage, ServerResponse } from "node:http";
import { CulpritError, DEFAULT_AGENT_RULES, gatewayOutcomeSchema } from "@culprit/schemas";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import type { QueueCounts } from "../sdk/span-queue.ts";
import { type Address, outcomeAddress, parseAddress } from "./address.ts";
import { type AgentNaming, agentNaming } from "./agent-rules.ts";
import { type ArrivedCall, beginRecord, type Recorded } from "./begin-record.ts";
import { MODEL_ENDPOINTS, parseJson } from "./endpoints.ts";
import { asFailure, failureAnswer } from "./failures.ts";
import { forwardedHeaders, type RawHeaders } from "./headers.ts";
import { identify } from "./identity.ts";
import type { Gateway, GatewayOptions } from "./options.ts";
import { passOn } from "./pass-on.ts";
import { readBody } from "./read-body.ts";
import { Recorder } from "./recorder.ts";
import { serveInstead } from "./serve-instead.ts";
import { Upstream } from "./upstream.ts";

const DEFAULT_MOST_BYTES = 64 * 1024 * 1024;
const LARGEST_OUTCOME = 2 * 1024 * 1024;
/** Marks what a gateway sends, so that one whose upstream is itself does not turn in a circle. */
const HOP_HEADER = "x-culprit-gateway";
const LONGEST_HOPS = 1000;

/** An OpenAI-compatible proxy that records every model call as a span. */
export function createGateway(options: GatewayOptions): Gateway {
  return new RecordingGateway(options).handle;
}

class RecordingGateway {
  readonly handle: Gateway;
  readonly #options: GatewayOptions;
  readonly #upstream: Upstream;
  readonly #agentOf: AgentNaming;
  readonly #recorders = new Map<string, Recorder>();
  readonly #id = crypto.randomUUID();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#upstream = new Upstream({ url: options.upstream, silenceMs: options.silenceMs ?? 600_000 });
    this.#agentOf = agentNaming(options.agentRules ?? DEFAULT_AGENT_RULES);
    const app = new Hono();
    app.all("*", async (context) => {
      const { incoming, outgoing } = context.env as HttpBindings;
      try {
        await this.#answer(context, incoming as IncomingMessage, outgoing as ServerResponse);
      } catch (error) {
        this.#fail(outgoing as ServerResponse, error);
      }
      return RESPONSE_ALREADY_SENT;
    });
    this.handle = {
      app,
      upstream: this.#upstream.url,
      counts: () => this.#counts(),
      close: (deadlineMs = 5000) => this.#close(deadlineMs),
    };
  }

  async #answer(context: Context, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const target = incoming.url ?? "/";
    const question = target.indexOf("?");
    const query = question === -1 ? "" : target.slice(question);
    const { mount = "" } = this.#options;
    const path = question === -1 ? target : target.slice(0, question);
    if (!path.startsWith(`${mount}/`)) throw notFound();
    const pathname = path.slice(mount.length);
    const project = this.#options.projectOf?.(context) ?? "";
    const run = outcomeAddress(pathname);
    if (run !== undefined && incoming.method === "POST") return await this.#outcome(run, project, incoming, outgoing);
    const address = parseAddress(pathname);
    if (address === undefined) throw notFound();
    if (hopsOf(incoming).includes(this.#id)) throw turnsInCircles(this.#upstream.url);
    await this.#call({ address, query, project, incoming, outgoing });
  }

  async #call({ address, query, project, incoming, outgoing }: IncomingCall): Promise<void> {
    const { maxRequestBytes = DEFAULT_MOST_BYTES, maxResponseBytes = DEFAULT_MOST_BYTES } = this.#options;
    const identity = identify(address, incoming.headers);
    const body = await readBody(incoming, maxRequestBytes);
    const gone = new AbortController();
    const onClose = (): void => {
      if (!outgoing.writableFinished) gone.abort();
    };
    outgoing.once("close", onClose);
    const send = () =>
      this.#upstream.send({
        method: incoming.method ?? "GET",
        path: address.path,
        query,
        headers: [...forwardedHeaders(incoming), HOP_HEADER, [...hopsOf(incoming), this.#id].join(",")],
        body,
        signal: gone.signal,
      });
    const interceptor = this.#options.interceptor?.(identity.run);
    // Recording is done while the upstream is already at work.
    const live = interceptor === undefined ? send() : undefined;
    live?.catch(() => undefined);
    const recorded = this.#record({ path: address.path, query, incoming, body, identity }, project);
    const { record, stamps } = recorded ?? { record: undefined, stamps: [] };
    try {
      if (interceptor !== undefined && MODEL_ENDPOINTS.has(address.path) && incoming.method === "POST") {
        // Sent on unseen, it would be answered by nobody knows what.
        if (recorded?.model === undefined) throw unrecordable();
        if (await serveInstead({ interceptor, ...recorded.model }, outgoing, stamps)) return;
      }
      const answer = await (live ?? send());
      await passOn(answer, outgoing, { stamps, record, maxBytes: maxResponseBytes });
    } catch (error) {
      if (gone.signal.aborted) record?.left();
      else record?.failed(error);
      if (!gone.signal.aborted) this.#fail(outgoing, error, stamps);
    } finally {
      outgoing.off("close", onClose);
    }
  }

  /** Whatever fails in recording, the call goes on. */
  #record(call: ArrivedCall, project: string): Recorded | undefined {
    try {
      return beginRecord(call, {
        recorder: () => this.#recorder(project),
        agentOf: this.#agentOf,
        upstream: this.#upstream.url,
        maxBytes: this.#options.maxRequestBytes ?? DEFAULT_MOST_BYTES,
      });
    } catch (error) {
      this.#warn("a call could not be recorded", error);
      return undefined;
    }
  }

  async #outcome(run: string, project: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const parsed = gatewayOutcomeSchema.safeParse(
      parseJson((await readBody(incoming, LARGEST_OUTCOME)).toString("utf8")),
    );
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new CulpritError("invalid_outcome", `This is no outcome: ${issue?.path.join(".")} ${issue?.message}.`, {
        mend: 'Send {"success": true} with, if you like, a score and feedback.',
      });
    }
    const traceId = this.#recorder(project).outcome(run, parsed.data);
    this.#options.onOutcome?.(run, parsed.data);
    respond(outgoing, 200, ["content-type", "application/json"], JSON.stringify({ trace_id: traceId, ...parsed.data }));
  }

  #recorder(project: string): Recorder {
    let recorder = this.#recorders.get(project);
    if (recorder === undefined) {
      const { exporter, queue, runAttributes, runIdleMs = 30_000 } = this.#options;
      recorder = new Recorder({
        exporter: exporter(project),
        runIdleMs,
        ...(queue ? { queue } : {}),
        ...(runAttributes ? { runAttributes } : {}),
      });
      this.#recorders.set(project, recorder);
    }
    return recorder;
  }

  #fail(outgoing: ServerResponse, error: unknown, stamps: RawHeaders = []): void {
    const failure = asFailure(error);
    if (failure.code === "gateway_failed") this.#warn("a request failed", error);
    if (outgoing.headersSent) return void outgoing.destroy();
    const { status, headers, body } = failureAnswer(failure);
    respond(outgoing, status, [...Object.entries(headers).flat(), ...stamps], body);
  }

  #warn(what: string, error: unknown): void {
    this.#options.warn?.(`gateway: ${what}: ${error instanceof Error ? error.message : String(error)}`);
  }

  #counts(): QueueCounts & { open_runs: number } {
    const sum = { exported: 0, dropped: 0, waiting: 0, sampled_out: { runs: 0, spans: 0 }, open_runs: 0 };
    for (const { counts } of this.#recorders.values()) {
      sum.exported += counts.exported;
      sum.dropped += counts.dropped;
      sum.waiting += counts.waiting;
      sum.sampled_out.runs += counts.sampled_out.runs;
      sum.sampled_out.spans += counts.sampled_out.spans;
      sum.open_runs += counts.open_runs;
    }
    return sum;
  }

  async #close(deadlineMs: number): Promise<void> {
    await Promise.all([...this.#recorders.values()].map((recorder) => recorder.close(deadlineMs)));
    this.#upstream.close();
  }
}

interface IncomingCall {
  address: Address;
  query: string;
  project: string;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

/** The gateways a call came through. */
function hopsOf({ headers }: IncomingMessage): string[] {
  const hops = String(headers[HOP_HEADER] ?? "").slice(0, LONGEST_HOPS);
  return hops === "" ? [] : hops.split(",");
}

function respond(outgoing: ServerResponse, status: number, headers: RawHeaders, body: string): void {
  outgoing.writeHead(status, [...headers, "content-length", String(Buffer.byteLength(body))]);
  outgoing.end(body);
}

function unrecordable(): CulpritError {
  return new CulpritError("replay_refused", "The call can't be recorded, so it can't be replayed.", {
    mend: "The gateway's log says why.",
  });
}

function notFound(): CulpritError {
  return new CulpritError("not_found", "There is nothing here.", {
    mend: "The base URL of clients ends in /v1, or /runs/RUN/agents/AGENT/v1.",
  });
}

function turnsInCircles(upstream: string): CulpritError {
  return new CulpritError("upstream_is_gateway", `The upstream ${upstream} is this gateway itself.`, {
    mend: "Set gateway_upstream to the model's endpoint.",
  });
}
