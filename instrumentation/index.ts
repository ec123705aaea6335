export * from "./core.ts";
export type { SampledOut, SamplingOptions } from "./sdk/run-sampler.ts";
export type { QueueCounts, SpanQueueOptions } from "./sdk/span-queue.ts";
export { culpritSpanProcessor, startTracing, type Tracing, type TracingOptions } from "./sdk/tracing.ts";
