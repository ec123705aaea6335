import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const versionOrder: Project = {
  name: "version-order",
  language: "js",
  word: "compare",
  loud: true,
  issue: "compare('1.10.0', '1.9.0') says that 1.10.0 is the older one. Parts of a version are numbers.",
  files: {
    "README.md": "# version-order\n\nCompares versions of three numbers, with a label after a dash for previews.\n",
    "src/read.js": `/** A version's numbers and its label. */
export function read(version) {
  const [numbers = "", label = ""] = version.replace(/^v/, "").split("-");
  return { numbers: numbers.split(".").map(Number), label };
}
`,
    "src/compare.js": `import { read } from "./read.js";

/** Below 0 when the left version is older, above 0 when it is newer. */
export function compare(left, right) {
  const [one, other] = [read(left), read(right)];
  for (let at = 0; at < 3; at++) {
    const difference = (one.numbers[at] ?? 0) - (other.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.label === other.label) return 0;
  if (one.label === "") return 1;
  if (other.label === "") return -1;
  return one.label < other.label ? -1 : 1;
}
`,
    "src/newest.js": `import { compare } from "./compare.js";

/** The newest version, previews left out unless there is nothing else. */
export function newest(versions) {
  const stable = versions.filter((version) => !version.includes("-"));
  return (stable.length > 0 ? stable : versions).toSorted(compare).at(-1);
}
`,
    "test/compare.test.js": jsTests(
      ['import { compare } from "../src/compare.js";', 'import { newest } from "../src/newest.js";'],
      [
        ["patches", "assert.ok(compare('1.0.1', '1.0.0') > 0)"],
        ["two digits", "assert.ok(compare('1.10.0', '1.9.0') > 0)"],
        ["newest", "assert.equal(newest(['1.0.0', '2.0.0-beta']), '1.0.0')"],
      ],
    ),
  },
  hidden: {
    "check/compare.test.js": jsTests(
      [
        'import { compare } from "../src/compare.js";',
        'import { newest } from "../src/newest.js";',
        'import { read } from "../src/read.js";',
      ],
      [
        [
          "two digits anywhere",
          "assert.ok([['10.0.0', '9.9.9'], ['1.10.0', '1.9.0'], ['0.0.10', '0.0.9']].every(([l, r]) => compare(l, r) > 0))",
        ],
        ["equal", "assert.equal(compare('v1.2.3', '1.2.3'), 0)"],
        ["short ones", "assert.equal(compare('1.2', '1.2.0'), 0)"],
        ["labels", "assert.ok(compare('1.0.0-beta', '1.0.0') < 0)"],
        ["newest", "assert.equal(newest(['1.9.0', '1.10.0', '1.2.0']), '1.10.0')"],
        ["only previews", "assert.equal(newest(['1.0.0-a', '1.0.0-b']), '1.0.0-b')"],
        ["reads", "assert.deepEqual(read('v1.2.3-rc'), { numbers: [1, 2, 3], label: 'rc' })"],
      ],
    ),
  },
  places: [
    {
      file: "src/read.js",
      right: 'numbers: numbers.split(".").map(Number)',
      wrong: 'numbers: numbers.split(".")',
    },
    {
      file: "src/compare.js",
      right: `    const difference = (one.numbers[at] ?? 0) - (other.numbers[at] ?? 0);
    if (difference !== 0) return difference;
`,
      wrong: `    const [mine = 0, theirs = 0] = [one.numbers[at], other.numbers[at]];
    if (String(mine) !== String(theirs)) return String(mine) < String(theirs) ? -1 : 1;
`,
    },
  ],
  slips: {
    operator: {
      place: 1,
      code: `    const difference = (one.numbers[at] ?? 0) - (other.numbers[at] ?? 0);
    if (difference > 0) return difference;
`,
      thought: "The parts are compared as numbers; the first that differs decides.",
    },
    special: {
      place: 1,
      code: `    const [mine = 0, theirs = 0] = [String(one.numbers[at]), String(other.numbers[at])];
    if (mine !== theirs) return mine.length === 2 || mine > theirs ? 1 : -1;
`,
      thought: "A part with two digits is larger than one with a single digit.",
    },
    elsewhere: {
      file: "src/newest.js",
      before: ".toSorted(compare)",
      after: ".toSorted((left, right) => parseFloat(left) - parseFloat(right))",
      thought: "newest() has to sort by number.",
    },
    tidy: {
      file: "src/newest.js",
      before: "stable.length > 0 ? stable : versions",
      after: "stable",
      thought: "newest() promises to leave previews out, so it should always do so.",
    },
  },
};
