import type { Step } from "@culprit/schemas";
import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiFailure, ask } from "./api.ts";
import { asFailure } from "./polling.ts";
import { asText } from "./text.ts";

/** Characters that a clipped run keeps of each text, before the ellipsis that ends a cut one. */
const CLIPPED = 500;

/** Whether some text of a step of a clipped run may have been cut. */
export function isClipped({ content, error, tool_calls }: Step): boolean {
  const cut = (text: string): boolean => text.length === CLIPPED + 1 && text.endsWith("…");
  return cut(content) || cut(error) || tool_calls.some((call) => cut(asText(call.arguments)));
}

export interface WholeStep {
  /** Null until it is asked for and here. */
  whole: Step | null;
  failure: ApiFailure | null;
  load: () => void;
}

/**
 * The rest of a step, from the store once it is asked for.
 *
 * @param eager asks at once where the step was cut
 */
export function useWholeStep(traceId: string, clipped: Step, eager: boolean): WholeStep {
  const [whole, setWhole] = useState<Step | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const asked = useRef<AbortController | null>(null);
  const { index } = clipped;
  const load = useCallback((): void => {
    if (asked.current) return;
    const controller = new AbortController();
    asked.current = controller;
    setFailure(null);
    ask("getStep", { trace_id: traceId, step: index }, controller.signal).then(
      ({ step }) => setWhole(step),
      (error: unknown) => {
        if (controller.signal.aborted) return;
        asked.current = null;
        setFailure(asFailure(error));
      },
    );
  }, [traceId, index]);
  const now = eager && isClipped(clipped);
  useEffect(() => {
    if (now) load();
  }, [now, load]);
  useEffect(
    () => () => {
      asked.current?.abort();
      asked.current = null;
    },
    [],
  );
  return { whole, failure, load };
}
