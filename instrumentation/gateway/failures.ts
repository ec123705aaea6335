import { CulpritError } from "@culprit/schemas";

/** Statuses of what the gateway itself refuses or cannot do. */
const STATUSES: Record<string, number> = {
  invalid_path: 400,
  invalid_outcome: 400,
  replay_refused: 400,
  culprit_key_sent_upstream: 401,
  unauthorized: 401,
  forbidden_scope: 403,
  forbidden_host: 403,
  forbidden_origin: 403,
  not_found: 404,
  no_run: 404,
  request_too_large: 413,
  rate_limited: 429,
  quota_exceeded: 429,
  upstream_unreachable: 502,
  upstream_closed: 502,
  response_too_large: 502,
  stopping: 503,
  upstream_timeout: 504,
  upstream_is_gateway: 508,
};

/** Clients of the `openai` package try these again unless told not to; trying again would change nothing. */
const FINAL = new Set(["replay_refused", "upstream_is_gateway"]);

/** A failure of the gateway's own, in the shape clients of the OpenAI API read. */
export function failureAnswer(error: CulpritError): { status: number; headers: Record<string, string>; body: string } {
  const message = [error.message, error.mend ?? ""].join(" ").trim();
  return {
    status: STATUSES[error.code] ?? 500,
    headers: {
      "content-type": "application/json",
      ...(FINAL.has(error.code) ? { "x-should-retry": "false" } : {}),
      // The rest of the request is not read.
      ...(error.code === "request_too_large" ? { connection: "close" } : {}),
    },
    body: JSON.stringify({ error: { message, type: "culprit_gateway_error", param: null, code: error.code } }),
  };
}

/** The error to tell of whatever was thrown. */
export function asFailure(error: unknown): CulpritError {
  if (error instanceof CulpritError) return error;
  return new CulpritError("gateway_failed", "The gateway failed at this request.", {
    mend: "Its log says why.",
    cause: error,
  });
}
