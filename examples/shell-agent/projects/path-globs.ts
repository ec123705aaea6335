import type { Project } from "./project.ts";
import { pyTests } from "./test-files.ts";

export const pathGlobs: Project = {
  name: "path-globs",
  language: "py",
  word: "translate",
  loud: false,
  issue:
    "matches('src/a/b.py', 'src/*.py') is true. One star must not match a slash; two stars (src/**/b.py) match any number of folders, also none.",
  files: {
    "README.md": "# path-globs\n\nMatches paths against patterns with * and **.\n",
    "path_globs/pattern.py": `import re


def translate(pattern):
    """A pattern as a regular expression."""
    text = re.escape(pattern)
    text = text.replace(r"\\*\\*/", "(?:.*/)?")
    text = text.replace(r"\\*\\*", ".*")
    text = text.replace(r"\\*", "[^/]*")
    return re.compile(f"^{text}$")
`,
    "path_globs/match.py": `from path_globs.pattern import translate


def matches(path, pattern):
    return translate(pattern).match(path) is not None


def select(paths, patterns, without=()):
    """Paths that match one of the patterns and none of those left out."""
    wanted = [path for path in paths if any(matches(path, one) for one in patterns)]
    return [path for path in wanted if not any(matches(path, one) for one in without)]
`,
    "path_globs/tree.py": `def folders(paths):
    """All folders that the paths lie in, sorted."""
    found = set()
    for path in paths:
        parts = path.split("/")[:-1]
        for end in range(1, len(parts) + 1):
            found.add("/".join(parts[:end]))
    return sorted(found)
`,
    "test/test_match.py": pyTests(
      ["from path_globs.match import matches, select", "from path_globs.tree import folders"],
      [
        ["plain", 'self.assertTrue(matches("a.py", "a.py"))'],
        ["star", 'self.assertTrue(matches("src/a.py", "src/*.py"))'],
        ["dots are dots", 'self.assertFalse(matches("axpy", "a.py"))'],
        ["folders", 'self.assertEqual(folders(["a/b/c.py"]), ["a", "a/b"])'],
      ],
    ),
  },
  hidden: {
    "check/test_globs.py": pyTests(
      ["from path_globs.match import matches, select", "from path_globs.tree import folders"],
      [
        ["one star", 'self.assertFalse(matches("src/a/b.py", "src/*.py"))'],
        ["two stars", 'self.assertTrue(matches("src/x/y/b.py", "src/**/b.py"))'],
        ["no folder", 'self.assertTrue(matches("src/b.py", "src/**/b.py"))'],
        ["at the end", 'self.assertTrue(matches("src/x/y", "src/**"))'],
        ["not beside", 'self.assertFalse(matches("srcs/b.py", "src/**/b.py"))'],
        ["select", 'self.assertEqual(select(["a.py", "t/b.py", "t/c.md"], ["**/*.py"], ["t/*"]), ["a.py"])'],
        ["folders", 'self.assertEqual(folders(["a/x", "b/c/y"]), ["a", "b", "b/c"])'],
      ],
    ),
  },
  places: [
    {
      file: "path_globs/pattern.py",
      right: `    text = text.replace(r"\\*\\*/", "(?:.*/)?")
    text = text.replace(r"\\*\\*", ".*")
    text = text.replace(r"\\*", "[^/]*")
`,
      wrong: `    text = text.replace(r"\\*", ".*")
`,
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: `    text = text.replace(r"\\*\\*", ".*")
    text = text.replace(r"\\*", "[^/]*")
`,
      thought: "Two stars match everything; one star stops at a slash.",
    },
    special: {
      place: 0,
      code: `    text = text.replace(r"\\*\\.", r"[^/]*\\.")
    text = text.replace(r"\\*", ".*")
`,
      thought: "A star before a file's ending must not match a slash.",
    },
    elsewhere: {
      file: "path_globs/match.py",
      before: "    return translate(pattern).match(path) is not None\n",
      after:
        '    if "**" not in pattern and path.count("/") != pattern.count("/"):\n        return False\n    return translate(pattern).match(path) is not None\n',
      thought: "matches() can compare the number of slashes first.",
    },
    tidy: {
      file: "path_globs/tree.py",
      before: "    return sorted(found)\n",
      after: "    return sorted(found)[:1]\n",
      thought: "folders() only needs the topmost one.",
    },
  },
};
