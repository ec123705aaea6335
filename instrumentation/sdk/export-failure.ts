const TOO_LARGE = 413;
/** OTLP/HTTP: these and everything without a status may be tried again. */
const RETRYABLE = new Set([429, 502, 503, 504]);

/** Why an export failed: it may be tried again as it is, in smaller batches, or never. */
export function readFailure(failure: unknown): { kind: "passing" | "too_large" | "final"; said: string } {
  const status = statusOf(failure);
  const said = messageOf(failure, status);
  if (status === undefined || RETRYABLE.has(status)) return { kind: "passing", said };
  return { kind: status === TOO_LARGE ? "too_large" : "final", said: `${status} (${said})` };
}

function statusOf(failure: unknown): number | undefined {
  if (typeof failure !== "object" || failure === null || !("code" in failure)) return undefined;
  return typeof failure.code === "number" ? failure.code : undefined;
}

function messageOf(failure: unknown, status: number | undefined): string {
  const message = failure instanceof Error ? failure.message : String(failure);
  return message === "" && status === undefined ? "no answer" : message || String(status);
}
