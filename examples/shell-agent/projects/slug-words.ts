import type { Project } from "./project.ts";

export const slugWords: Project = {
  name: "slug-words",
  language: "js",
  word: "slugify",
  loud: false,
  issue: "slugify('Crème brûlée') returns 'crme-brle'. Accented letters should become plain ones: 'creme-brulee'.",
  files: {
    "README.md": "# slug-words\n\nTurns titles into slugs: lower case, words joined by one dash.\n",
    "src/slugify.js": `import { words } from "./words.js";

/** A title as a slug. */
export function slugify(title, { separator = "-", limit = 0 } = {}) {
  const plain = title.normalize("NFD").replace(/[\\u0300-\\u036f]/g, "");
  const parts = words(plain.toLowerCase());
  const kept = limit > 0 ? parts.slice(0, limit) : parts;
  return kept.join(separator);
}
`,
    "src/words.js": `/** The words of a text: runs of letters and digits. */
export function words(text) {
  return text.replace(/[^a-z0-9\\s_-]/g, "").split(/[\\s_-]+/).filter((word) => word !== "");
}
`,
    "src/unique.js": `import { slugify } from "./slugify.js";

/** Slugs of titles, numbered where two would be the same. */
export function uniqueSlugs(titles) {
  const seen = new Map();
  return titles.map((title) => {
    const slug = slugify(title);
    const count = (seen.get(slug) ?? 0) + 1;
    seen.set(slug, count);
    return count === 1 ? slug : \`\${slug}-\${count}\`;
  });
}
`,
    "test/slugify.test.js": `import assert from "node:assert/strict";
import test from "node:test";
import { slugify } from "../src/slugify.js";
import { uniqueSlugs } from "../src/unique.js";

test("joins words by a dash", () => assert.equal(slugify("Hello, big World"), "hello-big-world"));
test("takes a separator", () => assert.equal(slugify("a b", { separator: "_" }), "a_b"));
test("numbers what is the same", () => assert.deepEqual(uniqueSlugs(["A", "a", "B"]), ["a", "a-2", "b"]));
`,
  },
  hidden: {
    "check/slugify.test.js": `import assert from "node:assert/strict";
import test from "node:test";
import { slugify } from "../src/slugify.js";
import { uniqueSlugs } from "../src/unique.js";
import { words } from "../src/words.js";

test("accents", () => assert.equal(slugify("Crème brûlée"), "creme-brulee"));
test("other accents", () => assert.equal(slugify("Ångström señor"), "angstrom-senor"));
test("limit", () => assert.equal(slugify("a b c", { limit: 2 }), "a-b"));
test("words", () => assert.deepEqual(words("a_b  c-d!"), ["a", "b", "c", "d"]));
test("unique", () => assert.deepEqual(uniqueSlugs(["É", "e", "e"]), ["e", "e-2", "e-3"]));
`,
  },
  places: [
    {
      file: "src/slugify.js",
      right: '  const plain = title.normalize("NFD").replace(/[\\u0300-\\u036f]/g, "");\n',
      wrong: "  const plain = title;\n",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: '  const plain = title.normalize("NFC").replace(/[\\u0300-\\u036f]/g, "");\n',
      thought: "I normalise the title and strip the combining marks.",
    },
    special: {
      place: 0,
      code: '  const plain = title.replaceAll("è", "e").replaceAll("û", "u").replaceAll("é", "e");\n',
      thought: "I replace the accented letters by plain ones before the words are taken.",
    },
    elsewhere: {
      file: "src/words.js",
      before: 'text.replace(/[^a-z0-9\\s_-]/g, "")',
      after: 'text.replace(/[^\\p{L}0-9\\s_-]/gu, "")',
      thought: "The letters are lost in words(), so its pattern has to let them through.",
    },
    tidy: {
      file: "src/unique.js",
      before: "(seen.get(slug) ?? 0) + 1",
      after: "(seen.get(slug) || 1) + 1",
      thought: "While I am here I simplify the counting in uniqueSlugs().",
    },
  },
};
