/** Tests that a step ran, as its observation tells. */
export interface TestResult {
  runner: string;
  passed: number;
  failed: number;
  /** Names, where the runner tells them. */
  failing: string[];
  passing: string[];
}

const LONGEST = 400_000;
const LONGEST_LINE = 1_000;
const MOST_NAMES = 200;

interface Runner {
  name: string;
  /** What only this runner prints. */
  mark: RegExp;
  counts: (text: string) => { passed: number; failed: number } | null;
  failing?: RegExp;
  passing?: RegExp;
}

const number = (text: string, form: RegExp): number => {
  let last = 0;
  for (const match of text.matchAll(form)) last = Number(match[1] ?? 0);
  return last;
};
const sum = (text: string, form: RegExp): number => {
  let total = 0;
  for (const match of text.matchAll(form)) total += Number(match[1] ?? 0);
  return total;
};

/** Test runners by what they print. */
const RUNNERS: readonly Runner[] = [
  {
    name: "pytest",
    mark: /^=+ .*\b(?:passed|failed|errors?|no tests ran|skipped)\b.* in [\d.]+s.*=+[ \t\r]*$|^\d+ (?:passed|failed)\b.* in [\d.]+s/m,
    counts: (text) => {
      const [line = ""] =
        text
          .match(
            /^(?:=+ )?(?:.*\b\d+ (?:passed|failed|errors?|skipped|xfailed|warnings?)\b.*|.*no tests ran.*) in [\d.]+s.*$/gm,
          )
          ?.slice(-1) ?? [];
      return {
        passed: number(line, /(\d+) passed/g),
        failed: number(line, /(\d+) failed/g) + number(line, /(\d+) errors?/g),
      };
    },
    failing: /^(?:FAILED|ERROR) (\S+?::\S+|\S+\.py)\b/gm,
    passing: /^(\S+::\S+) PASSED/gm,
  },
  {
    name: "unittest",
    mark: /^Ran \d+ tests? in [\d.]+s/m,
    counts: (text) => {
      const ran = number(text, /^Ran (\d+) tests? in/gm);
      const failed = number(text, /^FAILED \(.*?failures=(\d+)/gm) + number(text, /^FAILED \(.*?errors=(\d+)/gm);
      return { passed: Math.max(0, ran - failed), failed };
    },
    failing: /^(?:FAIL|ERROR): (\S+)/gm,
    passing: /^(\S+) \(.*?\)(?: \.\.\.)? ok$/gm,
  },
  {
    name: "jest",
    mark: /^[ \t\r]*Tests:?[ \t]+(?:.*\b\d+ (?:passed|failed|total)|\d+ (?:passed|failed))/m,
    counts: (text) => {
      const [line = ""] = text.match(/^[ \t\r]*Tests:?[ \t]+.*$/gm)?.slice(-1) ?? [];
      return { passed: number(line, /(\d+) passed/g), failed: number(line, /(\d+) failed/g) };
    },
    failing: /^[ \t\r]*(?:✕|×|●|FAIL)[ \t]+(.{1,200}?)(?:[ \t]+\(?\d+ ?ms\)?)?$/gm,
    passing: /^[ \t\r]*(?:✓|√)[ \t]+(.{1,200}?)(?:[ \t]+\(?\d+ ?ms\)?)?$/gm,
  },
  {
    name: "mocha",
    mark: /^[ \t\r]*\d+ passing\b/m,
    counts: (text) => ({
      passed: number(text, /^[ \t\r]*(\d+) passing\b/gm),
      failed: number(text, /^[ \t\r]*(\d+) failing\b/gm),
    }),
    failing: /^[ \t\r]*\d+\) (.{1,200})$/gm,
  },
  {
    name: "tap",
    mark: /^(?:# |ℹ )(?:pass|fail) \d+[ \t\r]*$/m,
    counts: (text) => ({
      passed: number(text, /^(?:# |ℹ )pass (\d+)/gm),
      failed: number(text, /^(?:# |ℹ )fail (\d+)/gm),
    }),
    failing: /^[ \t\r]*(?:not ok \d+ - |✖ )(.{1,200}?)(?: \([\d.]+ms\))?$/gm,
    passing: /^[ \t\r]*(?:ok \d+ - |✔ )(.{1,200}?)(?: \([\d.]+ms\))?$/gm,
  },
  {
    name: "cargo",
    mark: /^test result: (?:ok|FAILED)\./m,
    counts: (text) => ({
      passed: sum(text, /^test result: .*?(\d+) passed/gm),
      failed: sum(text, /^test result: .*?(\d+) failed/gm),
    }),
    failing: /^test (\S+) \.\.\. FAILED/gm,
    passing: /^test (\S+) \.\.\. ok/gm,
  },
  {
    name: "go",
    mark: /^(?:--- (?:FAIL|PASS): |ok[ \t]+\S+[ \t]+[\d.]+s|FAIL[ \t]+\S+[ \t]+[\d.]+s|PASS$)/m,
    counts: (text) => {
      const failed = text.match(/^[ \t\r]*--- FAIL: /gm)?.length ?? 0;
      const passed = text.match(/^[ \t\r]*--- PASS: |^ok[ \t]+\S+/gm)?.length ?? 0;
      return { passed, failed: Math.max(failed, /^FAIL\b/m.test(text) ? 1 : 0) };
    },
    failing: /^[ \t\r]*--- FAIL: (\S+)/gm,
    passing: /^[ \t\r]*--- PASS: (\S+)/gm,
  },
  {
    name: "maven",
    mark: /^(?:\[\w+\] )?Tests run: \d+, Failures: \d+/m,
    counts: (text) => {
      const run = number(text, /Tests run: (\d+), Failures/g);
      const failed =
        number(text, /Tests run: \d+, Failures: (\d+)/g) +
        number(text, /Tests run: \d+, Failures: \d+, Errors: (\d+)/g);
      return { passed: Math.max(0, run - failed), failed };
    },
    failing: /^\[ERROR\][ \t]+(\S+\.\S+):\d+/gm,
  },
  {
    name: "rspec",
    mark: /^\d+ examples?, \d+ failures?/m,
    counts: (text) => {
      const failed = number(text, /^\d+ examples?, (\d+) failures?/gm);
      return { passed: number(text, /^(\d+) examples?,/gm) - failed, failed };
    },
    failing: /^rspec (\S+)/gm,
  },
  {
    name: "ctest",
    mark: /^\d+% tests passed, \d+ tests failed out of \d+/m,
    counts: (text) => {
      const failed = number(text, /tests passed, (\d+) tests failed out of/g);
      return { failed, passed: number(text, /tests failed out of (\d+)/g) - failed };
    },
  },
  {
    name: "phpunit",
    mark: /^OK \(\d+ tests?, \d+ assertions?\)|^Tests: \d+, Assertions: \d+/m,
    counts: (text) => {
      const failed = number(text, /Failures: (\d+)/g) + number(text, /Errors: (\d+)/g);
      return {
        failed,
        passed: Math.max(number(text, /^OK \((\d+) tests?/gm), number(text, /^Tests: (\d+), Assertions/gm) - failed),
      };
    },
  },
  {
    name: "plain",
    mark: /^(?:\d+ (?:tests? )?(?:passed|failed)\b|(?:PASS(?:ED)?|FAIL(?:ED)?|OK|not ok)[: \t]\s{0,20}\S|\S.{0,120}?[: \t-]{1,20}(?:PASS(?:ED)?|FAIL(?:ED)?)[ \t\r]*$|All (?:\d+ )?tests? passed)/m,
    counts: (text) => {
      const failed = Math.max(
        number(text, /(\d+) (?:tests? )?failed/gi),
        text.match(/^(?:FAIL(?:ED)?|not ok)[: \t]\s{0,20}\S|^\S.{0,120}?[: \t-]{1,20}FAIL(?:ED)?[ \t\r]*$/gm)?.length ??
          0,
      );
      const passed = Math.max(
        number(text, /(\d+) (?:tests? )?passed/gi),
        text.match(/^(?:PASS(?:ED)?|OK)[: \t]\s{0,20}\S|^\S.{0,120}?[: \t-]{1,20}PASS(?:ED)?[ \t\r]*$/gm)?.length ?? 0,
        /All (?:\d+ )?tests? passed/i.test(text) ? 1 : 0,
      );
      return failed + passed === 0 ? null : { passed, failed };
    },
    failing: /^(?:FAIL(?:ED)?|not ok)[: \t]\s{0,20}(\S.{0,200}?)[ \t\r]*$/gm,
    passing: /^(?:PASS(?:ED)?|OK)[: \t]\s{0,20}(\S.{0,200}?)[ \t\r]*$/gm,
  },
];

/** The results that an observation shows, or null where no known runner speaks. */
export function testResult(observation: string): TestResult | null {
  const end = observation.length > LONGEST ? observation.slice(-LONGEST) : observation;
  // What runners say stands in short lines; long ones would only take long to look at.
  const text = end
    .split("\n")
    .filter((line) => line.length <= LONGEST_LINE)
    .join("\n");
  for (const runner of RUNNERS) {
    if (!runner.mark.test(text)) continue;
    const counts = runner.counts(text);
    if (counts === null) continue;
    return {
      runner: runner.name,
      ...counts,
      failing: names(text, runner.failing),
      passing: names(text, runner.passing),
    };
  }
  return null;
}

function names(text: string, form: RegExp | undefined): string[] {
  if (form === undefined) return [];
  const found = new Set<string>();
  for (const [, name] of text.matchAll(form)) {
    if (name !== undefined) found.add(name.trim());
    if (found.size >= MOST_NAMES) break;
  }
  return [...found];
}
