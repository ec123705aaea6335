import { z } from "zod";
import { agentSteps, decision, judgeStrategy, noBlame } from "../judge/judge-strategy.ts";
import { readJson } from "../judge/read-json.ts";
import type { JudgeOptions } from "../judge/session.ts";
import { filled, template } from "../judge/templates.ts";
import { yesOrNo } from "../judge/yes-or-no.ts";
import type { Strategy } from "../strategy.ts";

const answerSchema = z.object({ reason: z.string().default(""), error: yesOrNo });

/** Published step accuracies are between 7 and 25 %. */
const CONFIDENCE = 0.2;

/**
 * Shows the run up to one agent step after the other and asks about that step; the first yes is the blame, none is
 * `abstained`. Each prompt begins with the bytes of the one before, so a prefix cache reads every step once. As many
 * calls as agent steps up to the blamed one. (Who&When, arXiv 2505.00212.)
 */
export function createStepByStep(options: JudgeOptions): Strategy {
  return judgeStrategy(options, {
    name: "step-by-step",
    templates: ["instruction", "question"],
    async decide(session) {
      for (const step of agentSteps(session.trajectory)) {
        const { value } = await session.ask({
          instruction: template("step-by-step", "instruction"),
          question: filled(template("step-by-step", "question"), { step }),
          upTo: step,
          read: (message) => readJson(message, answerSchema),
          otherwise: { reason: "", error: false },
        });
        if (value.error) return decision(session, { agent: "", step }, value.reason, CONFIDENCE);
      }
      return noBlame("abstained", "The model found no error in any step.");
    },
  });
}
