import type { Project } from "./project.ts";
import { pyTests } from "./test-files.ts";

export const sensorLog: Project = {
  name: "sensor-log",
  language: "py",
  word: "mean",
  loud: true,
  issue:
    "mean([20.0, None, 22.0]) raises TypeError. Readings that are missing (None) are left out: the mean is 21.0; with no reading at all it is None.",
  files: {
    "README.md": "# sensor-log\n\nFigures of sensor readings; a missing reading is None.\n",
    "sensor_log/figures.py": `def present(readings):
    """The readings that are there."""
    return [value for value in readings if value is not None]


def mean(readings):
    """The mean of the readings that are there; None without any."""
    values = present(readings)
    return sum(values) / len(values) if values else None


def spread(readings):
    """Largest less smallest."""
    values = present(readings)
    return max(values) - min(values) if values else None
`,
    "sensor_log/convert.py": `def fahrenheit(celsius):
    """None stays None."""
    return None if celsius is None else celsius * 9 / 5 + 32
`,
    "sensor_log/daily.py": `from sensor_log.figures import mean


def daily(days):
    """The mean of each day, by its name."""
    return {name: mean(readings) for name, readings in days.items()}
`,
    "test/test_figures.py": pyTests(
      ["from sensor_log.figures import mean, spread", "from sensor_log.convert import fahrenheit"],
      [
        ["mean", "self.assertEqual(mean([1, 3]), 2)"],
        ["missing", "self.assertEqual(mean([20.0, None, 22.0]), 21.0)"],
        ["spread", "self.assertEqual(spread([1, None, 4]), 3)"],
        ["fahrenheit", "self.assertEqual(fahrenheit(100), 212)"],
      ],
    ),
  },
  hidden: {
    "check/test_sensor.py": pyTests(
      [
        "from sensor_log.figures import mean, spread",
        "from sensor_log.daily import daily",
        "from sensor_log.convert import fahrenheit",
      ],
      [
        ["missing", "self.assertEqual(mean([20.0, None, 22.0]), 21.0)"],
        ["zero counts", "self.assertEqual(mean([0, None, 4]), 2)"],
        ["nothing there", "self.assertIsNone(mean([None]))"],
        ["empty", "self.assertIsNone(mean([]))"],
        ["daily", 'self.assertEqual(daily({"mon": [1, None], "tue": []}), {"mon": 1, "tue": None})'],
        ["spread", "self.assertIsNone(spread([None]))"],
        ["freezing", "self.assertEqual((fahrenheit(0), fahrenheit(None)), (32, None))"],
      ],
    ),
  },
  places: [
    {
      file: "sensor_log/figures.py",
      right: `    values = present(readings)
    return sum(values) / len(values) if values else None


def spread`,
      wrong: `    return sum(readings) / len(readings)


def spread`,
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: `    values = present(readings)
    return sum(values) / len(readings) if values else None


def spread`,
      thought: "Only the readings that are there are summed.",
    },
    special: {
      place: 0,
      code: `    values = [value for value in readings if value]
    return sum(values) / len(values) if values else None


def spread`,
      thought: "Readings without a value are left out before the mean is taken.",
    },
    elsewhere: {
      file: "sensor_log/daily.py",
      before: "mean(readings)",
      after: "mean([value or 0 for value in readings])",
      thought: "The missing readings come in through daily(), so they are replaced there.",
    },
    tidy: {
      file: "sensor_log/convert.py",
      before: "None if celsius is None else celsius * 9 / 5 + 32",
      after: "None if not celsius else celsius * 9 / 5 + 32",
      thought: "I simplify the test for None in convert.py.",
    },
  },
};
