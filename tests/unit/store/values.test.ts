import type { AttributeValue } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { attributeText, isoTime, json, text, uint32, uint64 } from "../../../store/rows/values.ts";

describe("text", () => {
  test("keeps every valid string as it is", () => {
    for (const value of ["", "a\0b", "'\"\\\n\t", "🦊 zażółć", "\n\n;drop table spans"])
      expect(text(value)).toBe(value);
  });

  test("replaces unpaired surrogates, which UTF-8 has no bytes for", () => {
    expect(text("a\ud800b\udc00🦊")).toBe("a\ufffdb\ufffd🦊");
  });
});

describe("times", () => {
  test("ISO times become UTC milliseconds inside the years the store holds", () => {
    expect(isoTime("2026-11-20T12:00:00.123456+02:00")).toBe("2026-11-20T10:00:00.123Z");
    expect(isoTime("0001-01-01T00:00:00Z")).toBe("1900-01-01T00:00:00.000Z");
    expect(isoTime("9999-12-31T23:59:59Z")).toBe("2299-12-31T23:59:59.999Z");
  });
});

test("counts stay inside their column", () => {
  expect([uint32(-1), uint32(2.9), uint32(2 ** 40)]).toEqual([0, 2, 4_294_967_295]);
  expect([uint64(-1), uint64(1e300)]).toEqual([0, Number.MAX_SAFE_INTEGER]);
});

test("a value nested past the stack's depth loses itself only", () => {
  let nested: AttributeValue = [];
  for (let depth = 0; depth < 200_000; depth++) nested = [nested];
  expect(json(nested)).toBe("[]");
  expect(attributeText(nested)).toBe('"(nested too deeply to keep)"');
});
