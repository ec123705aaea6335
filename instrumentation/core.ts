/** The wrappers alone: they need `@opentelemetry/api` and no SDK. Who sets up tracing is another's choice. */
export type { Blame } from "@culprit/schemas";
export { agent } from "./sdk/agent.ts";
export { type ContentOptions, configureContent } from "./sdk/content.ts";
export { type HandoffOptions, handoff } from "./sdk/handoff.ts";
export {
  type ChatCall,
  currentInterceptor,
  type Interceptor,
  type ObservedAnswer,
  type ServedAnswer,
  type StepCall,
  type ToolExecution,
  withInterceptor,
} from "./sdk/interceptor.ts";
export { type CollectorFeedbackOptions, collectorFeedback } from "./sdk/loop/collector-feedback.ts";
export {
  type AppliedBlame,
  type FeedbackSource,
  type LoopOptions,
  type LoopResult,
  type LoopRound,
  loop,
  type RoundInput,
} from "./sdk/loop/loop.ts";
export { type SuccessRate, successRates } from "./sdk/loop/rates.ts";
export { type OpenAIClient, wrapOpenAI } from "./sdk/openai/wrap-openai.ts";
export { type OutcomeReport, type OutcomeTarget, reportOutcome } from "./sdk/outcome.ts";
export { type RunOptions, type RunResult, run, type TaskOf } from "./sdk/run.ts";
export { type Tool, tool } from "./sdk/tool.ts";
