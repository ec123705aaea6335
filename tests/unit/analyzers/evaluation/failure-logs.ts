import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A Who&When file of `steps` entries whose label is `step`, the speakers in turn. */
export function failureLog(id: string, speakers: readonly string[], step: number, steps = 4) {
  const history = Array.from({ length: steps }, (_, place) => ({
    content: place === step ? `Assume placeholder ${id}` : `Part ${place} of ${id}`,
    role: "assistant",
    name: speakers[place % speakers.length] ?? "A",
  }));
  return {
    question: `Question ${id}`,
    question_ID: `task-${id}`,
    ground_truth: "SECRET",
    history,
    mistake_agent: history[step]?.name ?? "",
    mistake_step: String(step),
    mistake_reason: "",
  };
}

/** Writes one file a log into `directory` and returns it. */
export function writeLogs(directory: string, logs: Readonly<Record<string, unknown>>): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, log] of Object.entries(logs)) {
    writeFileSync(join(directory, name), typeof log === "string" ? log : JSON.stringify(log));
  }
  return directory;
}
