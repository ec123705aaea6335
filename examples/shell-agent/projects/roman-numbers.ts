import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const romanNumbers: Project = {
  name: "roman-numbers",
  language: "js",
  word: "toRoman",
  loud: true,
  issue: "toRoman(4) returns 'IIII' and toRoman(90) returns 'LXXXX'. They should be 'IV' and 'XC'.",
  files: {
    "README.md": "# roman-numbers\n\nNumbers from 1 to 3999 in Roman numerals, and back.\n",
    "src/symbols.js": `/** Values and their symbols, largest first. */
export const SYMBOLS = [
  [1000, "M"],
  [900, "CM"],
  [500, "D"],
  [400, "CD"],
  [100, "C"],
  [90, "XC"],
  [50, "L"],
  [40, "XL"],
  [10, "X"],
  [9, "IX"],
  [5, "V"],
  [4, "IV"],
  [1, "I"],
];
`,
    "src/roman.js": `import { SYMBOLS } from "./symbols.js";

/** A number in Roman numerals. */
export function toRoman(number) {
  if (!Number.isInteger(number) || number < 1 || number > 3999) throw new RangeError("from 1 to 3999");
  let rest = number;
  let text = "";
  for (const [value, symbol] of SYMBOLS) {
    while (rest >= value) {
      text += symbol;
      rest -= value;
    }
  }
  return text;
}

/** The number that Roman numerals mean. */
export function fromRoman(text) {
  const values = [...text].map((letter) => SYMBOLS.find(([, symbol]) => symbol === letter)?.[0] ?? 0);
  return values.reduce((sum, value, at) => sum + (value < (values[at + 1] ?? 0) ? -value : value), 0);
}
`,
    "test/roman.test.js": jsTests(
      ['import { fromRoman, toRoman } from "../src/roman.js";'],
      [
        ["small numbers", 'assert.equal(toRoman(3), "III")'],
        ["four", 'assert.equal(toRoman(4), "IV")'],
        ["back", 'assert.equal(fromRoman("XIV"), 14)'],
      ],
    ),
  },
  hidden: {
    "check/roman.test.js": jsTests(
      ['import { fromRoman, toRoman } from "../src/roman.js";'],
      [
        ["four and ninety", 'assert.deepEqual([4, 9, 40, 90].map(toRoman), ["IV", "IX", "XL", "XC"])'],
        ["hundreds", 'assert.deepEqual([400, 900, 1994].map(toRoman), ["CD", "CM", "MCMXCIV"])'],
        ["all of them", "{ for (let n = 1; n < 4000; n++) assert.equal(fromRoman(toRoman(n)), n); }"],
        ["bounds", "assert.throws(() => toRoman(0), RangeError)"],
      ],
    ),
  },
  places: [
    {
      file: "src/symbols.js",
      right: `  [900, "CM"],
  [500, "D"],
  [400, "CD"],
  [100, "C"],
  [90, "XC"],
  [50, "L"],
  [40, "XL"],
  [10, "X"],
  [9, "IX"],
  [5, "V"],
  [4, "IV"],
`,
      wrong: `  [500, "D"],
  [100, "C"],
  [50, "L"],
  [10, "X"],
  [5, "V"],
`,
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: `  [500, "D"],
  [100, "C"],
  [90, "XC"],
  [50, "L"],
  [40, "XL"],
  [10, "X"],
  [9, "IX"],
  [5, "V"],
  [4, "IV"],
`,
      thought: "The table lacks the pairs that stand before the next larger symbol; I add them.",
    },
    special: {
      place: 0,
      code: `  [500, "D"],
  [100, "C"],
  [90, "XC"],
  [50, "L"],
  [10, "X"],
  [5, "V"],
  [4, "IV"],
`,
      thought: "4 and 90 need symbols of their own in the table.",
    },
    elsewhere: {
      file: "src/roman.js",
      before: "  return text;\n",
      after: '  return text.replace("IIII", "IV").replace("LXXXX", "XC");\n',
      thought: "Four equal symbols in a row have to be shortened where the text is made.",
    },
    tidy: {
      file: "src/roman.js",
      before: "number > 3999",
      after: "number > 399",
      thought: "The upper bound looks arbitrary; I tighten the check of the argument.",
    },
  },
};
