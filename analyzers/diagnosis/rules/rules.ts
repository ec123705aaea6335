import type { Case } from "./case.ts";
import { editedCopies } from "./copies.ts";
import {
  blindEdits,
  destructiveSteps,
  editsOfNothing,
  editsWithoutEffect,
  repeatedChanges,
  tamperedTests,
} from "./edits.ts";
import { endings, leftFailing, uncheckedChanges } from "./ending.ts";
import { emptySteps, ignoredErrors, repeatedFailures } from "./failures.ts";
import type { Finding } from "./finding.ts";
import { repeatedLooks, unusedLooks } from "./looking.ts";
import { failedLooks, misspeltSearches } from "./searches.ts";
import { brokenSyntax, brokenTests, failingAtEnd } from "./tests.ts";
import { undoneChanges } from "./undone.ts";

/** The rules, each a pure function of the case. */
const ALL: readonly ((given: Case) => Finding[])[] = [
  undoneChanges,
  brokenTests,
  failingAtEnd,
  brokenSyntax,
  editsWithoutEffect,
  editsOfNothing,
  repeatedChanges,
  blindEdits,
  editedCopies,
  misspeltSearches,
  failedLooks,
  destructiveSteps,
  tamperedTests,
  repeatedFailures,
  ignoredErrors,
  emptySteps,
  repeatedLooks,
  unusedLooks,
  endings,
  leftFailing,
  uncheckedChanges,
];

/** What every rule says, in the order of the steps. */
export function findingsOf(given: Case): Finding[] {
  const all = ALL.flatMap((rule) => rule(given));
  // A change at the wrong place explains that nothing was changed at the right one.
  const copied = all.some(({ rule }) => rule === "edited_copy");
  return all
    .filter(({ rule }) => !copied || rule !== "ended_without_change")
    .sort((left, right) => left.step - right.step);
}
