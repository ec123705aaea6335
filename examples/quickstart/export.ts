import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clip } from "@culprit/cli/output";
import { culprit } from "./command.ts";
import type { Report } from "./report.ts";

interface Written {
  train: number;
  test: number;
  files: string[];
}

/** Exports verl Parquet and TRL JSONL with the command line, and prints one record. */
export async function exportSets(
  url: string,
  directory: string,
  report: Report,
): Promise<{ train: number; test: number }> {
  const verl = await write(url, "verl", directory);
  const trl = await write(url, "trl", directory);
  for (const [format, written] of Object.entries({ verl, trl })) {
    report.line(`  ${format}: ${written.train} training, ${written.test} test: ${written.files.join(", ")}`);
  }
  const [line] = readFileSync(join(directory, "trl", "train.jsonl"), "utf8").split("\n");
  const record = JSON.parse(line ?? "{}") as Record<string, unknown>;
  report.line("  one record:");
  for (const [key, value] of Object.entries(record)) {
    report.line(`    ${key}: ${clip(typeof value === "string" ? value : JSON.stringify(value), 150)}`);
  }
  return { train: verl.train, test: verl.test };
}

async function write(url: string, format: string, directory: string): Promise<Written> {
  return JSON.parse(
    await culprit(url, "export", "--format", format, "--out", join(directory, format), "--json"),
  ) as Written;
}
