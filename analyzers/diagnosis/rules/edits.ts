import { isTestFile } from "../file-names.ts";
import { baseName } from "../shell/simple-commands.ts";
import { type Case, changesNothing, quoted } from "./case.ts";
import type { Finding } from "./finding.ts";

/** Edits that were answered with an error and never made good. */
export function editsWithoutEffect({ changes, steps }: Case): Finding[] {
  return changes.flatMap(({ at, own, files }) => {
    if (!own.failed || own.results !== null) return [];
    // Where the step also ran something, that may be what failed.
    if (own.classes.includes("verify") && !own.errors.some(({ signature }) => EDIT_ERRORS.test(signature))) return [];
    const paths = files.map(({ path }) => path);
    const again = changes.find(
      (other) =>
        other.at > at &&
        !other.own.failed &&
        (paths.length === 0 || other.files.some(({ path }) => paths.includes(path))),
    );
    const finding: Finding = {
      rule: "edit_without_effect",
      step: own.step,
      kind: "incorrect",
      confidence: again === undefined ? 0.75 : 0.45,
      evidence: again === undefined ? own.observations.slice(0, 1) : [again.own.step],
      reason: `The edit failed (${quoted(own.errors[0]?.text ?? "an error")})${again === undefined ? " and was never made good" : `; it was made good at step ${again.own.step}`}.`,
      deviation: "wrong_tool",
      instead: "Look at the file, then make the edit so that it applies.",
    };
    return steps.length > 0 ? [finding] : [];
  });
}

const EDIT_ERRORS =
  /no replacement|proposed edit|no match found|string to replace|invalid `|does not exist|not been read/;

/** The same change made again, with no other between. */
export function repeatedChanges({ changes }: Case): Finding[] {
  const last = new Map<string, number>();
  return changes.flatMap(({ own, files }, index): Finding[] => {
    const before = last.get(own.action);
    if (!own.failed) last.set(own.action, index);
    const first = before === undefined ? undefined : changes[before];
    if (
      before === undefined ||
      first === undefined ||
      own.failed ||
      own.action === "" ||
      own.action.length >= LONGEST_ACTION
    )
      return [];
    const paths = files.map(({ path }) => path);
    if (changes.slice(before + 1, index).some((other) => other.files.some(({ path }) => paths.includes(path))))
      return [];
    return [
      {
        rule: "repeated_change",
        step: own.step,
        kind: "incorrect",
        confidence: 0.7,
        evidence: [first.own.step],
        reason: `Step ${first.own.step} did the same, and nothing else had changed since.`,
        deviation: "redundant",
        instead: "Look at why the change has no effect.",
      },
    ];
  });
}

/** Changes whose own look at the difference shows none. */
export function editsOfNothing({ changes }: Case): Finding[] {
  return changes.flatMap(({ own }): Finding[] => {
    if (own.failed || !changesNothing(own)) return [];
    return [
      {
        rule: "edit_without_effect",
        step: own.step,
        kind: "incorrect",
        confidence: 0.75,
        evidence: own.observations.slice(0, 1),
        reason: "The edit changed nothing: the difference that it shows is empty.",
        deviation: "wrong_tool",
        instead: "Look at the file, then make the edit so that it applies.",
      },
    ];
  });
}

/** Longer actions are cut, and might differ behind the cut. */
const LONGEST_ACTION = 200;

/** Existing files changed although nothing of them had been seen. */
export function blindEdits({ changes, steps, task }: Case): Finding[] {
  const findings: Finding[] = [];
  for (const { at, own, files } of changes) {
    if (own.failed) continue;
    const blind = files.find(({ path, action }) => {
      if (action !== "changed" || path === "*") return false;
      return !steps
        .slice(0, at)
        .some(
          (before) => before.files.some((file) => file.path === path) || before.observed.includes(`${baseName(path)}:`),
        );
    });
    if (blind === undefined) continue;
    const name = baseName(blind.path);
    const known =
      task.includes(name) ||
      steps.slice(0, at).some((before) => before.observed.includes(name) || before.action.includes(name));
    findings.push({
      rule: known ? "blind_edit" : "off_task_file",
      step: own.step,
      kind: "incorrect",
      confidence: known ? 0.3 : 0.55,
      evidence: [],
      reason: known
        ? `It changes ${quoted(name)} without having read it.`
        : `It changes ${quoted(name)}, which neither the task nor any step before speaks of.`,
      deviation: known ? "missing_exploration" : "wrong_target",
      instead: `Read ${quoted(name)} first and make sure that the change belongs there.`,
    });
  }
  return findings;
}

/** Deleting, overwriting or putting back what the agent did not make. */
export function destructiveSteps({ changes, steps, task }: Case): Finding[] {
  const findings: Finding[] = [];
  const asked = /\b(?:delet|remov|clean|drop|revert|reset|restore|migrat|renam|mov)/i.test(task);
  for (const { at, own, files } of changes) {
    if (own.failed) continue;
    const mine = new Set(
      changes
        .slice(0, at)
        .flatMap((before) => before.files.filter(({ action }) => action === "created").map(({ path }) => path)),
    );
    const moved =
      own.files.some(({ action }) => action === "created") && /^\s*(?:git\s+)?mv\b|&&\s*mv\b/.test(own.action);
    const lost = files.find(
      ({ path, action }) => action === "deleted" && !mine.has(path) && !BUILD.test(path) && !moved,
    );
    // Seen before as somebody else's, then written anew as a whole, and much shorter.
    const clobbered = files.find(
      ({ path }) =>
        own.rewrites.includes(path) &&
        !mine.has(path) &&
        steps
          .slice(0, at)
          .some(
            (before) =>
              before.files.length === 1 &&
              before.files.some((file) => file.path === path && file.action === "read") &&
              before.observed.length > 3 * own.added.length + 200,
          ),
    );
    const what = lost ?? clobbered;
    if (what === undefined) continue;
    findings.push({
      rule: "destructive",
      step: own.step,
      kind: "incorrect",
      confidence: (asked ? 0.35 : 0.65) * (isTestFile(what.path) || lost !== undefined ? 1 : 0.9),
      evidence: [],
      reason: `It ${lost ? "deletes" : "overwrites"} ${quoted(baseName(what.path))}, which was not its own.`,
      deviation: "wrong_tool",
      instead: "Leave what is not its own as it is.",
    });
  }
  return findings;
}

const BUILD =
  /(?:^|\/)(?:build|dist|node_modules|__pycache__|target|\.pytest_cache|\.git|\.venv|venv)(?:\/|$)|\.(?:pyc|o|log|tmp|bak|orig|rej|lock)$|\*$/;

/** Existing tests changed, errors and tests silenced. */
export function tamperedTests({ changes, steps, task }: Case): Finding[] {
  const findings: Finding[] = [];
  for (const { at, own, files } of changes) {
    if (own.failed) continue;
    const test = files.find(({ path, action }) => isTestFile(path) && (action === "deleted" || action === "changed"));
    const created =
      test !== undefined &&
      changes
        .slice(0, at)
        .some((before) => before.files.some(({ path, action }) => path === test.path && action === "created"));
    const failing = steps.slice(0, at).some(({ results }) => results !== null && results.failed > 0);
    if (test !== undefined && !created && !/\btests?\b/i.test(task)) {
      findings.push({
        rule: "tampered_test",
        step: own.step,
        kind: "incorrect",
        confidence: failing ? 0.7 : 0.5,
        evidence: [],
        reason: `It changes the existing test ${quoted(baseName(test.path))}${failing ? " after tests had failed" : ""}.`,
        deviation: "wrong_target",
        instead: "Mend the code, not the test.",
      });
    }
    const silencing = SILENCES.find((form) => form.test(own.added) && !form.test(own.removed));
    if (silencing !== undefined) {
      findings.push({
        rule: "silenced",
        step: own.step,
        kind: "incorrect",
        confidence: 0.5,
        evidence: [],
        reason: `It silences an error or a test: ${quoted(silencing.exec(own.added)?.[0] ?? "")}.`,
        deviation: "wrong_tool",
        instead: "Find the cause of the error.",
      });
    }
  }
  return findings;
}

const SILENCES: readonly RegExp[] = [
  /except(?:\s+(?:Exception|BaseException))?(?:\s+as\s+\w+)?:\s*\n?\s*pass\b/,
  /@(?:pytest\.mark\.(?:skip|xfail)|unittest\.skip)/,
  /\b(?:it|test|describe)\.skip\(/,
  /catch\s*(?:\(\w*\))?\s*\{\s*\}/,
  /#\s*type:\s*ignore|\/\/\s*@ts-(?:ignore|nocheck)/,
];
