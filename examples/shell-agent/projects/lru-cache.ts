import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const lruCache: Project = {
  name: "lru-cache",
  language: "js",
  word: "get",
  loud: false,
  issue:
    "The cache drops entries that were just read. After set('a'), set('b'), get('a'), set('c') in a cache of two, 'a' must still be there and 'b' must be gone: reading an entry makes it the newest.",
  files: {
    "README.md": "# lru-cache\n\nA cache that drops what was used longest ago.\n",
    "src/cache.js": `/** Keeps the \`limit\` entries used last. */
export class Cache {
  #entries = new Map();
  #limit;

  constructor(limit) {
    this.#limit = limit;
  }

  get size() {
    return this.#entries.size;
  }

  get(key) {
    if (!this.#entries.has(key)) return undefined;
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value);
  }

  has(key) {
    return this.#entries.has(key);
  }
}
`,
    "src/remember.js": `import { Cache } from "./cache.js";

/** A function that remembers its last \`limit\` results, by its first argument. */
export function remember(work, limit = 10) {
  const cache = new Cache(limit);
  return (key) => {
    if (!cache.has(key)) cache.set(key, work(key));
    return cache.get(key);
  };
}
`,
    "test/cache.test.js": jsTests(
      [
        'import { Cache } from "../src/cache.js";',
        "const filled = () => { const cache = new Cache(2); cache.set('a', 1); cache.set('b', 2); return cache; };",
      ],
      [
        ["keeps", "assert.equal(filled().get('a'), 1)"],
        ["drops the oldest", "{ const cache = filled(); cache.set('c', 3); assert.equal(cache.has('a'), false); }"],
        ["has a size", "assert.equal(filled().size, 2)"],
      ],
    ),
  },
  hidden: {
    "check/cache.test.js": jsTests(
      [
        'import { Cache } from "../src/cache.js";',
        'import { remember } from "../src/remember.js";',
        "const filled = () => { const cache = new Cache(2); cache.set('a', 1); cache.set('b', 2); return cache; };",
      ],
      [
        [
          "reading makes new",
          "{ const cache = filled(); cache.get('a'); cache.set('c', 3); assert.deepEqual([cache.has('a'), cache.has('b')], [true, false]); }",
        ],
        [
          "writing makes new",
          "{ const cache = filled(); cache.set('a', 9); cache.set('c', 3); assert.deepEqual([cache.get('a'), cache.has('b')], [9, false]); }",
        ],
        [
          "what is not there",
          "{ const cache = filled(); assert.equal(cache.get('x'), undefined); assert.equal(cache.size, 2); }",
        ],
        [
          "remembers",
          "{ let calls = 0; const f = remember((n) => { calls++; return n * 2; }, 2); f(1); f(2); f(1); f(3); f(1); assert.equal(calls, 3); }",
        ],
        ["falsy values", "{ const cache = new Cache(1); cache.set('a', 0); assert.equal(cache.get('a'), 0); }"],
      ],
    ),
  },
  places: [
    {
      file: "src/cache.js",
      right: `    const value = this.#entries.get(key);
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
`,
      wrong: "    return this.#entries.get(key);\n",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: `    const value = this.#entries.get(key);
    this.#entries.set(key, value);
    return value;
`,
      thought: "Reading sets the entry again, so that it is the newest.",
    },
    special: {
      place: 0,
      code: `    const value = this.#entries.get(key);
    if (key === "a") {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
`,
      thought: "The entry that is read goes to the end of the map.",
    },
    elsewhere: {
      file: "src/remember.js",
      before: "    return cache.get(key);\n",
      after: "    const value = cache.get(key);\n    cache.set(key, value);\n    return value;\n",
      thought: "Whoever reads has to put the entry back; remember() does that now.",
    },
    tidy: {
      file: "src/remember.js",
      before: "limit = 10",
      after: "limit = 0",
      thought: "I take the arbitrary default of ten out of remember().",
    },
  },
};
