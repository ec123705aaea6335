import { z } from "zod";
import { agentSteps, decision, judgeStrategy } from "../judge/judge-strategy.ts";
import { readJson } from "../judge/read-json.ts";
import type { JudgeOptions } from "../judge/session.ts";
import { filled, template } from "../judge/templates.ts";
import type { Strategy } from "../strategy.ts";

const halfSchema = z
  .string()
  .regex(/^\s*(?:first|second|1|2)\b/i)
  .transform((text) => (/^\s*(?:first|1)/i.test(text) ? "first" : "second"));
const answerSchema = z.object({ reason: z.string().default(""), range: halfSchema });

/** Published step accuracies are between 3 and 41 %, by the strength of the model. */
const CONFIDENCE = 0.25;

/**
 * Halves the agent steps until one is left: ⌈log2 n⌉ calls. The whole run stays in sight and only the question at the
 * end names the ranges, so that one cached prefix serves every call (Who&When's own prompt shows the segment alone). An
 * answer that names neither range is asked for again, then the strategy ends: it never draws lots.
 */
export function createBinarySearch(options: JudgeOptions): Strategy {
  return judgeStrategy(options, {
    name: "binary-search",
    templates: ["instruction", "question"],
    async decide(session) {
      let steps = agentSteps(session.trajectory);
      let reason = "The only agent step of the run.";
      while (steps.length > 1) {
        const middle = Math.ceil(steps.length / 2);
        const [first, second] = [steps.slice(0, middle), steps.slice(middle)];
        const { value } = await session.ask({
          instruction: template("binary-search", "instruction"),
          question: filled(template("binary-search", "question"), {
            first_from: first[0] ?? 0,
            first_to: first.at(-1) ?? 0,
            second_from: second[0] ?? 0,
            second_to: second.at(-1) ?? 0,
          }),
          read: (message) => readJson(message, answerSchema),
        });
        steps = value.range === "first" ? first : second;
        reason = value.reason;
      }
      return decision(session, { agent: "", step: steps[0] ?? 0 }, reason, CONFIDENCE);
    },
  });
}
