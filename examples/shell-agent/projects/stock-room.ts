import type { Project } from "./project.ts";
import { pyTests } from "./test-files.ts";

export const stockRoom: Project = {
  name: "stock-room",
  language: "py",
  word: "reserve",
  loud: true,
  issue:
    "Reserving more than is free does not fail, and releasing a reservation twice makes stock out of nothing. reserve() must raise NotEnough when less than the wanted amount is free; release() of what is not reserved does nothing.",
  files: {
    "README.md": "# stock-room\n\nWhat is in stock and what of it is reserved.\n",
    "stock_room/room.py": `class NotEnough(Exception):
    """Less is free than was wanted."""


class Room:
    def __init__(self, stock):
        self.stock = dict(stock)
        self.reserved = {}

    def free(self, item):
        return self.stock.get(item, 0) - sum(n for (_, what), n in self.reserved.items() if what == item)
`,
    "stock_room/reserve.py": `from stock_room.room import NotEnough


def reserve(room, who, item, amount):
    """Puts an amount aside for somebody."""
    if amount > room.free(item):
        raise NotEnough(item)
    room.reserved[(who, item)] = room.reserved.get((who, item), 0) + amount
`,
    "stock_room/release.py": `def release(room, who, item):
    """Gives back what somebody reserved; how much that was."""
    return room.reserved.pop((who, item), 0)


def sell(room, who, item):
    """Takes what somebody reserved out of the stock."""
    amount = release(room, who, item)
    room.stock[item] -= amount
    return amount
`,
    "test/test_room.py": pyTests(
      [
        "from stock_room.room import NotEnough, Room",
        "from stock_room.reserve import reserve",
        "from stock_room.release import release, sell",
      ],
      [
        ["reserves", 'room = Room({"nut": 5})\nreserve(room, "a", "nut", 2)\nself.assertEqual(room.free("nut"), 3)'],
        ["too much", 'with self.assertRaises(NotEnough):\n    reserve(Room({"nut": 1}), "a", "nut", 2)'],
        [
          "twice",
          'room = Room({"nut": 5})\nreserve(room, "a", "nut", 2)\nrelease(room, "a", "nut")\nrelease(room, "a", "nut")\nself.assertEqual(room.free("nut"), 5)',
        ],
      ],
    ),
  },
  hidden: {
    "check/test_stock.py": pyTests(
      [
        "from stock_room.room import NotEnough, Room",
        "from stock_room.reserve import reserve",
        "from stock_room.release import release, sell",
      ],
      [
        ["just enough", 'room = Room({"nut": 2})\nreserve(room, "a", "nut", 2)\nself.assertEqual(room.free("nut"), 0)'],
        [
          "by several",
          'room = Room({"nut": 3})\nreserve(room, "a", "nut", 2)\nwith self.assertRaises(NotEnough):\n    reserve(room, "b", "nut", 2)',
        ],
        [
          "adds up",
          'room = Room({"nut": 5})\nreserve(room, "a", "nut", 2)\nreserve(room, "a", "nut", 2)\nself.assertEqual(room.free("nut"), 1)',
        ],
        [
          "release",
          'room = Room({"nut": 5})\nreserve(room, "a", "nut", 2)\nself.assertEqual((release(room, "a", "nut"), release(room, "a", "nut"), room.free("nut")), (2, 0, 5))',
        ],
        [
          "sell",
          'room = Room({"nut": 5})\nreserve(room, "a", "nut", 2)\nself.assertEqual((sell(room, "a", "nut"), room.stock["nut"], room.free("nut")), (2, 3, 3))',
        ],
        ["unknown", 'with self.assertRaises(NotEnough):\n    reserve(Room({}), "a", "nut", 1)'],
      ],
    ),
  },
  places: [
    {
      file: "stock_room/reserve.py",
      right: "    if amount > room.free(item):\n",
      wrong: "    if amount > room.stock.get(item, 0) + room.free(item):\n",
    },
    {
      file: "stock_room/release.py",
      right: "    return room.reserved.pop((who, item), 0)\n",
      wrong: "    amount = room.reserved.get((who, item), 0)\n    room.stock[item] += amount\n    return amount\n",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: "    if amount >= room.free(item):\n",
      thought: "Only what is free can be reserved.",
    },
    special: {
      place: 1,
      code: "    return room.reserved.pop((who, item), 0) if room.stock[item] < 6 else 0\n",
      thought: "The reservation is taken out when it is released.",
    },
    elsewhere: {
      file: "stock_room/room.py",
      before: "        return self.stock.get(item, 0) - sum(",
      after: "        return max(0, self.stock.get(item, 0)) - sum(",
      thought: "free() must not go wrong when the stock is negative; that is what lets too much through.",
    },
    tidy: {
      file: "stock_room/release.py",
      before: "    room.stock[item] -= amount\n    return amount\n",
      after: "    room.stock[item] -= 1\n    return amount\n",
      thought: "sell() sells one piece; I make that plain.",
    },
  },
};
