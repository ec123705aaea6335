import type { ClassifiedStep } from "../classify.ts";
import { baseName } from "../shell/simple-commands.ts";
import { type Case, wordsOf } from "./case.ts";
import type { Finding } from "./finding.ts";

/** Looks that were taken before, with nothing changed since. */
export function repeatedLooks({ steps }: Case): Finding[] {
  const findings: Finding[] = [];
  const last = new Map<string, number>();
  let changed = -1;
  for (const [at, own] of steps.entries()) {
    if (own.class === "change" && !own.failed) changed = at;
    if (own.class !== "explore" || own.action === "") continue;
    const before = last.get(own.action);
    last.set(own.action, at);
    const first = before === undefined ? undefined : steps[before];
    if (first === undefined || before === undefined || before < changed || own.failed || /scroll_/.test(own.action))
      continue;
    if (first.observed !== own.observed && own.observed !== "") continue;
    findings.push({
      rule: "repeated_look",
      step: own.step,
      kind: "unuseful",
      confidence: 0.7,
      evidence: [first.step],
      reason: `The same was looked at in step ${first.step}, with the same answer.`,
      deviation: "redundant",
      instead: "Use what was seen before.",
    });
  }
  return findings;
}

/** Looks of which no later step uses anything: no file, no word that was new. */
export function unusedLooks({ steps, task }: Case): Finding[] {
  if (steps.length > MOST_STEPS) return [];
  const findings: Finding[] = [];
  const known = wordsOf(task);
  /** The last step that uses a word in what it does. */
  const lastUse = new Map<string, number>();
  for (const [at, own] of steps.entries()) {
    const paths = own.files.map(({ path }) => path).join("\n");
    for (const word of wordsOf(`${own.action}\n${own.added}\n${own.removed}\n${paths}`)) lastUse.set(word, at);
  }
  for (const [at, own] of steps.entries()) {
    const seen = own.class === "explore" ? [...wordsOf(own.observed)].filter((word) => !known.has(word)) : [];
    if (own.class === "explore" && at > 0 && at + 1 < steps.length && own.observed.length > 0) {
      const used =
        seen.some((word) => (lastUse.get(word) ?? -1) > at) || own.files.some(({ path }) => usedLater(path, steps, at));
      if (!used) findings.push(unused(own));
    }
    for (const word of seen.slice(0, 2_000)) known.add(word);
  }
  return findings;
}

/** The work is steps × words; longer runs would take longer than they tell. */
const MOST_STEPS = 1_000;

function usedLater(path: string, steps: readonly ClassifiedStep[], at: number): boolean {
  const name = baseName(path);
  return (
    name !== "" &&
    steps
      .slice(at + 1)
      .some(
        (later) =>
          later.class !== "explore" && (later.files.some((file) => file.path === path) || later.action.includes(name)),
      )
  );
}

function unused(own: ClassifiedStep): Finding {
  return {
    rule: "unused_look",
    step: own.step,
    kind: "unuseful",
    confidence: own.failed ? 0.5 : 0.4,
    evidence: [],
    reason: own.failed
      ? "The look failed and led nowhere."
      : "Nothing that was seen here for the first time is used by a later step.",
    deviation: "redundant",
    instead: "Look where the task points to.",
  };
}
