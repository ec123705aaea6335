export { agent } from "./sdk/agent.ts";
export { type ContentOptions, configureContent } from "./sdk/content.ts";
export {
  type ChatCall,
  currentInterceptor,
  type Interceptor,
  type ServedAnswer,
  type StepCall,
  type ToolExecution,
  withInterceptor,
} from "./sdk/interceptor.ts";
export { type OpenAIClient, wrapOpenAI } from "./sdk/openai/wrap-openai.ts";
export { type OutcomeReport, type OutcomeTarget, reportOutcome } from "./sdk/outcome.ts";
export { type RunOptions, type RunResult, run } from "./sdk/run.ts";
export type { QueueCounts, SpanQueueOptions } from "./sdk/span-queue.ts";
export { type Tool, tool } from "./sdk/tool.ts";
export { culpritSpanProcessor, startTracing, type Tracing, type TracingOptions } from "./sdk/tracing.ts";
