import { baseName } from "../shell/simple-commands.ts";
import { type Case, type Change, quoted } from "./case.ts";
import type { Finding } from "./finding.ts";

/** Changes that the agent itself took back: by version control, by deleting, by writing the old text again. */
export function undoneChanges({ changes, steps }: Case): Finding[] {
  const findings: Finding[] = [];
  for (const change of changes) {
    if (change.files.length > 0 && change.files.every(({ action }) => action === "restored")) continue;
    const { undone } = change;
    if (undone === undefined) continue;
    const files = change.files.map(({ path }) => path);
    const later = changes.find(
      (other) =>
        other.at > undone.at && other.files.length > 0 && other.files.every(({ path }) => !files.includes(path)),
    );
    const lost = lostFix(change, undone, changes, steps);
    if (lost) {
      if (!findings.some(({ step }) => step === undone.own.step)) findings.push(lost);
      continue;
    }
    const elsewhere = later !== undefined && later.files[0] !== undefined;
    findings.push({
      rule: elsewhere ? "wrong_file" : "undone_change",
      step: change.own.step,
      kind: "incorrect",
      confidence: elsewhere ? 0.75 : 0.6,
      evidence: [undone.own.step, ...(later === undefined ? [] : [later.own.step])],
      reason: elsewhere
        ? `It changes ${quoted(baseName(files[0] ?? "a file"))}, takes that back at step ${undone.own.step} and changes ${quoted(baseName(later.files[0]?.path ?? ""))} instead.`
        : `What it changes is taken back at step ${undone.own.step}.`,
      deviation: "wrong_target",
      instead: elsewhere ? `Change ${quoted(baseName(later.files[0]?.path ?? ""))} at once.` : "Leave this change out.",
    });
  }
  return findings.filter(({ step }) => steps.some((own) => own.step === step));
}

/** Nothing came in the place of what was taken back, and nothing had spoken against it. */
function lostFix(
  change: Change,
  undone: Change,
  changes: readonly Change[],
  steps: Case["steps"],
): Finding | undefined {
  const more = changes.some(
    (other) => other.at > undone.at && !other.own.failed && other.files.some(({ action }) => action !== "restored"),
  );
  const blamed = steps
    .slice(change.at, undone.at)
    .some(
      ({ results, errors, classes }) =>
        (results !== null && results.failed > 0) || (classes.includes("verify") && errors.length > 0),
    );
  if (more || blamed) return undefined;
  return {
    rule: "undid_the_fix",
    step: undone.own.step,
    kind: "incorrect",
    confidence: 0.75,
    evidence: [change.own.step],
    reason: `It takes back what step ${change.own.step} had changed, and nothing comes in its place.`,
    deviation: "wrong_tool",
    instead: "Keep the change.",
  };
}
