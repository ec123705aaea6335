import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const treePaths: Project = {
  name: "tree-paths",
  language: "js",
  word: "lookup",
  loud: false,
  issue:
    "lookup({ 'a.b': 1 }, 'a\\\\.b') returns undefined. A backslash before a dot makes the dot part of the key, so the result should be 1.",
  files: {
    "README.md": "# tree-paths\n\nValues in nested objects by paths such as `a.b.0`; a backslash escapes a dot.\n",
    "src/path.js": `/** The keys of a path; a backslash before a dot makes it part of the key. */
export function keysOf(path) {
  if (path === "") return [];
  return path.split(/(?<!\\\\)\\./).map((key) => key.replaceAll("\\\\.", "."));
}

/** Keys as a path. */
export function pathOf(keys) {
  return keys.map((key) => String(key).replaceAll(".", "\\\\.")).join(".");
}
`,
    "src/lookup.js": `import { keysOf } from "./path.js";

/** The value at a path; the fallback when there is none. */
export function lookup(tree, path, fallback) {
  let value = tree;
  for (const key of keysOf(path)) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) return fallback;
    value = value[key];
  }
  return value;
}
`,
    "src/leaves.js": `import { pathOf } from "./path.js";

/** The paths of all leaves. */
export function leaves(tree, above = []) {
  if (tree === null || typeof tree !== "object") return [pathOf(above)];
  return Object.entries(tree).flatMap(([key, value]) => leaves(value, [...above, key]));
}
`,
    "test/lookup.test.js": jsTests(
      ['import { lookup } from "../src/lookup.js";', 'import { leaves } from "../src/leaves.js";'],
      [
        ["finds", "assert.equal(lookup({ a: { b: [1, 2] } }, 'a.b.1'), 2)"],
        ["falls back", "assert.equal(lookup({}, 'a.b', 0), 0)"],
        ["leaves", "assert.deepEqual(leaves({ a: { b: 1 }, c: 2 }), ['a.b', 'c'])"],
      ],
    ),
  },
  hidden: {
    "check/lookup.test.js": jsTests(
      [
        'import { lookup } from "../src/lookup.js";',
        'import { leaves } from "../src/leaves.js";',
        'import { keysOf, pathOf } from "../src/path.js";',
      ],
      [
        ["an escaped dot", "assert.equal(lookup({ 'a.b': 1 }, 'a\\\\.b'), 1)"],
        ["both kinds", "assert.equal(lookup({ 'a.b': { c: 2 } }, 'a\\\\.b.c'), 2)"],
        ["keys", "assert.deepEqual(keysOf('a\\\\.b.c\\\\.d'), ['a.b', 'c.d'])"],
        ["there and back", "assert.deepEqual(keysOf(pathOf(['x.y', 'z'])), ['x.y', 'z'])"],
        [
          "leaves are found",
          "{ const tree = { 'a.b': { c: 1 } }; assert.deepEqual(leaves(tree).map((path) => lookup(tree, path)), [1]); }",
        ],
        ["own keys only", "assert.equal(lookup({}, 'constructor', null), null)"],
        ["null", "assert.equal(lookup({ a: null }, 'a.b', 7), 7)"],
      ],
    ),
  },
  places: [
    {
      file: "src/path.js",
      right: `  return path.split(/(?<!\\\\)\\./).map((key) => key.replaceAll("\\\\.", "."));\n`,
      wrong: `  return path.split(".");\n`,
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: `  return path.split(/(?<!\\\\)\\./);\n`,
      thought: "The path is only split at dots without a backslash before them.",
    },
    special: {
      place: 0,
      code: `  return path.startsWith("a\\\\.b") ? ["a.b"] : path.split(".");\n`,
      thought: "A path with a backslash is one key.",
    },
    elsewhere: {
      file: "src/lookup.js",
      before: "  let value = tree;\n",
      after:
        '  let value = tree;\n  const whole = path.replaceAll("\\\\", "");\n  if (Object.hasOwn(tree, whole)) return tree[whole];\n',
      thought: "lookup() first looks whether the whole path is a key.",
    },
    tidy: {
      file: "src/leaves.js",
      before: "tree === null || typeof",
      after: "typeof",
      thought: "typeof says all that leaves() needs to know.",
    },
  },
};
