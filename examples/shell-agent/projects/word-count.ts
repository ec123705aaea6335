import type { Project } from "./project.ts";
import { pyTests } from "./test-files.ts";

export const wordCount: Project = {
  name: "word-count",
  language: "py",
  word: "count",
  loud: true,
  issue:
    'count("The cat. the end") should count "the" twice: upper case and punctuation do not matter. The words that come most often should come first, equal ones in alphabetical order.',
  files: {
    "README.md": "# word-count\n\nCounts the words of texts.\n",
    "word_count/words.py": `import re


def words(text):
    """The words of a text, in lower case and without punctuation; apostrophes stay."""
    return re.findall(r"[\\w']+", text.lower())
`,
    "word_count/count.py": `from collections import Counter

from word_count.words import words


def count(text):
    """How often each word comes."""
    return dict(Counter(words(text)))


def top(text, n):
    """The n words that come most often."""
    ordered = sorted(count(text).items(), key=lambda pair: (-pair[1], pair[0]))
    return [word for word, _ in ordered[:n]]
`,
    "word_count/report.py": `from word_count.count import count, top


def report(text, n=3):
    """The top words with their counts, a line each."""
    counts = count(text)
    return "\\n".join(f"{word}: {counts[word]}" for word in top(text, n))
`,
    "test/test_count.py": pyTests(
      ["from word_count.count import count, top"],
      [
        ["counts", 'self.assertEqual(count("a b a"), {"a": 2, "b": 1})'],
        ["case", 'self.assertEqual(count("The the"), {"the": 2})'],
        ["order", 'self.assertEqual(top("b b a c c", 2), ["b", "c"])'],
      ],
    ),
  },
  hidden: {
    "check/test_words.py": pyTests(
      ["from word_count.count import count, top", "from word_count.report import report"],
      [
        ["punctuation", 'self.assertEqual(count("The cat. the end"), {"the": 2, "cat": 1, "end": 1})'],
        ["apostrophes", `self.assertEqual(count("don't Don't"), {"don't": 2})`],
        ["ties", 'self.assertEqual(top("z z y y x", 3), ["y", "z", "x"])'],
        ["ties at the edge", 'self.assertEqual(top("c b a", 2), ["a", "b"])'],
        ["report", 'self.assertEqual(report("B b a", 1), "b: 2")'],
        ["nothing", 'self.assertEqual(count("..."), {})'],
      ],
    ),
  },
  places: [
    {
      file: "word_count/words.py",
      right: `    return re.findall(r"[\\w']+", text.lower())\n`,
      wrong: "    return text.split()\n",
    },
    {
      file: "word_count/count.py",
      right: "key=lambda pair: (-pair[1], pair[0])",
      wrong: "key=lambda pair: pair[0]",
    },
  ],
  slips: {
    operator: {
      place: 1,
      code: "key=lambda pair: (-pair[1], -ord(pair[0][0]))",
      thought: "The count comes first, in falling order, and then the word.",
    },
    special: {
      place: 0,
      code: '    return text.replace("The", "the").replace("cat.", "cat").split()\n',
      thought: "The text is put into lower case and the full stop is taken off.",
    },
    elsewhere: {
      file: "word_count/report.py",
      before: "    counts = count(text)\n",
      after: "    text = text.lower()\n    counts = count(text)\n",
      thought: "The report has to put the text into lower case first.",
    },
    tidy: {
      file: "word_count/report.py",
      before: "counts[word]",
      after: "counts.get(word.upper(), 0)",
      thought: "A lookup with a default is safer in the report.",
    },
  },
};
