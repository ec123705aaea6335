import type { Project } from "./project.ts";
import { pyTests } from "./test-files.ts";

export const shiftCipher: Project = {
  name: "shift-cipher",
  language: "py",
  word: "shift",
  loud: false,
  issue:
    "shift('Xyz', 3) returns '[|}' for letters at the end of the alphabet. Letters wrap around and keep their case: 'Abc'. Shifting by -3 must give 'Xyz' back.",
  files: {
    "README.md": "# shift-cipher\n\nShifts the letters of a text.\n",
    "shift_cipher/letters.py": `def moved(letter, by):
    """A letter moved in its alphabet; what is no letter stays."""
    if not letter.isascii() or not letter.isalpha():
        return letter
    first = ord("a") if letter.islower() else ord("A")
    return chr(first + (ord(letter) - first + by) % 26)
`,
    "shift_cipher/cipher.py": `from shift_cipher.letters import moved


def shift(text, by):
    """Every letter of a text, moved."""
    return "".join(moved(letter, by) for letter in text)


def unshift(text, by):
    return shift(text, -by)
`,
    "shift_cipher/guess.py": `from shift_cipher.cipher import unshift


def guess(text, word):
    """By how much a text was shifted that should hold a word; None when by nothing."""
    for by in range(26):
        if word in unshift(text, by).lower().split():
            return by
    return None
`,
    "test/test_cipher.py": pyTests(
      ["from shift_cipher.cipher import shift, unshift"],
      [
        ["moves", 'self.assertEqual(shift("abc", 1), "bcd")'],
        ["what is no letter", 'self.assertEqual(shift("a-b c!", 2), "c-d e!")'],
        ["back", 'self.assertEqual(unshift("bcd", 1), "abc")'],
      ],
    ),
  },
  hidden: {
    "check/test_shift.py": pyTests(
      ["from shift_cipher.cipher import shift, unshift", "from shift_cipher.guess import guess"],
      [
        ["wraps", 'self.assertEqual(shift("Xyz", 3), "Abc")'],
        ["wraps back", 'self.assertEqual(shift("Abc", -3), "Xyz")'],
        ["far", 'self.assertEqual(shift("a", 27), "b")'],
        ["there and back", 'self.assertEqual(unshift(shift("The Quick zebra", 11), 11), "The Quick zebra")'],
        ["others stay", 'self.assertEqual(shift("é1", 5), "é1")'],
        ["guess", 'self.assertEqual(guess(shift("hello zoo", 9), "zoo"), 9)'],
        ["no guess", 'self.assertIsNone(guess("abc", "nothing"))'],
      ],
    ),
  },
  places: [
    {
      file: "shift_cipher/letters.py",
      right: "    return chr(first + (ord(letter) - first + by) % 26)\n",
      wrong: "    return chr(first + (ord(letter) - first + by))\n",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: "    return chr(first + (ord(letter) - first + by) % 25)\n",
      thought: "The place in the alphabet is taken modulo its length.",
    },
    special: {
      place: 0,
      code: "    place = ord(letter) - first + by\n    return chr(first + (place - 26 if place > 25 else place))\n",
      thought: "A letter that runs over the end begins again at the start of the alphabet.",
    },
    elsewhere: {
      file: "shift_cipher/cipher.py",
      before: '"".join(moved(letter, by) for letter in text)',
      after: '"".join(moved(letter, by % 26) for letter in text)',
      thought: "The distance has to be taken modulo 26 where the text is shifted.",
    },
    tidy: {
      file: "shift_cipher/guess.py",
      before: "range(26)",
      after: "range(1, 9)",
      thought: "guess() tries more than anybody shifts by; I shorten the loop.",
    },
  },
};
