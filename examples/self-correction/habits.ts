import type { Knowledge, Pitfall } from "../scripted-endpoint/knowledge/knowledge.ts";
import { recall } from "../scripted-endpoint/knowledge/library.ts";
import { statement } from "../scripted-endpoint/language/statements.ts";
import { coder } from "../scripted-endpoint/policies/coder.ts";
import { askedOf, type ChatMessage, digest, type PolicyAnswer } from "../scripted-endpoint/policies/conversation.ts";
import { planner } from "../scripted-endpoint/policies/planner.ts";
import { type Decision, FEEDBACK_HEADING, SCRIPTED_MODELS } from "../scripted-endpoint/policies/policy.ts";
import { tester } from "../scripted-endpoint/policies/tester.ts";
import { type FaultName, type Faults, FLAWLESS, type Role, storylineOf } from "../scripted-endpoint/seeding.ts";
import type { Mind } from "./endpoint.ts";

/**
 * How scripted agents take feedback, in probabilities. The same for every kind of feedback: what a critic gains, it
 * gains by whom it names and what it quotes.
 */
export interface Habits {
  /** An agent makes the mistake of its storyline in an attempt. */
  errs: number;
  /** Named, an agent that would have erred does not: where nothing is quoted, and where its very line or a failing example is. */
  mends: number;
  mendsShown: number;
  /** Named, an agent that would have been right is talked into the tempting mistake, unless the right line is quoted. */
  spoils: number;
}

export const HABITS: Habits = { errs: 0.85, mends: 0.5, mendsShown: 0.9, spoils: 0.4 };

const POLICIES: Record<Role, (messages: readonly ChatMessage[], faults: Faults) => PolicyAnswer> = {
  planner,
  coder,
  tester,
};
const OWN: Record<Role, readonly FaultName[]> = {
  planner: ["planner"],
  coder: ["coderPlan", "coderReview"],
  tester: ["testerDoubt", "testerWaves"],
};

/** A number from 0 to 1 that the same words always give. */
export function draw(...words: (string | number)[]): number {
  return Number(digest(JSON.stringify(words)).slice(-9)) / 1e9;
}

/** The faults that a storyline and the luck of an attempt give a function, feedback aside. */
export function faultsOfAttempt(seed: number, attempt: number, known: Knowledge, habits: Habits = HABITS): Faults {
  const faults: Faults = { ...FLAWLESS, testerTrusts: true };
  for (const [name, fault] of Object.entries(storylineOf(seed, known).faults(known))) {
    if (draw("errs", seed, known.name, attempt, name) < habits.errs) Object.assign(faults, { [name]: fault });
  }
  return faults;
}

/**
 * Whether feedback is about a role: where a line says `Blamed: NAME`, that one; where none does, every role that is
 * mentioned.
 */
export function isNamed(role: Role, feedback: string): boolean {
  const blamed = /^\s*Blamed: *(.+?) *$/m.exec(feedback)?.[1];
  return blamed === undefined ? new RegExp(`\\b${role}\\b`, "i").test(feedback) : blamed.toLowerCase() === role;
}

/** Whether the sentence of a pitfall's side, or the line of code it becomes, stands in a text. */
function quotes(text: string, sentence: string): boolean {
  const source = statement(sentence)?.source;
  return text.includes(sentence) || (source !== undefined && text.includes(source));
}

/** The faults of a role that reads feedback before it acts. */
export function heed(
  faults: Faults,
  {
    seed,
    attempt,
    known,
    role,
    feedback,
  }: { seed: number; attempt: number; known: Knowledge; role: Role; feedback: string },
  habits: Habits = HABITS,
): Faults {
  if (feedback === "" || !isNamed(role, feedback)) return faults;
  const own = OWN[role].filter((name) => faults[name] !== null && faults[name] !== false);
  const luck = (what: string) => draw(what, seed, known.name, attempt, role);
  if (own.length === 0) {
    if (quotes(feedback, known.quiet.right) || luck("spoils") >= habits.spoils) return faults;
    return { ...faults, [OWN[role][0] ?? role]: known.quiet };
  }
  const pitfalls = own.map((name) => faults[name]).filter((fault): fault is Pitfall => typeof fault === "object");
  const shown = feedback.includes("FAIL ") || pitfalls.some(({ wrong }) => quotes(feedback, wrong));
  if (luck("mends") >= (shown ? habits.mendsShown : habits.mends)) return faults;
  return { ...faults, ...Object.fromEntries(own.map((name) => [name, FLAWLESS[name]])) };
}

/** A coder that is named and shown a failing example does not follow a plan that the example refutes. */
function seesThrough(
  messages: readonly ChatMessage[],
  { seed, attempt, known, feedback }: { seed: number; attempt: number; known: Knowledge; feedback: string },
  habits: Habits,
): readonly ChatMessage[] {
  const shown = isNamed("coder", feedback) && feedback.includes("FAIL ");
  if (!shown || draw("sees", seed, known.name, attempt) >= habits.mendsShown) return messages;
  const { right, wrong } = known.loud;
  return messages.map((message) =>
    message.role === "user" ? { ...message, content: message.content.replace(wrong, right) } : message,
  );
}

export function feedbackIn(messages: readonly ChatMessage[]): string {
  return messages
    .filter(({ role, content }) => role === "system" && content.startsWith(FEEDBACK_HEADING))
    .map(({ content }) => content.slice(FEEDBACK_HEADING.length))
    .join("\n");
}

/** The three roles of the coding team, as models that err by habit and heed feedback. `seed` of a request is the attempt. */
export function teamMinds(seed: number, habits: Habits = HABITS): Record<string, Mind> {
  const mind =
    (role: Role): Mind =>
    ({ messages, seed: attempt }): Decision => {
      const known = recall(askedOf(messages));
      if (known === null) return { role, functionName: "", answer: POLICIES[role](messages, FLAWLESS), erred: [] };
      const at = { seed, attempt: attempt ?? 0, known, role, feedback: feedbackIn(messages) };
      const faults = heed(faultsOfAttempt(seed, at.attempt, known, habits), at, habits);
      const read = role === "coder" ? seesThrough(messages, at, habits) : messages;
      const answer = POLICIES[role](read, faults);
      const erred = OWN[role].filter(
        (name) => POLICIES[role](read, { ...faults, [name]: FLAWLESS[name] }).content !== answer.content,
      );
      return { role, functionName: known.name, answer, erred };
    };
  return Object.fromEntries((Object.keys(OWN) as Role[]).map((role) => [SCRIPTED_MODELS[role], mind(role)]));
}
