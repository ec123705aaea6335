import { z } from "zod";

/** Names the agent of a call by its system prompt. */
export const gatewayAgentRuleSchema = z.strictObject({
  /** RE2 syntax, searched in the first 4,096 characters of the system prompt. */
  pattern: z.string().min(1).max(2000),
  /** The agent's name; `$1` to `$9` stand for what the pattern's groups matched. */
  agent: z.string().min(1).max(256),
});
export type GatewayAgentRule = z.infer<typeof gatewayAgentRuleSchema>;

/** `You are the Planner.`, `You are Code Reviewer, …`: a name in capitals is taken for the agent's. */
export const DEFAULT_AGENT_RULES: readonly GatewayAgentRule[] = [
  { pattern: String.raw`^\s*(?i:you are|you're) (?:(?i:an?|the) )?([A-Z][\w-]*(?: [A-Z][\w-]*){0,3})`, agent: "$1" },
];

/** What `POST /runs/{run}/outcome` of the gateway takes. */
export const gatewayOutcomeSchema = z.strictObject({
  success: z.boolean(),
  /** Higher is better; the scale is the reporter's. */
  score: z.number().optional(),
  feedback: z.string().max(1_000_000).optional(),
});
export type GatewayOutcome = z.infer<typeof gatewayOutcomeSchema>;
