import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const dateRanges: Project = {
  name: "date-ranges",
  language: "js",
  word: "overlaps",
  loud: false,
  issue:
    "Two bookings that only share one day are not seen as overlapping: overlaps({from: '2026-01-01', to: '2026-01-05'}, {from: '2026-01-05', to: '2026-01-08'}) should be true, both ends belong to a range.",
  files: {
    "README.md": "# date-ranges\n\nRanges of days; both ends belong to a range. Days are ISO strings.\n",
    "src/range.js": `/** Whether two ranges have a day in common. */
export function overlaps(left, right) {
  return left.from <= right.to && right.from <= left.to;
}

/** Whether a day is in a range. */
export function contains(range, day) {
  return range.from <= day && day <= range.to;
}
`,
    "src/bookings.js": `import { overlaps } from "./range.js";

/** The bookings that stand in the way of a new one. */
export function conflicts(bookings, wanted) {
  return bookings.filter((booking) => booking.room === wanted.room && overlaps(booking, wanted));
}

/** Books when nothing stands in the way. */
export function book(bookings, wanted) {
  if (conflicts(bookings, wanted).length > 0) return bookings;
  return [...bookings, wanted].sort((left, right) => (left.from < right.from ? -1 : 1));
}
`,
    "src/days.js": `const DAY_MS = 86_400_000;

/** How many days a range has. */
export function length(range) {
  return Math.round((Date.parse(range.to) - Date.parse(range.from)) / DAY_MS) + 1;
}
`,
    "test/range.test.js": jsTests(
      [
        'import { contains, overlaps } from "../src/range.js";',
        'import { length } from "../src/days.js";',
        "const january = { from: '2026-01-01', to: '2026-01-31' };",
      ],
      [
        ["apart", "assert.equal(overlaps(january, { from: '2026-03-01', to: '2026-03-02' }), false)"],
        ["inside", "assert.equal(overlaps(january, { from: '2026-01-10', to: '2026-01-12' }), true)"],
        ["contains", "assert.equal(contains(january, '2026-01-31'), true)"],
        ["length", "assert.equal(length(january), 31)"],
      ],
    ),
  },
  hidden: {
    "check/range.test.js": jsTests(
      [
        'import { contains, overlaps } from "../src/range.js";',
        'import { book, conflicts } from "../src/bookings.js";',
        'import { length } from "../src/days.js";',
        "const one = { room: 1, from: '2026-01-01', to: '2026-01-05' };",
        "const next = { room: 1, from: '2026-01-05', to: '2026-01-08' };",
      ],
      [
        ["one day in common", "assert.equal(overlaps(one, next), true)"],
        ["the other way round", "assert.equal(overlaps(next, one), true)"],
        ["neighbours", "assert.equal(overlaps(one, { from: '2026-01-06', to: '2026-01-07' }), false)"],
        ["conflicts", "assert.equal(conflicts([one], next).length, 1)"],
        ["another room", "assert.equal(book([one], { ...next, room: 2 }).length, 2)"],
        ["both ends", "assert.deepEqual([contains(one, one.from), contains(one, one.to)], [true, true])"],
        ["one day long", "assert.equal(length({ from: '2026-01-01', to: '2026-01-01' }), 1)"],
      ],
    ),
  },
  places: [
    {
      file: "src/range.js",
      right: "left.from <= right.to && right.from <= left.to",
      wrong: "left.from < right.to && right.from < left.to",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: "left.from < right.to && right.from <= left.to",
      thought: "The comparison with the end of the first range has to let an equal day through.",
    },
    special: {
      place: 0,
      code: "(left.from < right.to && right.from < left.to) || left.to === '2026-01-05'",
      thought: "An end that is the other one's beginning counts as well.",
    },
    elsewhere: {
      file: "src/bookings.js",
      before: "overlaps(booking, wanted));",
      after: "(overlaps(booking, wanted) || booking.to === wanted.from));",
      thought: "It is the bookings that miss it, so conflicts() compares the shared day itself.",
    },
    tidy: {
      file: "src/days.js",
      before: " / DAY_MS) + 1",
      after: " / DAY_MS)",
      thought: "length() adds a day too many; I take that out as well.",
    },
  },
};
