import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const csvLines: Project = {
  name: "csv-lines",
  language: "js",
  word: "parseLine",
  loud: false,
  issue: `parseLine('"say ""hi""",2') should give ['say "hi"', '2']: two quotes inside a quoted field stand for one.`,
  files: {
    "README.md": "# csv-lines\n\nReads and writes lines of comma-separated values, quoted where needed.\n",
    "src/parse.js": `/** The fields of one line. */
export function parseLine(line, separator = ",") {
  const fields = [];
  let field = "";
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (quoted && character === '"' && line[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (character === '"') {
      quoted = !quoted;
    } else if (character === separator && !quoted) {
      fields.push(field);
      field = "";
    } else {
      field += character;
    }
  }
  fields.push(field);
  return fields;
}
`,
    "src/format.js": `/** One line of fields; quotes what needs it. */
export function formatLine(fields, separator = ",") {
  return fields.map((field) => quote(String(field), separator)).join(separator);
}

function quote(field, separator) {
  if (!field.includes(separator) && !field.includes('"')) return field;
  return '"' + field.replaceAll('"', '""') + '"';
}
`,
    "src/table.js": `import { parseLine } from "./parse.js";

/** Rows of a text as objects, by the names in its first line. */
export function readTable(text) {
  const [head = "", ...lines] = text.split("\\n").filter((line) => line !== "");
  const names = parseLine(head);
  return lines.map((line) => Object.fromEntries(parseLine(line).map((field, at) => [names[at], field])));
}
`,
    "test/parse.test.js": jsTests(
      ['import { parseLine } from "../src/parse.js";', 'import { formatLine } from "../src/format.js";'],
      [
        ["plain fields", 'assert.deepEqual(parseLine("a,b,,c"), ["a", "b", "", "c"])'],
        ["a separator in quotes", 'assert.deepEqual(parseLine(\'"a,b",c\'), ["a,b", "c"])'],
        ["writes quotes", `assert.equal(formatLine(['a"b', 1]), '"a""b",1')`],
      ],
    ),
  },
  hidden: {
    "check/csv.test.js": jsTests(
      [
        'import { parseLine } from "../src/parse.js";',
        'import { formatLine } from "../src/format.js";',
        'import { readTable } from "../src/table.js";',
      ],
      [
        ["doubled quotes", `assert.deepEqual(parseLine('"say ""hi""",2'), ['say "hi"', "2"])`],
        ["empty quotes", `assert.deepEqual(parseLine('"",x'), ["", "x"])`],
        ["there and back", `assert.deepEqual(parseLine(formatLine(['"', 'a,"b"', "c"])), ['"', 'a,"b"', "c"])`],
        ["a table", `assert.deepEqual(readTable("a,b\\n1,2\\n"), [{ a: "1", b: "2" }])`],
        ["another separator", `assert.deepEqual(parseLine("a;b", ";"), ["a", "b"])`],
      ],
    ),
  },
  places: [
    {
      file: "src/parse.js",
      right: `    if (quoted && character === '"' && line[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (character === '"') {
`,
      wrong: `    if (character === '"') {
`,
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: `    if (character === '"' && line[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (character === '"') {
`,
      thought: "A quote that is followed by a quote is one quote of the field.",
    },
    special: {
      place: 0,
      code: `    if (quoted && line.startsWith('""hi""', at)) {
      field += '"hi"';
      at += 5;
    } else if (character === '"') {
`,
      thought: "The doubled quotes are taken together before a single one is looked at.",
    },
    elsewhere: {
      file: "src/format.js",
      before: `field.replaceAll('"', '""')`,
      after: `field.replaceAll('"', '\\\\"')`,
      thought: "The quotes are doubled when a line is written, which is where this comes from.",
    },
    tidy: {
      file: "src/table.js",
      before: `.filter((line) => line !== "")`,
      after: `.filter((line) => line !== "").sort()`,
      thought: "I also make the order of a table's rows stable.",
    },
  },
};
