import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@culprit/store";

const STORE_TIMEOUT_MS = 2000;
/** Probes in between are answered from the last look, so that they can't become load. */
const REMEMBER_MS = 500;

/** What `GET /readyz` answers. */
export interface Readiness {
  ready: boolean;
  store: "ok" | "unreachable";
  /** `none` where there is no spool. */
  spool: "ok" | "over its mark" | "none";
  draining: boolean;
}

export interface ReadinessSources {
  store: Pick<Store, "now">;
  /** Undefined where there is no spool. */
  spoolOverMark(): boolean | undefined;
  draining(): boolean;
}

/** Whether this collector should be sent work: the store answers, the spool is below its mark, and it is not stopping. */
export function createReadiness({ store, spoolOverMark, draining }: ReadinessSources) {
  let last: Readiness | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<Readiness> | undefined;
  const look = async (): Promise<Readiness> => {
    const reachable = await answers(store);
    const over = spoolOverMark();
    const spool = over === undefined ? "none" : over ? "over its mark" : "ok";
    const stopping = draining();
    const ready = reachable && over !== true && !stopping;
    last = { ready, store: reachable ? "ok" : "unreachable", spool, draining: stopping };
    lookedAt = performance.now();
    return last;
  };
  return {
    async check(): Promise<Readiness> {
      if (last && !draining() && performance.now() - lookedAt < REMEMBER_MS) return last;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    /** What the last check said; ready before the first. */
    last: (): boolean => last?.ready ?? true,
  };
}

async function answers(store: Pick<Store, "now">): Promise<boolean> {
  const given = new AbortController();
  try {
    return await Promise.race([
      store.now().then(
        () => true,
        () => false,
      ),
      sleep(STORE_TIMEOUT_MS, false, { signal: given.signal, ref: false }),
    ]);
  } finally {
    given.abort();
  }
}
