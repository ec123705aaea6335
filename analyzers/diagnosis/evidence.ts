import type { Trajectory } from "@culprit/schemas";
import { type ClassifiedStep, classifySteps } from "./classify.ts";
import type { FileAction } from "./words.ts";

export interface FileEvidence {
  path: string;
  /** The step that first touched it, in whatever way. */
  first: number;
  /** Every touch, in order. */
  touches: { step: number; action: FileAction }[];
}

export interface ErrorEvidence {
  signature: string;
  text: string;
  /** Steps that saw it, the first one first. */
  steps: number[];
}

/** A test result that was not what it had been. */
export interface TestChange {
  /** The step whose run showed it. */
  step: number;
  /** The test's name; empty where only the counts are known. */
  test: string;
  from: "passed" | "failed" | "unknown";
  to: "passed" | "failed";
  /** Change steps since the run before, any of which may have caused it. */
  after: number[];
}

export interface TestRunEvidence {
  step: number;
  runner: string;
  passed: number;
  failed: number;
  failing: string[];
}

/** Who first touched what, who first saw which error, what turned which test. */
export interface EvidenceIndex {
  files: FileEvidence[];
  errors: ErrorEvidence[];
  test_runs: TestRunEvidence[];
  test_changes: TestChange[];
}

/** The evidence index of a run; steps are indices of the trajectory. Pure. */
export function evidenceIndex(source: Pick<Trajectory, "steps"> | readonly ClassifiedStep[]): EvidenceIndex {
  const steps = "steps" in source ? classifySteps(source) : source;
  const files = new Map<string, FileEvidence>();
  const errors = new Map<string, ErrorEvidence>();
  const runs: TestRunEvidence[] = [];
  const changes: TestChange[] = [];
  const states = new Map<string, "passed" | "failed">();
  let counts: { passed: number; failed: number } | undefined;
  let since: number[] = [];
  for (const own of steps) {
    for (const { path, action } of own.files) {
      const file = files.get(path) ?? { path, first: own.step, touches: [] };
      file.touches.push({ step: own.step, action });
      files.set(path, file);
    }
    for (const { signature, text } of own.errors) {
      const seen = errors.get(signature) ?? { signature, text, steps: [] };
      seen.steps.push(own.step);
      errors.set(signature, seen);
    }
    if (own.class === "change" && !own.failed) since.push(own.step);
    const { results } = own;
    if (results === null) continue;
    const { passed, failed, failing, passing, runner } = results;
    runs.push({ step: own.step, runner, passed, failed, failing });
    const turn = (test: string, to: "passed" | "failed", from: TestChange["from"] = states.get(test) ?? "unknown") => {
      if (from !== to && (from !== "unknown" || to === "failed"))
        changes.push({ step: own.step, test, from, to, after: [...since] });
      if (test !== "") states.set(test, to);
    };
    for (const test of failing) turn(test, "failed");
    for (const test of passing) turn(test, "passed");
    // A whole run without the failure that was there: it passes now.
    if (failed === 0) for (const [test, state] of states) if (state === "failed") turn(test, "passed");
    // Only where no test has a name do the counts speak.
    if (states.size === 0) {
      const from = counts === undefined ? "unknown" : counts.failed > 0 ? "failed" : "passed";
      turn("", failed > 0 ? "failed" : "passed", from);
    }
    counts = { passed, failed };
    since = [];
  }
  return { files: [...files.values()], errors: [...errors.values()], test_runs: runs, test_changes: changes };
}
