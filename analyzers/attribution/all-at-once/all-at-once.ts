import { z } from "zod";
import { jsonConstraint } from "../judge/constraint.ts";
import { decision, judgeStrategy } from "../judge/judge-strategy.ts";
import { readJson, stepNumber } from "../judge/read-json.ts";
import type { JudgeOptions } from "../judge/session.ts";
import { template } from "../judge/templates.ts";
import type { Strategy } from "../strategy.ts";

const answerSchema = z.object({ reason: z.string().default(""), agent: z.string(), step: stepNumber });

/** About what an 8B model reaches on Who&When with numbered steps and a strict JSON answer (40 % and 19 %). */
const CONFIDENCE = 0.3;

/**
 * The whole run, numbered, in one call, answered in strict JSON. Who&When's all-at-once (arXiv 2505.00212) with the
 * numbering and the form that its published prompt lacks.
 */
export function createAllAtOnce(options: JudgeOptions): Strategy {
  return judgeStrategy(options, {
    name: "all-at-once",
    templates: ["instruction", "question"],
    async decide(session) {
      const { value } = await session.ask({
        instruction: template("all-at-once", "instruction"),
        question: template("all-at-once", "question"),
        read: (message) => readJson(message, answerSchema),
        constraint: jsonConstraint(answerSchema),
      });
      return decision(session, value, value.reason, CONFIDENCE);
    },
  });
}
