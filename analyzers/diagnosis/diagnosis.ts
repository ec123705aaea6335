import type { StrategyAnswer } from "../attribution/strategy.ts";
import type { ClassifiedStep } from "./classify.ts";
import type { EvidenceIndex } from "./evidence.ts";
import type { Finding } from "./rules/finding.ts";
import type { Stage } from "./stages.ts";
import type { StepTree } from "./tree.ts";

/** A step said to be wrong or useless, with what says so. */
export interface JudgedStep {
  /** 0-based index in the trajectory. */
  step: number;
  confidence: number;
  findings: Finding[];
}

/** A code agent's run, understood: what the normaliser and the tree give, without a judgement. */
export interface Understanding {
  steps: ClassifiedStep[];
  stages: Stage[];
  tree: StepTree;
  evidence: EvidenceIndex;
}

/** A diagnosis, by rules or by a model: steps are 0-based indices of the trajectory throughout. */
export interface Diagnosis extends Understanding {
  /** Everything that rules or the model said, also what was too unsure for a label. */
  findings: Finding[];
  /** Steps in the order of the run. */
  incorrect: JudgedStep[];
  unuseful: JudgedStep[];
  /** The decisive step; the status says why there is none. */
  attribution: StrategyAnswer;
  /** From the failure back to its root, in our words. */
  root_cause_chain: string[];
  correct_strategy: string;
  summary: string;
}
