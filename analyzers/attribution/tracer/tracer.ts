import { createEndpoint, type Endpoint, type EndpointOptions } from "../endpoint/endpoint.ts";
import { attributing, decision } from "../judge/judge-strategy.ts";
import type { JudgeOptions } from "../judge/session.ts";
import type { Strategy } from "../strategy.ts";
import { choicePattern } from "./choices.ts";
import { readAnswer } from "./parse-answer.ts";
import { promptVersion, tracerTail } from "./prompt.ts";

/** An endpoint shared with other strategies, or where one is. */
export type TracerOptions = Omit<JudgeOptions, "endpoint"> & (EndpointOptions | { endpoint: Endpoint });

/**
 * The tracer states no probability. This is the step accuracy published for AgenTracer-8B on Who&When (37.3 and 20.7 %
 * without ground truth, section 5) rounded up for runs shorter than its hand-crafted half.
 */
const CONFIDENCE = 0.4;

/**
 * Attribution by a served model under AgenTracer's protocol: the numbered trajectory in, `<think>…</think>
 * <answer>agent|step</answer>` out. Works with any OpenAI-compatible endpoint; one call a run. Every failure is a
 * status; it throws only when the caller's signal aborts.
 */
export function createTracer(options: TracerOptions): Strategy {
  const endpoint = "endpoint" in options ? options.endpoint : createEndpoint(options);
  const judge = { endpoint, maxChars: options.maxChars, constrain: options.constrain };
  return {
    name: "tracer",
    version: promptVersion(endpoint.model),
    attribute: attributing(judge, async (session) => {
      const pattern = choicePattern(session.trajectory);
      const { value, think } = await session.ask({
        ...tracerTail(),
        rereads: 0,
        read: readAnswer,
        constraint: pattern === undefined ? undefined : { structured_outputs: { regex: pattern } },
      });
      return decision(session, value, think, CONFIDENCE);
    }),
  };
}
