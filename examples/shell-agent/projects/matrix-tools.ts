import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const matrixTools: Project = {
  name: "matrix-tools",
  language: "js",
  word: "multiply",
  loud: true,
  issue:
    "multiply() only works for square matrices: [[1, 2]] times [[3], [4]] should be [[11]]. identity(n) is wrong as well: it has ones everywhere.",
  files: {
    "README.md": "# matrix-tools\n\nMatrices as lists of rows.\n",
    "src/multiply.js": `/** The product of two matrices. */
export function multiply(left, right) {
  if (left[0].length !== right.length) throw new RangeError("the shapes do not fit");
  return left.map((row) => {
    return right[0].map((_, column) => row.reduce((sum, value, at) => sum + value * right[at][column], 0));
  });
}
`,
    "src/make.js": `/** A matrix of n rows with ones on the diagonal. */
export function identity(n) {
  return Array.from({ length: n }, (_, row) => Array.from({ length: n }, (_, column) => (row === column ? 1 : 0)));
}

/** A matrix of zeros. */
export function zeros(rows, columns) {
  return Array.from({ length: rows }, () => new Array(columns).fill(0));
}
`,
    "src/power.js": `import { identity } from "./make.js";
import { multiply } from "./multiply.js";

/** A square matrix times itself, n times. */
export function power(matrix, n) {
  let result = identity(matrix.length);
  for (let times = 0; times < n; times++) result = multiply(result, matrix);
  return result;
}
`,
    "test/matrix.test.js": jsTests(
      ['import { multiply } from "../src/multiply.js";', 'import { identity, zeros } from "../src/make.js";'],
      [
        ["squares", "assert.deepEqual(multiply([[1, 2], [3, 4]], [[5, 6], [7, 8]]), [[19, 22], [43, 50]])"],
        ["not square", "assert.deepEqual(multiply([[1, 2]], [[3], [4]]), [[11]])"],
        ["identity", "assert.deepEqual(identity(2), [[1, 0], [0, 1]])"],
        ["zeros", "assert.deepEqual(zeros(1, 2), [[0, 0]])"],
      ],
    ),
  },
  hidden: {
    "check/matrix.test.js": jsTests(
      [
        'import { multiply } from "../src/multiply.js";',
        'import { identity, zeros } from "../src/make.js";',
        'import { power } from "../src/power.js";',
      ],
      [
        ["row times column", "assert.deepEqual(multiply([[1, 2]], [[3], [4]]), [[11]])"],
        ["column times row", "assert.deepEqual(multiply([[1], [2]], [[3, 4]]), [[3, 4], [6, 8]])"],
        ["shapes", "assert.throws(() => multiply([[1, 2]], [[1, 2]]), RangeError)"],
        ["identity", "assert.deepEqual(identity(3), [[1, 0, 0], [0, 1, 0], [0, 0, 1]])"],
        ["power", "assert.deepEqual(power([[1, 1], [1, 0]], 5), [[8, 5], [5, 3]])"],
        ["no power", "assert.deepEqual(power([[2]], 0), [[1]])"],
        ["zeros", "assert.deepEqual(zeros(2, 1), [[0], [0]])"],
      ],
    ),
  },
  places: [
    {
      file: "src/multiply.js",
      right:
        "    return right[0].map((_, column) => row.reduce((sum, value, at) => sum + value * right[at][column], 0));\n",
      wrong: "    return row.map((_, column) => row.reduce((sum, value, at) => sum + value * right[at][column], 0));\n",
    },
    { file: "src/make.js", right: "(row === column ? 1 : 0)", wrong: "(row <= n && column <= n ? 1 : 0)" },
  ],
  slips: {
    operator: {
      place: 1,
      code: "(row <= column ? 1 : 0)",
      thought: "The ones belong where row and column meet.",
    },
    special: {
      place: 1,
      code: "(n === 2 && row !== column ? 0 : 1)",
      thought: "Off the diagonal of the small matrix there must be zeros.",
    },
    elsewhere: {
      file: "src/power.js",
      before: "identity(matrix.length)",
      after: "matrix.map((row, at) => row.map((_, other) => Number(at === other)))",
      thought: "power() starts from the wrong matrix; it makes its own now.",
    },
    tidy: {
      file: "src/multiply.js",
      before: "left[0].length !== right.length",
      after: "left.length !== right.length",
      thought: "The check of the shapes reads oddly; I compare the rows.",
    },
  },
};
