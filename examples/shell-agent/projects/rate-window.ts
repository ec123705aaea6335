import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const rateWindow: Project = {
  name: "rate-window",
  language: "js",
  word: "allow",
  loud: true,
  issue:
    "A limiter of 2 calls a second lets a third call through: allow(0), allow(10), allow(20) should be true, true, false. A call that is exactly one window old no longer counts.",
  files: {
    "README.md": "# rate-window\n\nLimits calls in a sliding window. Times are milliseconds.\n",
    "src/limiter.js": `/** At most \`limit\` calls in any \`windowMs\`. */
export class Limiter {
  #calls = [];

  constructor(limit, windowMs = 1000) {
    this.limit = limit;
    this.windowMs = windowMs;
  }

  allow(now) {
    this.#calls = this.#calls.filter((at) => now - at < this.windowMs);
    if (this.#calls.length >= this.limit) return false;
    this.#calls.push(now);
    return true;
  }

  get open() {
    return this.#calls.length;
  }
}
`,
    "src/users.js": `import { Limiter } from "./limiter.js";

/** A limiter for each user. */
export function perUser(limit, windowMs) {
  const limiters = new Map();
  return (user, now) => {
    const limiter = limiters.get(user) ?? new Limiter(limit, windowMs);
    limiters.set(user, limiter);
    return limiter.allow(now);
  };
}
`,
    "src/wait.js": `/** How long to wait before the next try: doubled each time, up to a minute. */
export function backoff(tries, first = 100) {
  return Math.min(first * 2 ** tries, 60_000);
}
`,
    "test/limiter.test.js": jsTests(
      ['import { Limiter } from "../src/limiter.js";', 'import { backoff } from "../src/wait.js";'],
      [
        ["lets through", "assert.equal(new Limiter(1).allow(0), true)"],
        [
          "refuses the third",
          "{ const limiter = new Limiter(2); assert.deepEqual([0, 10, 20].map((at) => limiter.allow(at)), [true, true, false]); }",
        ],
        ["waits longer", "assert.deepEqual([0, 1, 2].map((n) => backoff(n)), [100, 200, 400])"],
      ],
    ),
  },
  hidden: {
    "check/limiter.test.js": jsTests(
      [
        'import { Limiter } from "../src/limiter.js";',
        'import { perUser } from "../src/users.js";',
        'import { backoff } from "../src/wait.js";',
      ],
      [
        [
          "refuses",
          "{ const limiter = new Limiter(2); assert.deepEqual([0, 10, 20].map((at) => limiter.allow(at)), [true, true, false]); }",
        ],
        [
          "exactly one window",
          "{ const limiter = new Limiter(1); limiter.allow(0); assert.deepEqual([limiter.allow(999), limiter.allow(1000)], [false, true]); }",
        ],
        [
          "a refused call does not count",
          "{ const limiter = new Limiter(1); limiter.allow(0); limiter.allow(500); assert.equal(limiter.allow(1000), true); }",
        ],
        [
          "another window",
          "{ const limiter = new Limiter(1, 10); limiter.allow(0); assert.equal(limiter.allow(10), true); }",
        ],
        [
          "users",
          "{ const allow = perUser(1); assert.deepEqual([allow('a', 0), allow('b', 0), allow('a', 1)], [true, true, false]); }",
        ],
        ["most", "assert.equal(backoff(20), 60_000)"],
        [
          "open",
          "{ const limiter = new Limiter(5); limiter.allow(0); limiter.allow(1); assert.equal(limiter.open, 2); }",
        ],
      ],
    ),
  },
  places: [
    { file: "src/limiter.js", right: "this.#calls.length >= this.limit", wrong: "this.#calls.length > this.limit" },
  ],
  slips: {
    operator: {
      place: 0,
      code: "this.#calls.push(now) > this.limit",
      thought: "The call itself has to be counted before it is compared with the limit.",
    },
    special: {
      place: 0,
      code: "this.#calls.length >= Math.min(this.limit, 2)",
      thought: "Two calls are the limit here.",
    },
    elsewhere: {
      file: "src/users.js",
      before: "new Limiter(limit, windowMs)",
      after: "new Limiter(limit - 1, windowMs)",
      thought: "One call too many gets through, so the limiters are made with one less.",
    },
    tidy: {
      file: "src/limiter.js",
      before: "now - at < this.windowMs",
      after: "now - at <= this.windowMs",
      thought: "I make the window inclusive, as windows are elsewhere.",
    },
  },
};
