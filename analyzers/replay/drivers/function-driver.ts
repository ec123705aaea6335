import type { Ended, ExternalContext, ExternalDriver } from "./external.ts";

/** What a function of yours may return: nothing when it reports its outcome itself, or leaves it to an evaluator. */
export type FunctionEnd = { outcome?: Ended; answer?: string } | undefined;

/** A TypeScript function that starts the system, with clients that take `baseUrl`. */
export function functionDriver(start: (context: ExternalContext) => Promise<FunctionEnd>): ExternalDriver {
  return async (context) => {
    const { outcome = null, answer = "" } = (await start(context)) ?? {};
    return { outcome, answer };
  };
}
