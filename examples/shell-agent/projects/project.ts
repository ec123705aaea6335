/** A place where the project is broken. */
export interface Place {
  file: string;
  /** A piece of the file that is there once. */
  right: string;
  wrong: string;
}

/** Another edit than the right one, as an agent may well make it. */
export interface Slip {
  /** Which place it is made at. */
  place: number;
  /** What it puts there. */
  code: string;
  /** Why the agent thinks that it is right. */
  thought: string;
}

/** A small project with a bug, and what there is to know about it. */
export interface Project {
  name: string;
  language: "js" | "py";
  /** As the files should be, by path; `places` are spoilt when the repository is made. */
  files: Record<string, string>;
  /** Decide whether the bug is gone and nothing else broke; no agent sees them. By path. */
  hidden: Record<string, string>;
  /** What is asked for, as a user reports it. */
  issue: string;
  /** What one greps for. */
  word: string;
  /** One or two places that have to be mended. */
  places: readonly [Place, ...Place[]];
  /** The visible tests fail before the bug is mended. */
  loud: boolean;
  slips: {
    /** A wrong operator or boundary at the right place. */
    operator?: Slip;
    /** Only the reported example is mended. */
    special?: Slip;
    /** Another file is changed in place of the right one. */
    elsewhere?: { file: string; before: string; after: string; thought: string };
    /** A clean-up beside the fix that breaks something else. */
    tidy?: { file: string; before: string; after: string; thought: string };
  };
}
