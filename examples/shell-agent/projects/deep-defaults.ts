import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const deepDefaults: Project = {
  name: "deep-defaults",
  language: "js",
  word: "defaults",
  loud: false,
  issue:
    "defaults({ retry: null }, { retry: 3 }) gives { retry: 3 }. A setting that is null was switched off on purpose and must stay null; only what is missing is filled in.",
  files: {
    "README.md": "# deep-defaults\n\nSettings with their defaults filled in, at any depth.\n",
    "src/defaults.js": `import { isPlain } from "./plain.js";

/** \`given\` with what is missing in it from \`fallback\`. Neither is changed. */
export function defaults(given, fallback) {
  const filled = { ...given };
  for (const [key, value] of Object.entries(fallback)) {
    if (filled[key] === undefined) filled[key] = value;
    else if (isPlain(filled[key]) && isPlain(value)) filled[key] = defaults(filled[key], value);
  }
  return filled;
}
`,
    "src/plain.js": `/** An object that is no list and no instance of a class. */
export function isPlain(value) {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
`,
    "src/settings.js": `import { defaults } from "./defaults.js";

const BASE = { port: 80, retry: { times: 3, wait: 100 }, tags: ["a"] };

/** The settings of a server. */
export function settings(...layers) {
  return layers.reduceRight((below, layer) => defaults(layer, below), BASE);
}
`,
    "test/defaults.test.js": jsTests(
      ['import { defaults } from "../src/defaults.js";', 'import { settings } from "../src/settings.js";'],
      [
        ["fills", "assert.deepEqual(defaults({ a: 1 }, { a: 2, b: 3 }), { a: 1, b: 3 })"],
        ["goes deep", "assert.deepEqual(defaults({ a: { b: 1 } }, { a: { c: 2 } }), { a: { b: 1, c: 2 } })"],
        ["lists stay", "assert.deepEqual(settings({ tags: [] }).tags, [])"],
      ],
    ),
  },
  hidden: {
    "check/defaults.test.js": jsTests(
      [
        'import { defaults } from "../src/defaults.js";',
        'import { settings } from "../src/settings.js";',
        'import { isPlain } from "../src/plain.js";',
      ],
      [
        ["null stays", "assert.deepEqual(defaults({ retry: null }, { retry: 3 }), { retry: null })"],
        ["null deep down", "assert.deepEqual(settings({ retry: { wait: null } }).retry, { times: 3, wait: null })"],
        [
          "other falsy values",
          "assert.deepEqual(defaults({ a: 0, b: '', c: false }, { a: 1, b: 1, c: 1 }), { a: 0, b: '', c: false })",
        ],
        ["undefined is missing", "assert.deepEqual(defaults({ a: undefined }, { a: 1 }), { a: 1 })"],
        ["first layer wins", "assert.equal(settings({ port: 1 }, { port: 2 }).port, 1)"],
        [
          "nothing is changed",
          "{ const given = { a: { b: 1 } }; defaults(given, { a: { c: 1 } }); assert.deepEqual(given, { a: { b: 1 } }); }",
        ],
        ["plain", "assert.deepEqual([{}, [], null, new Date()].map(isPlain), [true, false, false, false])"],
      ],
    ),
  },
  places: [
    {
      file: "src/defaults.js",
      right: "if (filled[key] === undefined) filled[key] = value;",
      wrong: "if (filled[key] == null) filled[key] = value;",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: "if (!(key in filled)) filled[key] = value;",
      thought: "Only a key that is not there at all is filled in.",
    },
    special: {
      place: 0,
      code: 'if (filled[key] == null && key !== "retry") filled[key] = value;',
      thought: "A retry that is null is left alone.",
    },
    elsewhere: {
      file: "src/settings.js",
      before: "  return layers.reduceRight((below, layer) => defaults(layer, below), BASE);\n",
      after:
        "  const made = layers.reduceRight((below, layer) => defaults(layer, below), BASE);\n  for (const layer of layers) if (layer.retry === null) made.retry = null;\n  return made;\n",
      thought: "settings() has to keep what a layer switched off.",
    },
    tidy: {
      file: "src/plain.js",
      before: "value !== null && ",
      after: "",
      thought: "isPlain() tests for null twice, as I read it; one test is enough.",
    },
  },
};
