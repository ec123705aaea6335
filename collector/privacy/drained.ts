import { setTimeout as sleep } from "node:timers/promises";
import { CulpritError } from "@culprit/schemas";
import type { IngestHealth } from "../ingest/health.ts";

const PATIENCE_MS = 10_000;

/**
 * Resolves when nothing that was acknowledged waits to be stored, in memory or in the spool: what is to be deleted can't
 * come back from there.
 *
 * @throws CulpritError `spool_busy` when it still does after ten seconds
 */
export async function untilDrained(
  health: () => Pick<IngestHealth, "queue_rows" | "spool_bytes"> | undefined,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { queue_rows = 0, spool_bytes = 0 } = health() ?? {};
    if (queue_rows === 0 && spool_bytes === 0) return;
    if (Date.now() > deadline) {
      throw new CulpritError("spool_busy", "Spans wait to be stored, among them perhaps what is to be deleted.", {
        mend: "Try again when /readyz says ready and culprit_spool_bytes is 0.",
      });
    }
    await sleep(50);
  }
}
