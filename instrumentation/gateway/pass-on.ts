import type { ServerResponse } from "node:http";
import { CulpritError } from "@culprit/schemas";
import { bodyReader } from "./body-reader.ts";
import type { CallRecord } from "./call-record.ts";
import { type RawHeaders, returnedHeaders } from "./headers.ts";
import type { UpstreamAnswer } from "./upstream.ts";

export interface PassOnOptions {
  /** Headers of the gateway's own. */
  stamps: RawHeaders;
  /** Told of the answer, when the call is recorded. */
  record: CallRecord | undefined;
  /** Largest answer. */
  maxBytes: number;
}

/**
 * Gives an answer to the caller as it comes: status, headers and every byte of the body as soon as it is there. The
 * record reads along and never holds it up. Resolves when the answer is through, or either side has gone.
 */
export function passOn(answer: UpstreamAnswer, outgoing: ServerResponse, options: PassOnOptions): Promise<void> {
  const { message } = answer;
  const { record, maxBytes } = options;
  const status = message.statusCode ?? 502;
  const reader = bodyReader(message.headers["content-encoding"] ?? "", maxBytes, (bytes) => record?.bytes(bytes));
  outgoing.writeHead(status, message.statusMessage ?? "", [...returnedHeaders(message), ...options.stamps]);
  const type = message.headers["content-type"] ?? "";
  // A stream's caller sees the head before the first event; that of a document goes with its first bytes.
  if (type.startsWith("text/event-stream")) outgoing.flushHeaders();
  record?.began(status, type);
  return new Promise((resolve) => {
    let size = 0;
    let done = false;
    const finish = (tell: () => void) => {
      if (done) return;
      done = true;
      tell();
      resolve();
    };
    message.on("data", (bytes: Buffer) => {
      size += bytes.length;
      if (size > maxBytes) return message.destroy(tooLarge(maxBytes));
      if (!outgoing.write(bytes)) {
        message.pause();
        outgoing.once("drain", () => message.resume());
      }
      reader?.push(bytes);
    });
    message.once("end", () => {
      outgoing.end();
      if (reader === undefined) finish(() => record?.ended());
      else reader.end(() => finish(() => record?.ended()));
    });
    message.once("error", (error) => {
      const reason = error instanceof CulpritError ? error : answer.brokenBy(error);
      finish(() => record?.failed(reason));
      // Cut like the upstream's own: the caller must not take what came for the whole.
      outgoing.destroy();
    });
    outgoing.once("close", () => {
      if (outgoing.writableFinished) return;
      finish(() => record?.left());
      message.destroy();
    });
  });
}

function tooLarge(most: number): CulpritError {
  return new CulpritError("response_too_large", `The answer is larger than ${most} bytes.`, {
    mend: "Raise gateway_max_response_bytes.",
  });
}
