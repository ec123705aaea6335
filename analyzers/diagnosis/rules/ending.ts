import { type Case, quoted } from "./case.ts";
import type { Finding } from "./finding.ts";

/** How the run ended: handed in failing, unchecked, empty-handed, or not at all. */
export function endings({ steps, changes }: Case): Finding[] {
  const finish = steps.findLast(({ finishes }) => finishes) ?? steps.at(-1);
  const last = steps.at(-1);
  if (finish === undefined || last === undefined) return [];
  const handedIn = finish.finishes;
  const effective = changes.filter(({ own }) => !own.failed);
  const lastChange = effective.at(-1);
  const base = { step: finish.step, kind: "incorrect", deviation: "premature_conclusion" } as const;
  if (effective.length === 0) {
    if (!handedIn) return [];
    return [
      {
        ...base,
        rule: "ended_without_change",
        confidence: 0.6,
        evidence: [],
        reason: "The task is handed in although nothing was changed.",
        instead: "Make the change that the task asks for.",
      },
    ];
  }
  const lastRun = steps.findLast(({ results }) => results !== null);
  const findings: Finding[] = [];
  if (
    handedIn &&
    lastRun?.results &&
    lastRun.results.failed > 0 &&
    (lastChange === undefined || lastChange.own.step <= lastRun.step)
  ) {
    findings.push({
      ...base,
      rule: "ignored_failure",
      confidence: 0.6,
      evidence: [lastRun.step],
      reason: `${lastRun.results.failed} tests failed at step ${lastRun.step} (${quoted(lastRun.results.failing[0] ?? "no names", 80)}), and the task is handed in.`,
      instead: "Go on until the tests pass.",
    });
  }
  const checked = lastChange !== undefined && steps.slice(lastChange.at).some((own) => own.classes.includes("verify"));
  if (handedIn && !checked && lastChange !== undefined) {
    findings.push({
      ...base,
      rule: "ended_unchecked",
      confidence: 0.35,
      evidence: [lastChange.own.step],
      reason: `Nothing checked the change of step ${lastChange.own.step} before the task was handed in.`,
      instead: "Run the tests before handing in.",
    });
  }
  return findings;
}

/** Failing tests that were left: known, partly mended, and then passed over; or not looked at again. */
export function leftFailing({ steps, changes }: Case): Finding[] {
  const runs = steps.filter(({ results }) => results !== null);
  const last = runs.at(-1);
  const lastChange = changes.findLast(({ effectless, undone }) => !effectless && undone === undefined);
  if (last?.results == null || last.results.failed === 0 || lastChange === undefined) return [];
  const base = { kind: "incorrect", confidence: 0.75, deviation: "premature_conclusion" } as const;
  if (last.step < lastChange.own.step) {
    const finish = steps.findLast(({ finishes }) => finishes);
    const checked = steps.slice(lastChange.at).some((own) => own.classes.includes("verify"));
    if (finish === undefined || checked) return [];
    return [
      {
        ...base,
        rule: "never_rerun",
        step: finish.step,
        evidence: [last.step, lastChange.own.step],
        reason: `${last.results.failed} tests failed at step ${last.step}; after the change of step ${lastChange.own.step} nobody ran them again.`,
        instead: "Run the tests again, and go on until they pass.",
      },
    ];
  }
  const before = runs.findLast(({ step }) => step < lastChange.own.step)?.results;
  const next = steps.find(({ step }) => step > last.step);
  if (before == null || next === undefined || last.results.failed >= before.failed) return [];
  if (last.results.failing.some((test) => !before.failing.includes(test))) return [];
  return [
    {
      ...base,
      rule: "ignored_rest",
      step: next.step,
      evidence: [last.step],
      reason: `${last.results.failed} of ${before.failed} failing tests are left at step ${last.step}, and nothing is done about them.`,
      instead: "Mend what is left.",
    },
  ];
}

/** Changes that nothing checked; after a passing run they are the likelier to have broken something. */
export function uncheckedChanges({ steps, changes }: Case): Finding[] {
  const lastCheck = steps.findLastIndex((own) => own.classes.includes("verify"));
  const green = steps.findLast(({ results }) => results !== null && results.failed === 0);
  return changes.flatMap(({ at, own, files }): Finding[] => {
    if (own.failed || files.length === 0 || own.finishes || at <= lastCheck) return [];
    if (at === lastCheck && own.classes.includes("verify")) return [];
    const after = green !== undefined && green.step < own.step;
    return [
      {
        rule: after ? "edit_after_green" : "unverified_change",
        step: own.step,
        kind: "incorrect",
        confidence: after ? 0.5 : 0.25,
        evidence: after ? [green.step] : [],
        reason: after
          ? `The tests passed at step ${green.step}; this changes the code again, and nothing checks it.`
          : "Nothing checks this change.",
        deviation: "premature_conclusion",
        instead: "Run the tests after the change.",
      },
    ];
  });
}
