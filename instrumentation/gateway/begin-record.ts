import type { IncomingMessage } from "node:http";
import type { AgentNaming } from "./agent-rules.ts";
import { type CallRecord, ModelCallRecord } from "./call-record.ts";
import { EmbeddingsRecord } from "./embeddings-record.ts";
import { EMBEDDINGS_PATH, MODEL_ENDPOINTS, modelOf, parseJson, readRequest, type WireProtocol } from "./endpoints.ts";
import type { RawHeaders } from "./headers.ts";
import type { Identity } from "./identity.ts";
import { bodyText } from "./read-body.ts";
import type { Place, Recorder } from "./recorder.ts";
import { credentialsOf } from "./secrets.ts";

/** A call whose body is here. */
export interface ArrivedCall {
  /** Below `/v1`. */
  path: string;
  query: string;
  incoming: IncomingMessage;
  body: Buffer;
  identity: Identity;
}

export interface RecordContext {
  /** Only asked for calls that are recorded. */
  recorder: () => Recorder;
  agentOf: AgentNaming;
  upstream: string;
  /** Largest body that is read. */
  maxBytes: number;
}

/** A call that is being recorded. */
export interface Recorded {
  record: CallRecord;
  /** Headers that tell the caller where. */
  stamps: RawHeaders;
  /** Set for a call that an interceptor may answer. */
  model?: { record: ModelCallRecord; protocol: WireProtocol; body: unknown };
}

/** The agent of a system that never says who is who. */
const ONLY_AGENT = "agent";

/** Begins the record of a call; undefined where its endpoint is none that is recorded. */
export function beginRecord(call: ArrivedCall, context: RecordContext): Recorded | undefined {
  const { path, query, incoming, body, identity } = call;
  const protocol = MODEL_ENDPOINTS.get(path);
  if (incoming.method !== "POST" || (protocol === undefined && path !== EMBEDDINGS_PATH)) return undefined;
  const { upstream, maxBytes } = context;
  const given = parseJson(bodyText(body, incoming.headers["content-encoding"], maxBytes));
  const credentials = credentialsOf(incoming.headers, query);
  if (protocol === undefined) {
    const place = context.recorder().place({ identity, guess: "", messages: [], credentials });
    const record = begun(place, () => new EmbeddingsRecord(place, given, { upstream, model: modelOf(given) }));
    return { record, stamps: stampsOf(place, record) };
  }
  const request = readRequest(protocol, given);
  const guess = identity.agent === "" ? context.agentOf(request.messages) || ONLY_AGENT : "";
  const place = context.recorder().place({ identity, guess, messages: request.messages, credentials });
  const retry = /^\d{1,3}$/.test(stainlessRetries(incoming)) ? Number(stainlessRetries(incoming)) : 0;
  const record = begun(place, () => new ModelCallRecord(place, protocol, request, { upstream, retry }));
  return { record, stamps: stampsOf(place, record), model: { record, protocol, body: given } };
}

/** Clients made with Stainless (`openai` among them) count their attempts. */
function stainlessRetries({ headers }: IncomingMessage): string {
  return String(headers["x-stainless-retry-count"] ?? "");
}

/** A run must not wait for ever for a call whose record could not begin. */
function begun<Record>(place: Place, begin: () => Record): Record {
  try {
    return begin();
  } catch (error) {
    place.ended();
    throw error;
  }
}

function stampsOf(place: Place, record: CallRecord): RawHeaders {
  return ["x-culprit-trace", place.run.traceId, "x-culprit-span", record.span.spanContext().spanId];
}
