import { testResult } from "../observation/tests.ts";
import { baseName } from "../shell/simple-commands.ts";
import { type Case, type Change, quoted, wordsOf } from "./case.ts";
import type { Finding } from "./finding.ts";

/** Changes after which tests that passed fail. */
export function brokenTests(given: Case): Finding[] {
  const findings: Finding[] = [];
  for (const { step, test, from, to, after } of given.evidence.test_changes) {
    if (to !== "failed" || from !== "passed") continue;
    const suspects = given.changes.filter(({ own }) => after.includes(own.step));
    const shown = given.steps.find((own) => own.step === step);
    const [worst] = ranked(suspects, `${test}\n${shown?.observed ?? ""}`);
    if (worst === undefined || findings.some((known) => known.step === worst.change.own.step)) continue;
    const mended = given.evidence.test_changes.some(
      (other) => other.step > step && other.test === test && other.to === "passed",
    );
    findings.push({
      rule: "broke_tests",
      step: worst.change.own.step,
      kind: "incorrect",
      confidence: (mended ? 0.5 : 0.8) * (suspects.length === 1 ? 1 : 0.8),
      evidence: [step],
      reason: `${test === "" ? "The tests" : `The test ${quoted(test, 80)}`} passed before this change and failed at step ${step}${mended ? ", until it was mended" : ""}.`,
      deviation: "wrong_target",
      instead: "Make the change without breaking what worked, and run the tests right after it.",
    });
  }
  return findings;
}

/** The change that the failure at the end speaks of: by the files of its traces, and by its words. */
export function failingAtEnd(given: Case): Finding[] {
  const { changes, feedback } = given;
  const failing = given.steps.filter(({ results }) => results !== null && results.failed > 0).at(-1);
  const lastRun = given.steps.filter(({ results }) => results !== null).at(-1);
  const open = lastRun !== undefined && lastRun === failing ? lastRun : undefined;
  const said = `${feedback}\n${open?.observed ?? ""}`;
  if (said.trim() === "" || changes.length === 0) return [];
  const standing = changes.filter(({ undone, effectless }) => undone === undefined && !effectless);
  const [worst, next] = ranked(standing, said);
  if (worst === undefined || worst.score === 0) return [];
  const clear = next === undefined || worst.score > 1.5 * next.score;
  return [
    {
      rule: "failing_at_end",
      step: worst.change.own.step,
      kind: "incorrect",
      confidence:
        (clear ? 0.7 : 0.5) *
        (failedBefore(given, said, worst.change.own.step) ? 0.6 : 1) *
        (passedAfter(given, worst.change.own.step) ? 0.7 : 1),
      evidence: open === undefined ? [] : [open.step],
      reason: `What fails at the end speaks of what this step changed (${quoted(worst.words.slice(0, 4).join(", "), 80)}).`,
      deviation: "wrong_target",
      instead: "Change what the failing check is about so that it passes.",
    },
  ];
}

/** Tests passed on it: what fails at the end, they do not test. */
function passedAfter({ steps }: Case, change: number): boolean {
  return steps.some(
    ({ step, results }) => step > change && results !== null && results.failed === 0 && results.passed > 0,
  );
}

/** Everything that fails at the end had failed before the change: it did not break it. */
function failedBefore({ steps }: Case, said: string, change: number): boolean {
  const now = testResult(said)?.failing ?? [];
  const before = steps.findLast(({ step, results }) => step < change && results !== null)?.results?.failing ?? [];
  return now.length > 0 && now.every((test) => before.includes(test));
}

/** Code that does not parse or build right after a change. */
export function brokenSyntax({ changes, steps, evidence }: Case): Finding[] {
  const findings: Finding[] = [];
  for (const { at, own, files } of changes) {
    const upTo = changes.find((other) => other.at > at)?.at ?? steps.length;
    const seen = steps
      .slice(at, upTo + 1)
      .find(
        (later, offset) =>
          (offset === 0 || later.class !== "change" || later.classes.includes("verify")) &&
          later.errors.some(({ signature }) => SYNTAX.test(signature)),
      );
    if (seen === undefined) continue;
    const error = seen.errors.find(({ signature }) => SYNTAX.test(signature));
    const before = evidence.errors
      .find(({ signature }) => signature === error?.signature)
      ?.steps.some((step) => step < own.step);
    const names = files.map(({ path }) => baseName(path));
    if (before || (names.length > 0 && !names.some((name) => seen.observed.includes(name)))) continue;
    findings.push({
      rule: "broken_syntax",
      step: own.step,
      kind: "incorrect",
      confidence: 0.7,
      evidence: [seen.step],
      reason: `After this change the code does not parse: ${quoted(error?.text ?? "")}.`,
      deviation: "wrong_tool",
      instead: "Write the change so that the file still parses, and look at it before going on.",
    });
  }
  return findings;
}

const SYNTAX =
  /syntaxerror|indentationerror|taberror|unexpected token|unexpected eof|unterminated|parse error|expected [;:}\])]|new syntax error/;

interface Suspect {
  change: Change;
  score: number;
  words: string[];
}

/** Changes by how much a failure speaks of them; words that all of them share say nothing. */
export function ranked(changes: readonly Change[], failure: string): Suspect[] {
  const said = wordsOf(failure);
  const own = changes.map((change) => wordsOf(`${change.own.added}\n${change.own.removed}`));
  const spread = new Map<string, number>();
  for (const words of own) for (const word of words) spread.set(word, (spread.get(word) ?? 0) + 1);
  return changes
    .map((change, at) => {
      const words = [...(own[at] ?? [])].filter((word) => said.has(word));
      const rare = words.reduce((sum, word) => sum + 1 / (spread.get(word) ?? 1), 0);
      const traced = change.files.some(({ path }) => failure.includes(baseName(path))) ? 1.5 : 0;
      return {
        change,
        score: traced + Math.min(6, rare),
        words: words.sort((left, right) => (spread.get(left) ?? 1) - (spread.get(right) ?? 1)),
      };
    })
    .sort((left, right) => right.score - left.score || right.change.at - left.change.at);
}
