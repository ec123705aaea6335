import type { Strategy } from "../attribution/strategy.ts";
import { diagnoseByRules } from "./diagnose-by-rules.ts";

/** Changes with the rules and their weights. */
export const RULES_VERSION = "1";

/** The rule diagnosis as a way to attribute: no model, no key; made for code agents, honest about other runs. */
export function createRules(): Strategy {
  return {
    name: "rules",
    version: RULES_VERSION,
    attribute: async (trajectory) => diagnoseByRules(trajectory).attribution,
  };
}
