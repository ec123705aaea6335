import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CulpritError } from "@culprit/schemas";
import { z } from "zod";

const exchange = z.object({ call: z.string(), result: z.string() });

/** A diagnosis that is under way: enough to go on from after the process ended. */
export const diagnosisStateSchema = z.object({
  /** Changes when the run, the prompts or the model do; a state of another key is not gone on from. */
  key: z.string(),
  summary: z.string(),
  /** What the model still sees. */
  exchanges: z.array(exchange),
  /** Everything that was said, in order. */
  transcript: z.array(exchange),
  inspected: z.array(z.number().int().nonnegative()),
  refusals: z.number().int().nonnegative(),
  spent: z.object({ input: z.number(), output: z.number(), calls: z.number(), cost: z.number() }),
  compactions: z.object({ summaries: z.number(), windows: z.number(), failures: z.number() }),
});
export type DiagnosisState = z.infer<typeof diagnosisStateSchema>;

/** Where a diagnosis keeps its state between processes. */
export interface StateFile {
  /** The state of this key, or null. */
  load(key: string): Promise<DiagnosisState | null>;
  save(state: DiagnosisState): Promise<void>;
  remove(): Promise<void>;
}

/** A state in one file, replaced as a whole, so that it is never half written. */
export function stateFile(path: string): StateFile {
  return {
    async load(key) {
      try {
        const state = diagnosisStateSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
        return state.success && state.data.key === key ? state.data : null;
      } catch {
        return null;
      }
    },
    save: async (state) => await replaceFile(path, JSON.stringify(state)),
    remove: async () => await rm(path, { force: true }),
  };
}

/**
 * Writes a file so that a reader sees the old content or the new one.
 *
 * @throws CulpritError `output_unwritable`
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new CulpritError("output_unwritable", `${path} can't be written.`, {
      mend: "Name another directory.",
      cause,
    });
  }
}
