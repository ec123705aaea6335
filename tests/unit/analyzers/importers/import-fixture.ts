import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ImportOptions, importAll, importedTrajectory } from "@culprit/analyzers";
import type { Step, Trajectory } from "@culprit/schemas";
import { afterAll } from "vitest";

/** A directory of files to import, removed afterwards. Objects are written as JSON. */
export function importFixture(prefix: string) {
  const root = mkdtempSync(join(tmpdir(), `culprit-${prefix}-`));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  let folders = 0;
  const write = (path: string, content: unknown) => {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content));
    return at;
  };
  return {
    root,
    write,
    /** Writes the files into a folder of their own and imports it. */
    async import(files: Record<string, unknown>, options: ImportOptions = {}) {
      const folder = `case-${folders++}`;
      for (const [path, content] of Object.entries(files)) write(join(folder, path), content);
      const result = await importAll(join(root, folder), { everything: true, ...options });
      const codes = Object.fromEntries(
        result.skipped.map((skip) => [skip.path.slice(join(root, folder).length + 1), skip.code]),
      );
      const trajectories = result.runs.map(importedTrajectory);
      return { ...result, codes, trajectories, folder: join(root, folder) };
    },
  };
}

/** A step as the tests compare it: who, what was said, what was called, what came of it. */
export function gist(step: Step): string {
  if (step.role !== "environment") return `${step.agent}: ${step.content}`;
  const answers = step.call_id === undefined ? "" : ` re ${step.call_id}`;
  return `${step.agent}${answers}${step.exit_code === undefined ? "" : ` exit ${step.exit_code}`}: ${step.content}`;
}

/** Calls of all steps, as name and arguments. */
export function calls(trajectory: Trajectory | undefined): [string, unknown][] {
  return (trajectory?.steps ?? []).flatMap((step) =>
    step.tool_calls.map((call): [string, unknown] => [call.name, call.arguments]),
  );
}
