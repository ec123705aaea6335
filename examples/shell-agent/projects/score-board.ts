import type { Project } from "./project.ts";
import { pyTests } from "./test-files.ts";

export const scoreBoard: Project = {
  name: "score-board",
  language: "py",
  word: "ranks",
  loud: true,
  issue:
    'Players with the same score get different ranks. ranks({"a": 5, "b": 5, "c": 3}) should be {"a": 1, "b": 1, "c": 3}: equal scores share a rank, and the next one counts everybody before it.',
  files: {
    "README.md": "# score-board\n\nRanks of players by score; the highest is first.\n",
    "score_board/ranks.py": `def ranks(scores):
    """The rank of each player."""
    return {name: 1 + sum(other > score for other in scores.values()) for name, score in scores.items()}
`,
    "score_board/podium.py": `from score_board.ranks import ranks


def podium(scores):
    """The names on the first three ranks, best first, equal ones by name."""
    ranked = ranks(scores)
    return sorted((name for name in ranked if ranked[name] <= 3), key=lambda name: (ranked[name], name))
`,
    "score_board/totals.py": `def totals(games):
    """Scores added up over games."""
    sums = {}
    for game in games:
        for name, score in game.items():
            sums[name] = sums.get(name, 0) + score
    return sums
`,
    "test/test_ranks.py": pyTests(
      ["from score_board.ranks import ranks", "from score_board.totals import totals"],
      [
        ["ranks", 'self.assertEqual(ranks({"a": 1, "b": 2}), {"a": 2, "b": 1})'],
        ["ties", 'self.assertEqual(ranks({"a": 5, "b": 5, "c": 3}), {"a": 1, "b": 1, "c": 3})'],
        ["totals", 'self.assertEqual(totals([{"a": 1}, {"a": 2, "b": 1}]), {"a": 3, "b": 1})'],
      ],
    ),
  },
  hidden: {
    "check/test_board.py": pyTests(
      [
        "from score_board.podium import podium",
        "from score_board.ranks import ranks",
        "from score_board.totals import totals",
      ],
      [
        ["ties first", 'self.assertEqual(ranks({"a": 5, "b": 5, "c": 3}), {"a": 1, "b": 1, "c": 3})'],
        ["ties last", 'self.assertEqual(ranks({"a": 9, "b": 4, "c": 4}), {"a": 1, "b": 2, "c": 2})'],
        ["all equal", 'self.assertEqual(set(ranks({"a": 1, "b": 1, "c": 1}).values()), {1})'],
        ["podium", 'self.assertEqual(podium({"d": 1, "c": 2, "b": 3, "a": 3}), ["a", "b", "c"])'],
        ["below zero", 'self.assertEqual(ranks({"a": -1, "b": 0}), {"a": 2, "b": 1})'],
        ["totals", "self.assertEqual(totals([]), {})"],
      ],
    ),
  },
  places: [
    {
      file: "score_board/ranks.py",
      right:
        "    return {name: 1 + sum(other > score for other in scores.values()) for name, score in scores.items()}\n",
      wrong:
        "    ordered = sorted(scores, key=lambda name: -scores[name])\n    return {name: place + 1 for place, name in enumerate(ordered)}\n",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: "    return {name: sum(other >= score for other in scores.values()) - list(scores.values()).count(score) // 2 for name, score in scores.items()}\n",
      thought: "A rank is the number of players who are not worse; equal ones are taken out again.",
    },
    special: {
      place: 0,
      code: "    ordered = sorted(scores, key=lambda name: -scores[name])\n    best = scores[ordered[0]]\n    return {name: 1 if scores[name] == best else place + 1 for place, name in enumerate(ordered)}\n",
      thought: "Everybody with the best score is first.",
    },
    elsewhere: {
      file: "score_board/podium.py",
      before: "ranked = ranks(scores)",
      after: "ranked = {name: min(place, 2) for name, place in ranks(scores).items()}",
      thought: "Equal scores matter on the podium, so the ranks are joined there.",
    },
    tidy: {
      file: "score_board/totals.py",
      before: "sums.get(name, 0) + score",
      after: "sums.get(name, score) + score",
      thought: "totals() starts from zero needlessly; I start from the score.",
    },
  },
};
