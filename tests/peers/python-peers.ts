import { PRICE } from "./scripted-model.ts";
import type { ExpectedStep } from "./verdict.ts";

/** A framework for Python with the program that plays the journey on it, and how its run has to read. */
export interface Framework {
  /** `python/FOLDER`, `docs/instrument/FOLDER.md` and the fixture. */
  folder: string;
  /** With its version. */
  name: string;
  through: string;
  steps: readonly ExpectedStep[];
  note?: string;
}

const ASKS_PRICE = { name: "price_of", arguments: { city: "Oslo" } };
const PRICE_OF: ExpectedStep = { role: "environment", agent: "price_of", says: PRICE };
const PRICED = `A journey to Oslo costs ${PRICE} euros.`;

/** The Planner hands the conversation over for good, by a tool of its framework. */
function handover(tool: string, answer: string): readonly ExpectedStep[] {
  return [
    { role: "agent", agent: "Planner", calls: [{ name: tool, arguments: {} }] },
    { role: "environment", agent: tool, says: answer },
    { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
    PRICE_OF,
    { role: "agent", agent: "Pricer", says: PRICED },
  ];
}

export const FRAMEWORKS: readonly Framework[] = [
  {
    folder: "autogen",
    name: "autogen-agentchat 0.7.5",
    through: "OpenInference 0.1.22",
    steps: handover("transfer_to_pricer", "Transferred to Pricer"),
  },
];
