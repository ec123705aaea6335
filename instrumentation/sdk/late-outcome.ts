/** Told of outcomes that were reported of runs whose root span had ended. */
export type OutcomeListener = (traceId: string, success: boolean) => void;

const listeners = new Set<OutcomeListener>();

/** @returns stops listening */
export function onLateOutcome(listener: OutcomeListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function announceOutcome(traceId: string, success: boolean): void {
  for (const listener of listeners) listener(traceId, success);
}
