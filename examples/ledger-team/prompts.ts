import type { LedgerTask } from "./tasks.ts";

export const LEDGER_ROLES = ["lead", "researcher", "analyst", "reviewer", "writer"] as const;
export type LedgerRole = (typeof LEDGER_ROLES)[number];

/** The agents' names. */
export const LEDGER_AGENTS: Record<LedgerRole, string> = {
  lead: "Lead",
  researcher: "Researcher",
  analyst: "Analyst",
  reviewer: "Reviewer",
  writer: "Writer",
};

/** Models of the scripted endpoint, one a role. None of them is a language model. */
export const LEDGER_MODELS: Record<LedgerRole, string> = {
  lead: "scripted-lead",
  researcher: "scripted-researcher",
  analyst: "scripted-analyst",
  reviewer: "scripted-reviewer",
  writer: "scripted-writer",
};

export const LEDGER_PROMPTS: Record<LedgerRole, string> = {
  lead: "You are the Lead of a small team that answers questions about tables. Write a numbered plan: which rows to look for, which column to take, what to work out, in which unit. Do not look anything up yourself.",
  researcher:
    "You are the Researcher. Look up what the plan asks for with find_rows, one call a look-up, then write down the figures of each look-up for the Analyst.",
  analyst:
    "You are the Analyst. Work out what the plan asks for from the Researcher's figures with calculate, then say what the result is.",
  reviewer:
    "You are the Reviewer. Check with count_rows whether the Researcher found all rows of the first look-up. End with 'Verdict: approve' or with what is wrong and 'Verdict: redo'.",
  writer: "You are the Writer. Answer the request with the Analyst's result. End with a line 'Answer: FIGURE UNIT'.",
};

/** What every agent is told of the request. */
export function describeRequest({ question }: Pick<LedgerTask, "question">): string {
  return `Request:\n${question}`;
}
