import type { ClassifiedStep } from "../classify.ts";
import { type Case, quoted } from "./case.ts";
import type { Finding } from "./finding.ts";

/** The same thing done again, and failing in the same way again. */
export function repeatedFailures({ steps }: Case): Finding[] {
  const findings: Finding[] = [];
  for (const [at, own] of steps.entries()) {
    if (!own.failed || own.action === "") continue;
    const since = steps
      .slice(0, at)
      .findLast((before) => before.failed && before.action === own.action && sameErrors(before, own));
    if (since === undefined) continue;
    const between = steps.slice(since.ordinal + 1, at);
    if (between.some((other) => other.class === "change" && !other.failed)) continue;
    findings.push({
      rule: "repeated_failure",
      step: own.step,
      kind: own.class === "change" ? "incorrect" : "unuseful",
      confidence: 0.7,
      evidence: [since.step],
      reason: `The same failed in the same way at step ${since.step}, and nothing had changed since.`,
      deviation: "redundant",
      instead: "Act on the error before trying again.",
    });
  }
  return findings;
}

/** Steps that do nothing at all: an empty command, a bare `:`. */
export function emptySteps({ steps }: Case): Finding[] {
  return steps.flatMap((own): Finding[] => {
    if (own.classes.length > 0 || own.finishes || !/^(?:[:\s;]*|true)(?:#.*)?$/.test(own.action)) return [];
    return [
      {
        rule: "no_action",
        step: own.step,
        kind: "unuseful",
        confidence: 0.6,
        evidence: [],
        reason: "The step does nothing.",
        deviation: "redundant",
        instead: "Leave it out.",
      },
    ];
  });
}

function sameErrors(one: ClassifiedStep, other: ClassifiedStep): boolean {
  return (
    one.errors.map(({ signature }) => signature).join("\n") ===
    other.errors.map(({ signature }) => signature).join("\n")
  );
}

/** Errors of checks that nobody came back to: no change followed, and the task was handed in. */
export function ignoredErrors({ steps, changes, evidence }: Case): Finding[] {
  const finish = steps.find(({ finishes }) => finishes) ?? steps.at(-1);
  if (finish === undefined) return [];
  const findings: Finding[] = [];
  for (const [at, own] of steps.entries()) {
    const failing = own.results !== null && own.results.failed > 0;
    if (own.class !== "verify" || own === finish || (!own.failed && !failing)) continue;
    const rest = steps.slice(at + 1);
    const answered = rest.some((later) => later.class === "change" || later.class === "verify");
    if (answered) continue;
    const next = rest[0];
    if (next === undefined) continue;
    const seen = evidence.errors.find(({ steps: where }) => where.includes(own.step));
    findings.push({
      rule: "ignored_error",
      step: next.step,
      kind: "incorrect",
      confidence: changes.length === 0 ? 0.4 : 0.5,
      evidence: [own.step],
      reason: `The check at step ${own.step} failed (${quoted(seen?.text ?? own.observed.slice(-120))}), and nothing was done about it.`,
      deviation: "premature_conclusion",
      instead: "Find the cause of the failure and mend it.",
    });
  }
  return findings;
}
