import { z } from "zod";
import { stepNumber } from "../../attribution/judge/read-json.ts";
import { DEVIATION_TYPES } from "../rules/finding.ts";

const text = z.string().max(4_000);
const label = z.object({
  step: stepNumber,
  label: z.enum(["incorrect", "unuseful"]),
  reason: text,
  deviation: z.enum(DEVIATION_TYPES).catch("wrong_target").default("wrong_target"),
  instead: text.default(""),
  /** 0 to 100. */
  confidence: z.coerce.number().min(0).max(100).catch(60).default(60),
});

/**
 * Everything that the diagnosing model can ask for: read-only views of one trajectory, and its verdict. There is no
 * tool that touches a file, a network or a process.
 */
export const toolCallSchema = z.discriminatedUnion("tool", [
  z.object({
    tool: z.literal("list"),
    from: stepNumber.default(0),
    count: z.coerce.number().int().min(1).max(200).default(60),
  }),
  z.object({
    tool: z.literal("read"),
    from: stepNumber,
    to: stepNumber.optional(),
    offset: z.coerce.number().int().min(0).default(0),
  }),
  z.object({ tool: z.literal("search"), text: z.string().min(1).max(200) }),
  z.object({ tool: z.literal("tree") }),
  z.object({ tool: z.literal("diff"), step: stepNumber.optional(), path: z.string().max(500).optional() }),
  z.object({ tool: z.literal("evidence"), of: z.enum(["files", "errors", "tests", "rules"]) }),
  z.object({
    tool: z.literal("finish"),
    labels: z.array(label).max(500),
    decisive: stepNumber.nullable().default(null),
    confidence: z.coerce.number().min(0).max(100).catch(60).default(60),
    root_cause_chain: z.array(text).max(20).default([]),
    correct_strategy: text.default(""),
    summary: text.default(""),
  }),
]);
export type ToolRequest = z.infer<typeof toolCallSchema>;
export type Verdict = Extract<ToolRequest, { tool: "finish" }>;
export const TOOL_NAMES = ["list", "read", "search", "tree", "diff", "evidence", "finish"] as const;
