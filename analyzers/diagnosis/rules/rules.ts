import type { Case } from "./case.ts";
import { editedCopies } from "./copies.ts";
import { blindEdits, destructiveSteps, editsWithoutEffect, tamperedTests } from "./edits.ts";
import { endings, uncheckedChanges } from "./ending.ts";
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
  uncheckedChanges,
];

/** What every rule says, in the order of the steps. */
export function findingsOf(given: Case): Finding[] {
  return ALL.flatMap((rule) => rule(given)).sort((left, right) => left.step - right.step);
}
