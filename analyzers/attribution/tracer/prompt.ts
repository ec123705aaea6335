import type { Trajectory } from "@culprit/schemas";
import { renderTrajectory } from "../../trajectory/render.ts";
import type { Prompt } from "../endpoint/client.ts";
import { conversation } from "../judge/conversation.ts";
import { template, versionOf } from "../judge/templates.ts";

export interface PromptOptions {
  /** Show `trajectory.ground_truth`, where there is one. */
  groundTruth?: boolean;
  /** Characters the rendered trajectory should not exceed. */
  maxChars?: number;
}

export interface TracerPrompt extends Prompt {
  /** Characters of the trajectory that were left out to fit. */
  cut: number;
}

/** What the tracer is asked after the record. */
export function tracerTail(): { instruction: string; question: string } {
  return { instruction: template("tracer", "instruction"), question: template("tracer", "question") };
}

/** The tracer's prompt in the layout of {@link conversation}. Served and trained with the same bytes. */
export function tracerPrompt(trajectory: Trajectory, options: PromptOptions = {}): TracerPrompt {
  const { text, cut } = renderTrajectory(
    trajectory,
    options.maxChars === undefined ? {} : { maxChars: options.maxChars },
  );
  const groundTruth = options.groundTruth === true ? trajectory.ground_truth : "";
  return { ...conversation(text, { ...tracerTail(), groundTruth }), cut };
}

/** Twelve hex digits that change when a template or the model does. */
export function promptVersion(model: string): string {
  const { instruction, question } = tracerTail();
  return versionOf([model, template("judge", "system"), instruction, template("judge", "ground-truth"), question]);
}
