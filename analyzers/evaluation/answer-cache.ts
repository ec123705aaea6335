import { appendFile, readFile } from "node:fs/promises";
import { ATTRIBUTION_STATUSES, CulpritError } from "@culprit/schemas";
import { z } from "zod";
import type { Said } from "./said.ts";

export interface AnswerKey {
  trace_id: string;
  strategy: string;
  /** Of weights or prompt, with the setting. */
  version: string;
}

/** Answers kept in a file of JSON lines, so that an evaluation that was cut off goes on where it was. */
export interface AnswerCache {
  get(key: AnswerKey): Said | undefined;
  set(key: AnswerKey, said: Said): Promise<void>;
}

const lineSchema = z.object({
  trace_id: z.string(),
  strategy: z.string(),
  version: z.string(),
  said: z.object({
    agent: z.string().nullable(),
    step: z.number().int().nonnegative().nullable(),
    confidence: z.number().min(0).max(1).nullable(),
    status: z.enum(ATTRIBUTION_STATUSES),
    input_tokens: z.number().nonnegative(),
    output_tokens: z.number().nonnegative(),
    duration_ms: z.number().nonnegative(),
  }),
});

/**
 * Opens a cache file; one that is not there is empty, a line that was cut off is ignored.
 *
 * @throws CulpritError `cache_unreadable`
 */
export async function openAnswerCache(path: string): Promise<AnswerCache> {
  const kept = new Map<string, Said>();
  for (const line of (await readText(path)).split("\n")) {
    const parsed = parseLine(line);
    if (parsed !== undefined) kept.set(nameOf(parsed), parsed.said);
  }
  let writing = Promise.resolve();
  return {
    get: (key) => kept.get(nameOf(key)),
    set(key, said) {
      kept.set(nameOf(key), said);
      writing = writing.then(() => appendFile(path, `\n${JSON.stringify({ ...key, said })}\n`));
      return writing;
    },
  };
}

function nameOf({ trace_id, strategy, version }: AnswerKey): string {
  return JSON.stringify([trace_id, strategy, version]);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "";
    throw new CulpritError("cache_unreadable", `The answers kept in ${path} can't be read.`, {
      mend: "Name another file with --cache.",
      cause,
    });
  }
}

function parseLine(line: string): z.infer<typeof lineSchema> | undefined {
  if (line.trim() === "") return undefined;
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
