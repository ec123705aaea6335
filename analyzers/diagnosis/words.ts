/** What a step is for. */
export const STEP_CLASSES = ["change", "explore", "verify", "communicate"] as const;
export type StepClass = (typeof STEP_CLASSES)[number];

/** What a step did to a file. `restored`: put back to what a version control or an editor remembers. */
export const FILE_ACTIONS = ["read", "created", "changed", "deleted", "restored"] as const;
export type FileAction = (typeof FILE_ACTIONS)[number];

export interface FileEffect {
  /** As {@link FileNames} spells it, so that one file has one name in a run. */
  path: string;
  action: FileAction;
}

/** What one program, or one tool call, does; nothing is executed to find out. */
export interface Effect {
  /** `null`: neither, such as `cd`. */
  class: StepClass | null;
  reads: string[];
  creates: string[];
  changes: string[];
  deletes: string[];
  /** `*`: everything. */
  restores: string[];
  /** What was searched for. */
  searches: string[];
  /** Text that was put into files. */
  added: string[];
  /** Text that was replaced. */
  removed: string[];
  /** Scripts and modules that were run. */
  runs: string[];
  /** It runs tests. */
  tests: boolean;
  /** It installs software or sets the environment up. */
  installs: boolean;
  /** It hands the task in. */
  finishes: boolean;
}

export function effect(given: Partial<Effect>): Effect {
  return {
    class: null,
    reads: [],
    creates: [],
    changes: [],
    deletes: [],
    restores: [],
    searches: [],
    added: [],
    removed: [],
    runs: [],
    tests: false,
    installs: false,
    finishes: false,
    ...given,
  };
}

/** Which of several effects names the step: what changes something outweighs what looks at it. */
export const CLASS_WEIGHT: Record<StepClass, number> = { change: 3, verify: 2, explore: 1, communicate: 0 };
