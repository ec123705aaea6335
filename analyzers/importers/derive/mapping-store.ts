import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { DerivedParser } from "./derived.ts";
import { mappingSchema } from "./mapping.ts";

/** Version of what is kept; a file of another version is made anew. */
const VERSION = 1;

const keptSchema = z.object({
  version: z.literal(VERSION),
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
  confidence: z.number().min(0).max(1),
  by: z.enum(["structure", "model"]),
  mapping: mappingSchema,
});

/** Derived parsers by format fingerprint, one file each. */
export interface MappingStore {
  load(fingerprint: string): Promise<DerivedParser | undefined>;
  save(parser: DerivedParser): Promise<void>;
}

/** Parsers under a directory, as JSON that a person can read and mend. A file that is no parser is as if it were not there. */
export function mappingStore(directory: string): MappingStore {
  const pathOf = (fingerprint: string) => join(directory, `${fingerprint}.json`);
  return {
    async load(fingerprint) {
      const text = await readFile(pathOf(fingerprint), "utf8").catch(() => undefined);
      if (text === undefined) return undefined;
      try {
        const kept = keptSchema.safeParse(JSON.parse(text));
        if (!kept.success || kept.data.fingerprint !== fingerprint) return undefined;
        const { mapping, confidence } = kept.data;
        return { fingerprint, mapping, confidence, by: "cache" };
      } catch {
        return undefined;
      }
    },
    async save({ fingerprint, mapping, confidence, by }) {
      if (by === "cache") return;
      await mkdir(directory, { recursive: true });
      const path = pathOf(fingerprint);
      const partial = `${path}.${process.pid}.partial`;
      await writeFile(
        partial,
        `${JSON.stringify({ version: VERSION, fingerprint, confidence, by, mapping }, null, 2)}\n`,
      );
      await rename(partial, path);
    },
  };
}
