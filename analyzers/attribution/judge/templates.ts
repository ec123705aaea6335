import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const loaded = new Map<string, string>();

/** The text of `<folder>/<name>.md` under `attribution/`, as shipped in the package, trimmed. */
export function template(folder: string, name: string): string {
  const key = `${folder}/${name}.md`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const root = dirname(createRequire(import.meta.url).resolve("@culprit/analyzers/package.json"));
  const text = readFileSync(join(root, "attribution", folder, `${name}.md`), "utf8").trim();
  loaded.set(key, text);
  return text;
}

/** A template with its `{{names}}` filled in once: what a value contains is never filled in again. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Twelve hex digits that change when any of the parts does. */
export function versionOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const [at, part] of parts.entries()) hash.update(at === 0 ? part : `\0${part}`);
  return hash.digest("hex").slice(0, 12);
}
