/** What a rule protects; counts are kept by kind. */
export type ScrubKind = "secret" | "email" | "person" | "path" | "provenance" | "label";

/** One row of the scrubbing table: what matches becomes `[word]`, or what `replace` makes of it. */
export interface ScrubRule {
  kind: ScrubKind;
  word: string;
  pattern: RegExp;
  replace?: (match: string, groups: string[]) => string;
}

const ROOTS =
  "home|Users|root|tmp|var|data|mnt|opt|srv|workspace|workspaces|private|scratch|content|kaggle|app|etc|usr|testbed";

/** Every pattern is linear on its input: no nested quantifiers over overlapping classes. Order matters. */
export const SCRUB_RULES: readonly ScrubRule[] = [
  {
    kind: "secret",
    word: "private-key",
    pattern: /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[\s\S]{0,16384}?-----END [A-Z ]{0,32}PRIVATE KEY-----/g,
  },
  { kind: "secret", word: "secret", pattern: /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,200}/g },
  { kind: "secret", word: "secret", pattern: /\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,200}/g },
  { kind: "secret", word: "secret", pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { kind: "secret", word: "secret", pattern: /\bgh[pousr]_[A-Za-z0-9]{20,255}/g },
  { kind: "secret", word: "secret", pattern: /\bgithub_pat_[A-Za-z0-9_]{20,255}/g },
  { kind: "secret", word: "secret", pattern: /\bglpat-[A-Za-z0-9_-]{16,64}/g },
  { kind: "secret", word: "secret", pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,255}/g },
  { kind: "secret", word: "secret", pattern: /\bAIza[A-Za-z0-9_-]{30,60}/g },
  { kind: "secret", word: "secret", pattern: /\b(?:hf|npm)_[A-Za-z0-9]{20,64}/g },
  {
    kind: "secret",
    word: "secret",
    pattern: /\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,4096}/g,
  },
  {
    kind: "secret",
    word: "secret",
    pattern: /\b(bearer|basic)[ \t]+([A-Za-z0-9._~+/-]{16,4096}={0,2})/gi,
    replace: (_match, [scheme = ""]) => `${scheme} [secret]`,
  },
  {
    // scheme://user:password@host
    kind: "secret",
    word: "secret",
    pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/:@"'\\,;{}<>()]{1,128}:[^\s/:@"'\\,;{}<>()]{1,256}@(?=[\w.-])/gi,
    replace: (_match, [scheme = ""]) => `${scheme}[secret]@`,
  },
  {
    // A value assigned to a name that says it is a secret; placeholders and code expressions are left alone.
    kind: "secret",
    word: "secret",
    pattern:
      /\b((?:[\w-]{0,40}[_-])?(?:api[_-]?key|secret(?:[_-]?key)?|passwd|password|access[_-]?token|auth[_-]?token)["']?[ \t]{0,4}[:=][ \t]{0,4}["']?)(?!your|my[_-]|example|placeholder|xxx|\*\*\*|os\.)([A-Za-z0-9._~+/!@#$%^&*-]{8,512})(?![\w(.[])/gi,
    replace: (_match, [name = ""]) => `${name}[secret]`,
  },
  { kind: "email", word: "email", pattern: /\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b/g },
  {
    // The file name stays: it carries meaning, the directories carry a machine.
    kind: "path",
    word: "path",
    pattern: new RegExp(String.raw`(?<![\w./])(?:file:\/\/)?\/(?:${ROOTS})((?:\/[\w.@+~%-]{1,255}){1,40})\/?`, "g"),
    replace: (_match, [rest = ""]) => `[path]${rest.slice(rest.lastIndexOf("/"))}`,
  },
  {
    kind: "path",
    word: "path",
    pattern: /\b[A-Za-z]:(?:\\{1,2}[\w .@+~%-]{1,255}){1,40}/g,
    replace: (match) => `[path]/${match.slice(match.lastIndexOf("\\") + 1)}`,
  },
  // Marks that a run was replayed or had a fault put in: a tracer must not learn to read these.
  {
    kind: "provenance",
    word: "run",
    pattern: /\bculprit\.(?:replay|intervention|injection|outcome)(?:\.\w{1,40}){0,4}/g,
  },
  {
    kind: "provenance",
    word: "run",
    pattern: /([\w-]{1,100}?)[_-](?:attacked|fault[_-]injected)(?=[_.-])/gi,
    replace: (_match, [stem = ""]) => stem,
  },
  {
    kind: "provenance",
    word: "note",
    pattern:
      /^.{0,80}\b(?:critical correction alert|injected fault|fault injection|counterfactual replay)\b.{0,400}$/gim,
  },
  // The label in the shape this project, or the public sets, write it.
  {
    kind: "label",
    word: "label",
    pattern:
      /["']?\bmistake_(?:agent|step|reason)["']?[ \t]{0,4}[:=][ \t]{0,4}(?:"[^"\n]{0,2000}"|'[^'\n]{0,2000}'|[^\s,}]{1,200})/gi,
  },
  { kind: "label", word: "label", pattern: /<answer>[^<]{0,200}\|[^<]{0,40}<\/answer>/gi },
  {
    kind: "label",
    word: "answer",
    pattern:
      /\b((?:ground[ _-]truth|reference answer|expected final answer)["']?[ \t]{0,4}(?:is|[:=])[ \t]{0,4})[^\n]{1,2000}/gi,
    replace: (_match, [name = ""]) => `${name}[answer]`,
  },
];
