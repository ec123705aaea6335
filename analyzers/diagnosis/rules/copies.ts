import { isTestFile } from "../file-names.ts";
import { baseName } from "../shell/simple-commands.ts";
import { type Case, quoted } from "./case.ts";
import type { Finding } from "./finding.ts";

/** Endings that people give to copies. */
const COPY_ENDINGS =
  /\.(?:new|fixed|bak|backup|copy|orig|tmp|updated|modified)$|(?:[_-](?:new|fixed|copy|backup|v2|updated))(?=\.\w+$)/i;

/** A copy changed, beside the file or in a scratch directory, and never put in its place. */
export function editedCopies({ steps }: Case): Finding[] {
  const findings: Finding[] = [];
  for (const [at, own] of steps.entries()) {
    if (own.class !== "change" || own.failed) continue;
    const copy = own.files.find(
      ({ path, action }) => action === "created" || (action === "changed" && own.rewrites.includes(path)),
    )?.path;
    if (copy === undefined || isTestFile(copy)) continue;
    const original = originalOf(
      copy,
      steps.slice(0, at).flatMap(({ files }) => files.map(({ path }) => path)),
    );
    if (original === undefined) continue;
    const used = steps
      .slice(at + 1)
      .some(
        (later) =>
          later.class === "change" &&
          !later.failed &&
          later.files.some(({ path, action }) => path === original && action !== "read"),
      );
    const backup = steps
      .slice(at)
      .some((later) => later.files.some(({ path, action }) => path === original && action === "changed"));
    if (used || backup) continue;
    findings.push({
      rule: "edited_copy",
      step: own.step,
      kind: "incorrect",
      confidence: 0.8,
      evidence: [],
      reason: `It writes ${quoted(copy, 80)}, and ${quoted(original, 80)} is never changed.`,
      deviation: "wrong_target",
      instead: `Change ${quoted(original, 80)} itself.`,
    });
  }
  return findings;
}

/** The file that a path is a copy of: one with the same name elsewhere, or without the copy's ending. */
function originalOf(copy: string, known: readonly string[]): string | undefined {
  const name = baseName(copy);
  const plain = name.replace(COPY_ENDINGS, "");
  const scratch = /^\/(?:tmp|var\/tmp)\//.test(copy);
  return known.find(
    (path) =>
      path !== copy &&
      ((scratch && baseName(path) === name && !path.startsWith("/tmp/")) ||
        (plain !== name && baseName(path) === plain)),
  );
}
