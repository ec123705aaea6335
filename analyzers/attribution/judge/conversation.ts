import { fenced } from "../../trajectory/fence.ts";
import type { Prompt } from "../endpoint/client.ts";
import { filled, template } from "./templates.ts";

/** What follows the record in a prompt. Nothing here comes from a run, but for what is fenced. */
export interface Tail {
  /** What the strategy wants done. */
  instruction: string;
  /** Shown fenced; absent: not shown. */
  groundTruth?: string | undefined;
  /** What models or the flow of the run say of it; shown fenced. */
  notes?: string | undefined;
  question: string;
}

/**
 * The one layout of every strategy: constant system text, then the record (task, agents, numbered steps), then the
 * strategy's instruction, the ground truth where it is shown, notes, and the question last. Two prompts about one run
 * are the same bytes to the end of the record, whatever the strategy, so a server's prefix cache serves them all.
 */
export function conversation(record: string, { instruction, groundTruth, notes, question }: Tail): Prompt {
  const tail = [instruction];
  if (groundTruth !== undefined && groundTruth !== "") {
    tail.push(filled(template("judge", "ground-truth"), { ground_truth: fenced(groundTruth) }));
  }
  if (notes !== undefined && notes !== "") tail.push(filled(template("judge", "notes"), { notes: fenced(notes) }));
  return { system: template("judge", "system"), user: [record, ...tail, question].join("\n\n") };
}
