import { expect, it } from "vitest";
import { duration } from "../../../web/src/format.ts";

it.each([
  [320, "320 ms"],
  [4100, "4.1 s"],
  [125_000, "2 min 5 s"],
  [120_000, "2 min"],
  [3_600_000, "1 h"],
  [3_660_000, "1 h 1 min"],
])("%d ms are %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
