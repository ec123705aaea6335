import { type Effect, effect } from "../words.ts";

/** Source code of these marks, run by an interpreter, changes files. */
const CODE_WRITES: readonly RegExp[] = [
  /\bopen\(\s*(?:r?f?["']([^"'\n]{1,300})["']|([\w.]+))\s*,\s*(?:mode\s*=\s*)?["'][wax]b?\+?["']/g,
  /(?:Path|pathlib\.Path)\(\s*r?f?["']([^"'\n]{1,300})["']\s*\)\.(?:write_text|write_bytes|unlink|rename|touch|mkdir)\b/g,
  /\b(?:writeFileSync|writeFile|appendFileSync|rmSync|unlinkSync|renameSync|mkdirSync)\(\s*["'`]([^"'`\n]{1,300})["'`]/g,
  /\b(?:os\.(?:remove|unlink|rename|rmdir|makedirs|mkdir)|shutil\.(?:rmtree|copy\w*|move))\(\s*["']([^"'\n]{1,300})["']/g,
  /\bFile\.(?:write|open)\(\s*["']([^"'\n]{1,300})["']/g,
];
/** Writes whose file stands in a variable. */
const CODE_WRITES_SOMEWHERE =
  /\.write_text\(|\.write_bytes\(|\.write\(|writelines\(|json\.dump\(|\.to_csv\(|\.savefig\(/;
const CODE_READS = /\bopen\(\s*r?f?["']([^"'\n]{1,300})["']\s*(?:\)|,\s*(?:encoding|["']r))/g;
const CODE_TESTS = /\bunittest\.main\(|\bpytest\.main\(|(?:^|\n)\s*assert\s|\brequire\(["']assert["']\)|\bexpect\(/;
const ASSIGNED = /(?:^|\n)\s*(\w+)\s*=\s*(?:Path\(|pathlib\.Path\()?r?f?["']([^"'\n]{1,300})["']/g;

/** What a piece of source code given to an interpreter does, by its marks: writing files, asserting, or looking. */
export function codeEffect(code: string): Effect {
  const changed = new Set<string>();
  const named = new Map([...code.matchAll(ASSIGNED)].map(([, name = "", path = ""]) => [name, path]));
  for (const mark of CODE_WRITES) {
    for (const [, path, variable] of code.matchAll(mark)) {
      const known = path ?? named.get(variable ?? "");
      changed.add(known ?? "");
    }
  }
  const files = [...changed].filter((path) => path !== "");
  const reads = [...code.matchAll(CODE_READS)].flatMap(([, path]) =>
    path === undefined || changed.has(path) ? [] : [path],
  );
  if (changed.size > 0 || CODE_WRITES_SOMEWHERE.test(code)) {
    return effect({ class: "change", changes: files, reads, added: [code] });
  }
  if (CODE_TESTS.test(code)) return effect({ class: "verify", tests: true, reads });
  return effect({ class: "verify", reads });
}

/** A script that is run: whether its name says that it tests. */
export function scriptEffect(path: string): Effect {
  const tests = /(?:^|[/_.-])(?:tests?|spec|check)(?:[/_.-]|$)/i.test(path);
  return effect({ class: "verify", runs: [path], tests });
}
