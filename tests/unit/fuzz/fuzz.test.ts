import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { decodeTracesJson, UndecodableError } from "@culprit/collector";
import { describe, expect, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "../../../bench/dist/fuzz.js");

interface Report {
  inputs: number;
  outcomes: Record<string, number>;
  failures: unknown[];
  peakRssBytes: number;
}

/** In a process of its own: a decoder that hangs or eats the memory must not take the test with it. */
function fuzz(seed: number): { status: number | null; report: Report } {
  const args = [PROGRAM, "--inputs", "20000", "--seed", String(seed), "--json"];
  const child = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 110_000, maxBuffer: 64 * 1024 * 1024 });
  expect(child.stderr).toBe("");
  return { status: child.status, report: JSON.parse(child.stdout) as Report };
}

describe("twenty thousand hostile bodies", { timeout: 120_000 }, () => {
  test("are decoded or refused by every decoder, in time and within bounded memory", () => {
    const { status, report } = fuzz(20261120);
    expect(report.failures).toEqual([]);
    expect(report.peakRssBytes).toBeLessThan(768 * 1024 * 1024);
    expect(status).toBe(0);
    // The inputs reach past the first byte: many still hold records.
    expect(report.outcomes["records"]).toBeGreaterThan(2_000);
    expect(report.outcomes["refused"]).toBeGreaterThan(2_000);
  });
});

describe("what fuzzing and hostile bodies found", () => {
  test("a number of many million digits is no integer of 64 bits, and no end of the stack", () => {
    const digits = "9".repeat(30_000_000);
    expect(() => decodeTracesJson(Buffer.from(digits))).toThrow(UndecodableError);
    const span = `{"traceId":"${"ab".repeat(16)}","spanId":"${"cd".repeat(8)}","name":"n","droppedEventsCount":${digits}}`;
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`;
    let spans: unknown[] = [];
    try {
      spans = decodeTracesJson(body).spans;
    } catch (error) {
      expect(error).toBeInstanceOf(UndecodableError);
    }
    expect(spans.length).toBeLessThanOrEqual(1);
  });
});
