import { type Random, seededRandom } from "@culprit/analyzers";
import type { ChatMessage, PolicyAnswer } from "../../scripted-endpoint/policies/conversation.ts";
import { LEDGER_MODELS, LEDGER_ROLES, type LedgerRole } from "../prompts.ts";
import type { LedgerTask } from "../tasks.ts";
import { requestIn } from "./read.ts";
import { LEDGER_POLICIES } from "./roles.ts";
import { slip } from "./slips.ts";

/** Where a run goes wrong: the n-th answer of a role, from 0. */
export interface SlipPlace {
  role: LedgerRole;
  occasion: number;
}

/** Share of requests answered without a mistake, and of those with one that get a second one. */
const FLAWLESS_SHARE = 0.12;
const TWICE_SHARE = 0.15;

/** The places at which the run on a request goes wrong, by the seed alone. */
export function slipPlaces(seed: number, task: LedgerTask): SlipPlace[] {
  const random = seededRandom("ledger slips", seed, task.number);
  if (random.next() < FLAWLESS_SHARE) return [];
  const places = random.shuffled(occasionsOf(task));
  return places.slice(0, random.next() < TWICE_SHARE ? 2 : 1);
}

/** Every answer of a run in which nothing has to be done twice. */
function occasionsOf({ lookups }: LedgerTask): SlipPlace[] {
  const answers: Record<LedgerRole, number> = {
    lead: 1,
    researcher: lookups.length + 1,
    analyst: 2,
    reviewer: 2,
    writer: 1,
  };
  return LEDGER_ROLES.flatMap((role) => Array.from({ length: answers[role] }, (_, occasion) => ({ role, occasion })));
}

/** The role a model id plays, or null for an id that is not of this team. */
export function ledgerRoleOf(model: string): LedgerRole | null {
  return LEDGER_ROLES.find((role) => LEDGER_MODELS[role] === model) ?? null;
}

/**
 * The answer of a role: a pure function of the seed and the messages.
 *
 * @param seed `null` makes no mistake
 */
export function ledgerAnswer(seed: number | null, role: LedgerRole, messages: readonly ChatMessage[]): PolicyAnswer {
  const right = LEDGER_POLICIES[role](messages);
  const shown = messages.map(({ content }) => content).join("\n");
  const task = seed === null ? null : requestIn(shown);
  if (seed === null || task === null) return right;
  const occasion = messages.filter((message) => message.role === "assistant").length;
  const errs = slipPlaces(seed, task).some((place) => place.role === role && place.occasion === occasion);
  return errs ? (slip(right, shown, randomOf(seed, task, role, occasion)) ?? right) : right;
}

function randomOf(seed: number, { number }: LedgerTask, role: LedgerRole, occasion: number): Random {
  return seededRandom("ledger slip", seed, number, role, occasion);
}
