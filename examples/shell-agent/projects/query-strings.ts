import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const queryStrings: Project = {
  name: "query-strings",
  language: "js",
  word: "decode",
  loud: true,
  issue:
    "parse('q=a+b&q=c') should give { q: ['a b', 'c'] }. A plus stands for a space, and a name that comes again makes a list.",
  files: {
    "README.md": "# query-strings\n\nQuery strings as objects and back.\n",
    "src/decode.js": `/** A piece of a query string as text. */
export function decode(piece) {
  return decodeURIComponent(piece.replaceAll("+", " "));
}

/** Text as a piece of a query string. */
export function encode(text) {
  return encodeURIComponent(text).replaceAll("%20", "+");
}
`,
    "src/query.js": `import { decode, encode } from "./decode.js";

/** A query string as an object. */
export function parse(query) {
  const found = Object.create(null);
  for (const pair of query.replace(/^\\?/, "").split("&").filter(Boolean)) {
    const [name = "", value = ""] = pair.split("=").map(decode);
    found[name] = name in found ? [found[name], value].flat() : value;
  }
  return { ...found };
}

/** An object as a query string. */
export function format(values) {
  return Object.entries(values)
    .flatMap(([name, value]) => [value].flat().map((one) => \`\${encode(name)}=\${encode(String(one))}\`))
    .join("&");
}
`,
    "src/links.js": `import { format, parse } from "./query.js";

/** A link with more in its query. */
export function extended(link, values) {
  const [path = "", query = ""] = link.split("?");
  const all = format({ ...parse(query), ...values });
  return all === "" ? path : \`\${path}?\${all}\`;
}
`,
    "test/query.test.js": jsTests(
      ['import { format, parse } from "../src/query.js";'],
      [
        ["reads pairs", "assert.deepEqual(parse('?a=1&b=%C3%A9'), { a: '1', b: 'é' })"],
        ["a name twice", "assert.deepEqual(parse('q=a&q=c'), { q: ['a', 'c'] })"],
        ["writes lists", "assert.equal(format({ q: ['a', 'b'] }), 'q=a&q=b')"],
        ["writes spaces", "assert.equal(format({ q: 'a b' }), 'q=a+b')"],
      ],
    ),
  },
  hidden: {
    "check/query.test.js": jsTests(
      ['import { format, parse } from "../src/query.js";', 'import { extended } from "../src/links.js";'],
      [
        ["pluses", "assert.deepEqual(parse('q=a+b&q=c'), { q: ['a b', 'c'] })"],
        ["many pluses", "assert.deepEqual(parse('q=a+b+c'), { q: 'a b c' })"],
        ["three times", "assert.deepEqual(parse('q=1&q=2&q=3'), { q: ['1', '2', '3'] })"],
        [
          "there and back",
          "assert.deepEqual(parse(format({ a: 'x + y', b: ['1', '2'] })), { a: 'x + y', b: ['1', '2'] })",
        ],
        ["links", "assert.equal(extended('/p?a=1', { b: 2 }), '/p?a=1&b=2')"],
        ["nothing", "assert.deepEqual(parse(''), {})"],
      ],
    ),
  },
  places: [
    {
      file: "src/decode.js",
      right: 'decodeURIComponent(piece.replaceAll("+", " "))',
      wrong: "decodeURIComponent(piece)",
    },
    {
      file: "src/query.js",
      right: "    found[name] = name in found ? [found[name], value].flat() : value;\n",
      wrong: "    found[name] = value;\n",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: 'decodeURIComponent(piece.replace("+", " "))',
      thought: "A plus becomes a space before the piece is decoded.",
    },
    special: {
      place: 1,
      code: "    found[name] = name in found ? [found[name], value] : value;\n",
      thought: "A name that is there already makes a list of two.",
    },
    elsewhere: {
      file: "src/links.js",
      before: "parse(query)",
      after: 'parse(query.replaceAll("+", "%20"))',
      thought: "The pluses are replaced before the query of a link is parsed.",
    },
    tidy: {
      file: "src/links.js",
      before: "{ ...parse(query), ...values }",
      after: "{ ...values }",
      thought: "extended() parses needlessly; I simplify it.",
    },
  },
};
