export { openaiAgentsProcessor } from "./processor.ts";
export type { AgentsTracingProcessor } from "./sdk-types.ts";
