import type { Project } from "./project.ts";
import { pyTests } from "./test-files.ts";

export const intervalUnion: Project = {
  name: "interval-union",
  language: "py",
  word: "merge",
  loud: false,
  issue: "merge([(1, 3), (3, 5)]) returns both intervals. Intervals that touch belong together: [(1, 5)].",
  files: {
    "README.md": "# interval-union\n\nSets of numbers as sorted intervals.\n",
    "interval_union/merge.py": `def merge(intervals):
    """Intervals that overlap or touch made one, sorted."""
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
`,
    "interval_union/measure.py": `from interval_union.merge import merge


def covered(intervals):
    """How much of the line the intervals cover."""
    return sum(end - start for start, end in merge(intervals))


def gaps(intervals):
    """What lies between them."""
    merged = merge(intervals)
    return [(left[1], right[0]) for left, right in zip(merged, merged[1:])]
`,
    "interval_union/parse.py": `def parse(text):
    """"1-3,5-8" as intervals."""
    pairs = [part.split("-") for part in text.split(",") if part]
    return [(int(start), int(end)) for start, end in pairs]
`,
    "test/test_merge.py": pyTests(
      ["from interval_union.merge import merge", "from interval_union.measure import covered"],
      [
        ["overlap", "self.assertEqual(merge([(1, 4), (2, 6)]), [(1, 6)])"],
        ["apart", "self.assertEqual(merge([(5, 6), (1, 2)]), [(1, 2), (5, 6)])"],
        ["covered", "self.assertEqual(covered([(0, 2), (1, 3)]), 3)"],
      ],
    ),
  },
  hidden: {
    "check/test_union.py": pyTests(
      [
        "from interval_union.merge import merge",
        "from interval_union.measure import covered, gaps",
        "from interval_union.parse import parse",
      ],
      [
        ["touching", "self.assertEqual(merge([(1, 3), (3, 5)]), [(1, 5)])"],
        ["touching thrice", "self.assertEqual(merge([(2, 3), (1, 2), (3, 4)]), [(1, 4)])"],
        ["inside", "self.assertEqual(merge([(1, 9), (2, 3)]), [(1, 9)])"],
        ["nearly", "self.assertEqual(merge([(1, 2), (3, 4)]), [(1, 2), (3, 4)])"],
        ["no gap", "self.assertEqual(gaps([(1, 3), (3, 5), (7, 8)]), [(5, 7)])"],
        ["covered", "self.assertEqual(covered([(1, 3), (3, 5)]), 4)"],
        ["parse", 'self.assertEqual(parse("1-3,5-8"), [(1, 3), (5, 8)])'],
        ["nothing", "self.assertEqual(merge([]), [])"],
      ],
    ),
  },
  places: [{ file: "interval_union/merge.py", right: "start <= merged[-1][1]", wrong: "start < merged[-1][1]" }],
  slips: {
    operator: {
      place: 0,
      code: "start <= merged[-1][1] + 1",
      thought: "An interval that begins where the last one ends goes on with it.",
    },
    special: {
      place: 0,
      code: "start <= max(merged[-1][1] - 1, 3)",
      thought: "The end at 3 has to be let through.",
    },
    elsewhere: {
      file: "interval_union/measure.py",
      before: "zip(merged, merged[1:])]",
      after: "zip(merged, merged[1:]) if left[1] < right[0]]",
      thought: "Where two intervals touch there is no gap; gaps() has to leave it out.",
    },
    tidy: {
      file: "interval_union/parse.py",
      before: "(int(start), int(end))",
      after: "(int(end), int(start))",
      thought: "parse() should give the pairs in the order that sorting needs.",
    },
  },
};
