/** A test: its name and one assertion. */
export type Case = readonly [name: string, assertion: string];

/** A JavaScript test file that runs by itself. */
export function jsTests(imports: readonly string[], cases: readonly Case[]): string {
  return [
    'import assert from "node:assert/strict";',
    'import test from "node:test";',
    ...imports,
    "",
    ...cases.map(([name, assertion]) => `test(${JSON.stringify(name)}, () => ${assertion});`),
    "",
  ].join("\n");
}

/** A Python test file for unittest. */
export function pyTests(imports: readonly string[], cases: readonly Case[]): string {
  return [
    "import unittest",
    "",
    ...imports,
    "",
    "",
    "class Tests(unittest.TestCase):",
    ...cases.map(
      ([name, assertion]) =>
        `    def test_${name.replaceAll(" ", "_")}(self):\n        ${assertion.replaceAll("\n", "\n        ")}\n`,
    ),
  ].join("\n");
}
