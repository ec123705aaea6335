import { z } from "zod";
import { jsonConstraint } from "../judge/constraint.ts";
import { decision, judgeStrategy } from "../judge/judge-strategy.ts";
import { readJson, stepNumber } from "../judge/read-json.ts";
import type { JudgeOptions } from "../judge/session.ts";
import { template } from "../judge/templates.ts";
import type { Strategy } from "../strategy.ts";

const text = z.string().default("");
const answerSchema = z.object({ abduct: text, act: text, predict: text, agent: z.string(), step: stepNumber });

/** Published step accuracies are 47 and 29 %, with the ground truth shown. */
const CONFIDENCE = 0.35;

/** Abduct, act, predict in one call (A2P, arXiv 2509.10401). */
export function createA2p(options: JudgeOptions): Strategy {
  return judgeStrategy(options, {
    name: "a2p",
    templates: ["instruction", "question"],
    async decide(session) {
      const { value } = await session.ask({
        instruction: template("a2p", "instruction"),
        question: template("a2p", "question"),
        read: (message) => readJson(message, answerSchema),
        constraint: jsonConstraint(answerSchema),
      });
      const parts = [
        ["Cause", value.abduct],
        ["Correction", value.act],
        ["Prediction", value.predict],
      ];
      const reason = parts.filter(([, said]) => said !== "").map(([name, said]) => `${name}: ${said}`);
      return decision(session, value, reason.join("\n"), CONFIDENCE);
    },
  });
}
