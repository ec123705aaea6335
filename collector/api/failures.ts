import { type ApiError, CulpritError, describeError, failureStatus } from "@culprit/schemas";
import { LimitError } from "../access/access.ts";
import type { Log } from "../log.ts";

/** An error as the API answers it: `{error: {code, message, mend}}`. */
export function failureResponse(error: CulpritError): Response {
  const status = failureStatus(error.code);
  const body: ApiError = {
    error: {
      code: error.code,
      message: error.message,
      ...(error.mend === undefined ? {} : { mend: error.mend }),
    },
  };
  const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
  if (status === 503) headers.set("retry-after", "2");
  if (error instanceof LimitError) headers.set("retry-after", String(error.retryAfterSeconds));
  if (status === 401) headers.set("www-authenticate", 'Bearer realm="culprit"');
  return new Response(JSON.stringify(body), { status, headers });
}

/** Whatever was thrown while answering, as an answer. Foreign errors keep their words for the log. */
export function answerFailure(error: unknown, log: Log): Response {
  if (error instanceof CulpritError) {
    if (failureStatus(error.code) === 503) log("error", error.message, { code: error.code });
    return failureResponse(error);
  }
  log("error", "request failed", { error: describeError(error) });
  const message = "Something went wrong here; the collector's log has the details.";
  const body: ApiError = { error: { code: "internal", message } };
  return Response.json(body, { status: 500, headers: { "cache-control": "no-store" } });
}

export function notFound(message: string, mend?: string): CulpritError {
  return new CulpritError("not_found", message, mend === undefined ? {} : { mend });
}

export function invalid(message: string, mend?: string): CulpritError {
  return new CulpritError("invalid", message, mend === undefined ? {} : { mend });
}
