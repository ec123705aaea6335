import type { Knowledge } from "../scripted-endpoint/knowledge/knowledge.ts";
import { recall } from "../scripted-endpoint/knowledge/library.ts";
import type { PlanLine } from "../scripted-endpoint/language/program.ts";
import { askedOf, type ChatMessage, codeIn, digest, lastOf } from "../scripted-endpoint/policies/conversation.ts";
import type { Decision } from "../scripted-endpoint/policies/policy.ts";
import { editsTowards, writeEdit } from "../scripted-endpoint/policies/review.ts";
import { storylineOf } from "../scripted-endpoint/seeding.ts";
import type { Mind } from "./endpoint.ts";
import { draw } from "./habits.ts";

/** Models that criticise a failed attempt. None of them is a language model. */
export const CRITIC_MODELS = { selfRefine: "scripted-self-refine", critic: "scripted-critic" } as const;

export interface CriticOptions {
  seed: number;
  /**
   * How often a critic believes what misled the team: a critic that is the team's own model believes most of it, one that
   * knows everything none.
   */
  blindness: number;
  /** A critic whose tools find nothing names somebody all the same. */
  pressed?: boolean;
}

const SHRUG =
  "I went through the attempt once more and every line follows from the one before. As it failed all the same, the Coder " +
  "should look at the code again, above all at cases that the examples leave out.";
const VERIFIED = "I ran the examples and all of them pass. The tools show no error in this attempt.";

/** The critics of a seed, by model id. */
export function criticMinds(options: CriticOptions): Record<string, Mind> {
  return {
    [CRITIC_MODELS.selfRefine]: ({ messages, seed }) => said(selfRefine(messages, seed ?? 0, options)),
    [CRITIC_MODELS.critic]: ({ messages, seed }) => critic(messages, seed ?? 0, options),
  };
}

/** Reads the attempt again with the knowledge, and the blind spots, of the model that made it; runs nothing. */
function selfRefine(messages: readonly ChatMessage[], attempt: number, { seed, blindness }: CriticOptions): string {
  const attempted = askedOf(messages);
  const known = recall(attempted);
  if (known === null) return "I cannot judge this function.";
  return findings(known, attempted, believed(known, seed, attempt, blindness)) ?? SHRUG;
}

/** Runs the examples first. Where one fails, it reads the code next to that; where none does, it has found nothing. */
function critic(messages: readonly ChatMessage[], attempt: number, options: CriticOptions): Decision {
  const attempted = askedOf(messages);
  const code = codeIn(attempted) ?? "";
  if (messages.at(-1)?.role !== "tool") {
    const id = `call_${digest(JSON.stringify(messages)).slice(0, 12)}`;
    const call = { id, name: "run_tests", arguments: JSON.stringify({ code }) };
    return said("Let me check this with the tool first.", [call]);
  }
  const report = lastOf(messages, "tool");
  const known = recall(attempted);
  const failing = report.split("\n").filter((line) => line.startsWith("FAIL ") || line.startsWith("Error"));
  if (failing.length === 0) return said(options.pressed ? selfRefine(messages, attempt, options) : VERIFIED);
  const whole = known === null ? null : findings(known, attempted, wholePlan(known));
  return said([`The Coder's code fails:`, ...failing, whole ?? ""].join("\n").trim());
}

/** What departs from the plan that the critic holds for right: the Planner's sentence, else the Coder's line. */
function findings(known: Knowledge, attempted: string, right: readonly PlanLine[]): string | null {
  const code = codeIn(attempted) ?? "";
  const edits = editsTowards(known.signature, code, right);
  if (edits === null)
    return "The Coder's code has little to do with the task; it should be written anew from the plan.";
  if (edits.length === 0) return null;
  const plan =
    attempted.slice(attempted.search(/^## Step \d+, Planner$/m)).split(/^## Step \d+, (?!Planner)/m, 1)[0] ?? "";
  const wanted = new Set(right.map(({ sentence }) => sentence));
  const wrong = [known.quiet.wrong, known.loud.wrong].find(
    (sentence) => !wanted.has(sentence) && plan.includes(sentence),
  );
  if (wrong !== undefined) {
    const sentence = wrong === known.quiet.wrong ? known.quiet.right : known.loud.right;
    return `The Planner's plan is wrong where it says "${wrong}"; it should say "${sentence}".`;
  }
  return ["The Coder's code does not do what the task says:", ...edits.map(writeEdit)].join("\n");
}

function wholePlan({ guard, plan }: Knowledge): PlanLine[] {
  return guard === null ? plan : [{ depth: 0, sentence: guard.right }, ...plan];
}

/** The right plan, with the misconceptions of the storyline where the critic shares them. */
function believed(known: Knowledge, seed: number, attempt: number, blindness: number): PlanLine[] {
  let plan = wholePlan(known);
  for (const [name, fault] of Object.entries(storylineOf(seed, known).faults(known))) {
    if (typeof fault !== "object" || fault === null) continue;
    if (draw("believes", seed, known.name, attempt, name) >= blindness) continue;
    const { right, wrong } = fault;
    plan = plan.map((line) => (line.sentence === right ? { ...line, sentence: wrong } : line));
  }
  return plan;
}

function said(content: string, tool_calls: Decision["answer"]["tool_calls"] = []): Decision {
  return { role: "tester", functionName: "", answer: { content, tool_calls }, erred: [] };
}
