import { createHash } from "node:crypto";

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/i;

/**
 * The trace id of a run: a run that is named by one keeps it, any other name is hashed, always to the same. So calls
 * that name the same run come together, whichever gateway they go through.
 */
export function traceIdOf(run: string): string {
  return TRACE_ID.test(run) ? run.toLowerCase() : digest(`run ${run}`, 32);
}

/** The span id of a run's root, the same wherever and however often the root is sent. */
export function rootSpanIdOf(traceId: string): string {
  return digest(`root ${traceId}`, 16);
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(`culprit ${text}`).digest("hex").slice(0, length);
}
