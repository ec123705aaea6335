import type { ServerResponse } from "node:http";
import { CULPRIT, CulpritError } from "@culprit/schemas";
import type { Interceptor } from "../sdk/interceptor.ts";
import { observedAnswer } from "../sdk/openai/protocol.ts";
import type { ModelCallRecord } from "./call-record.ts";
import { isRecord, type WireProtocol } from "./endpoints.ts";
import type { RawHeaders } from "./headers.ts";

/** A call that may be answered in the endpoint's place. */
export interface InterceptedCall {
  interceptor: Interceptor;
  record: ModelCallRecord;
  protocol: WireProtocol;
  /** The request's body. */
  body: unknown;
}

/**
 * Lets the interceptor answer a call, as a document or as the stream the caller asked for; tool-call ids verbatim.
 *
 * @returns whether it did; otherwise the call goes live, and the interceptor is told its answer
 * @throws CulpritError `replay_refused` when the interceptor stops the run
 */
export async function serveInstead(
  call: InterceptedCall,
  outgoing: ServerResponse,
  stamps: RawHeaders,
): Promise<boolean> {
  const { interceptor, record, protocol, body } = call;
  const asked = record.asked();
  const served = await interceptor.intercept(asked).catch((cause: unknown) => {
    throw refused(cause instanceof Error ? cause.message : String(cause), cause);
  });
  record.span.setAttribute(CULPRIT.replaySource, served?.source ?? "live");
  if (served === undefined) {
    record.onAnswer = (answer) => interceptor.observed?.(asked, observedAnswer(answer));
    return false;
  }
  if (served.kind !== "chat") throw refused(`The interceptor answered a chat with a ${served.kind} answer.`);
  const response = protocol.serve(isRecord(body) ? body : {}, served);
  const type = response.headers.get("content-type") ?? "application/json";
  outgoing.writeHead(response.status, ["content-type", type, ...stamps]);
  record.began(response.status, type);
  for (const piece of (await response.text()).split(/(?<=\n\n)/)) {
    outgoing.write(piece);
    record.bytes(Buffer.from(piece));
  }
  outgoing.end();
  record.ended();
  return true;
}

function refused(message: string, cause?: unknown): CulpritError {
  return new CulpritError("replay_refused", message, { mend: "This replay is over.", cause });
}
