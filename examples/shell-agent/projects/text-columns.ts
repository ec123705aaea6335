import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const textColumns: Project = {
  name: "text-columns",
  language: "js",
  word: "wrap",
  loud: false,
  issue: "wrap('aaa bbb', 7) breaks the line although 'aaa bbb' is exactly 7 wide. A line may be as wide as the width.",
  files: {
    "README.md": "# text-columns\n\nWraps and aligns plain text.\n",
    "src/wrap.js": `/** Lines of at most \`width\` characters; words that are longer stand alone. */
export function wrap(text, width) {
  const lines = [];
  let line = "";
  for (const word of text.split(/\\s+/).filter((part) => part !== "")) {
    if (line === "") line = word;
    else if (line.length + 1 + word.length <= width) line += \` \${word}\`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === "" ? lines : [...lines, line];
}
`,
    "src/align.js": `/** A line with its text on the right. */
export function right(line, width) {
  return line.padStart(width);
}

/** A line with its text in the middle. */
export function centre(line, width) {
  const left = Math.floor((width - line.length) / 2);
  return line.padStart(line.length + Math.max(0, left)).padEnd(width);
}
`,
    "src/columns.js": `import { wrap } from "./wrap.js";

/** Two texts side by side. */
export function columns(left, right, width, gap = 2) {
  const [one, other] = [wrap(left, width), wrap(right, width)];
  const rows = Math.max(one.length, other.length);
  return Array.from({ length: rows }, (_, at) => {
    return ((one[at] ?? "").padEnd(width + gap) + (other[at] ?? "")).trimEnd();
  });
}
`,
    "test/wrap.test.js": jsTests(
      ['import { wrap } from "../src/wrap.js";', 'import { centre, right } from "../src/align.js";'],
      [
        ["wraps", "assert.deepEqual(wrap('one two three', 8), ['one two', 'three'])"],
        ["long words", "assert.deepEqual(wrap('a internationalisation b', 5), ['a', 'internationalisation', 'b'])"],
        ["right", "assert.equal(right('a', 3), '  a')"],
        ["centre", "assert.equal(centre('ab', 6), '  ab  ')"],
      ],
    ),
  },
  hidden: {
    "check/wrap.test.js": jsTests(
      [
        'import { wrap } from "../src/wrap.js";',
        'import { columns } from "../src/columns.js";',
        'import { centre } from "../src/align.js";',
      ],
      [
        ["exactly as wide", "assert.deepEqual(wrap('aaa bbb', 7), ['aaa bbb'])"],
        ["one less", "assert.deepEqual(wrap('aaa bbb', 6), ['aaa', 'bbb'])"],
        ["never wider", "assert.ok(wrap('a bb ccc dd e ff ggg', 6).every((line) => line.length <= 6))"],
        ["nothing", "assert.deepEqual(wrap('  ', 5), [])"],
        ["columns", "assert.deepEqual(columns('ab cd', 'x', 5), ['ab cd  x'])"],
        ["odd room", "assert.equal(centre('a', 4), ' a  ')"],
        ["wide gap", "assert.deepEqual(columns('a', 'b', 2, 3), ['a    b'])"],
      ],
    ),
  },
  places: [
    {
      file: "src/wrap.js",
      right: "line.length + 1 + word.length <= width",
      wrong: "line.length + 1 + word.length < width",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: "line.length + word.length <= width",
      thought: "The space between two words was counted against the width.",
    },
    special: {
      place: 0,
      code: "line.length + 1 + word.length < width || width === 7",
      thought: "A line that fills the width is let through.",
    },
    elsewhere: {
      file: "src/columns.js",
      before: "[wrap(left, width), wrap(right, width)]",
      after: "[wrap(left, width + 1), wrap(right, width + 1)]",
      thought: "The columns are one too narrow, so they wrap at one more.",
    },
    tidy: {
      file: "src/align.js",
      before: "Math.floor((width - line.length) / 2)",
      after: "Math.ceil((width - line.length) / 2)",
      thought: "centre() should round like the rest of the code; I change that as well.",
    },
  },
};
