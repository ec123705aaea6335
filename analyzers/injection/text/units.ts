import { textOperator } from "./edits.ts";
import { type WordPair, wordEdits } from "./replace-words.ts";

const UNITS: readonly WordPair[] = [
  ["kilometres", "miles"],
  ["kilometers", "miles"],
  ["km", "miles"],
  ["metres", "feet"],
  ["meters", "feet"],
  ["centimetres", "inches"],
  ["cm", "mm"],
  ["kilograms", "pounds"],
  ["kg", "lb"],
  ["grams", "ounces"],
  ["litres", "gallons"],
  ["degrees Celsius", "degrees Fahrenheit"],
  ["°C", "°F"],
  ["milliseconds", "seconds"],
  ["ms", "s"],
  ["seconds", "minutes"],
  ["hours", "days"],
  ["weeks", "months"],
  ["thousand", "million"],
  ["million", "billion"],
  ["USD", "EUR"],
  ["dollars", "euros"],
  ["KB", "MB"],
  ["MB", "GB"],
  ["bits", "bytes"],
  ["percent", "percentage points"],
  ["am", "pm"],
  ["a.m.", "p.m."],
];

/** A measure is read in another unit. */
export const units = textOperator("unit", "changes the unit of a number", (text) =>
  wordEdits(text, UNITS).filter(({ from }) => /\d[\d.,]*[ \t]?$/.test(text.slice(Math.max(0, from - 24), from))),
);
