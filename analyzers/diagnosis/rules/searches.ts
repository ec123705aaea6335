import type { ClassifiedStep } from "../classify.ts";
import { type Case, quoted, wordsOf } from "./case.ts";
import type { Finding } from "./finding.ts";

/** Searches that found nothing because they misspelt what they were looking for. */
export function misspeltSearches({ steps, task }: Case): Finding[] {
  const findings: Finding[] = [];
  for (const [at, own] of steps.entries()) {
    const [pattern = ""] = own.searches;
    if (own.class !== "explore" || !foundNothing(own) || !/^\w{4,60}$/.test(pattern)) continue;
    const wanted = pattern.toLowerCase();
    const known = new Set([...wordsOf(task), ...steps.slice(0, at).flatMap(({ observed }) => [...wordsOf(observed)])]);
    if (known.has(wanted)) continue;
    const meant = [...known].find((word) => nearly(word, wanted));
    if (meant === undefined) continue;
    const again = steps
      .slice(at + 1)
      .some((later) => later.class === "explore" && later.action.toLowerCase().includes(meant));
    findings.push({
      rule: "misspelt_search",
      step: own.step,
      kind: again ? "unuseful" : "incorrect",
      confidence: again ? 0.6 : 0.75,
      evidence: [],
      reason: `The search for ${quoted(pattern, 60)} finds nothing; before it ${quoted(meant, 60)} was spoken of${again ? "" : ", and that was never searched for"}.`,
      deviation: "wrong_target",
      instead: `Search for ${quoted(meant, 60)}.`,
    });
  }
  return findings;
}

/** Looks at files that are not there. */
export function failedLooks({ steps }: Case): Finding[] {
  return steps.flatMap((own): Finding[] => {
    const missing = own.errors.find(({ signature }) =>
      /no such file|does not exist|not a directory|cannot access/.test(signature),
    );
    if (own.class !== "explore" || !own.failed || missing === undefined) return [];
    return [
      {
        rule: "failed_look",
        step: own.step,
        kind: "unuseful",
        confidence: 0.6,
        evidence: [],
        reason: `There is no such file: ${quoted(missing.text)}.`,
        deviation: "wrong_target",
        instead: "List the directory first.",
      },
    ];
  });
}

function foundNothing({ observed, exit_code, failed }: ClassifiedStep): boolean {
  const output = observed.replace(/<returncode>-?\d+<\/returncode>|<\/?output>/g, "").trim();
  return output === "" && !failed && (exit_code === null || exit_code <= 1);
}

/** One slip of the keyboard apart: a letter too many, missing, other, or two changed places. */
function nearly(one: string, other: string): boolean {
  if (one === other || Math.abs(one.length - other.length) > 1 || one.length < 4) return false;
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start++;
  let end = 0;
  while (
    end < one.length - start &&
    end < other.length - start &&
    one[one.length - 1 - end] === other[other.length - 1 - end]
  )
    end++;
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  return (
    left.length + right.length <= 2 ||
    (left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0])
  );
}
