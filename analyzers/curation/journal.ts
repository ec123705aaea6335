import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CURATION_REASONS, type CurationReason } from "./reasons.ts";

const count = z.number().nonnegative();

/** What became of one run: what it was labelled with, or why it was not. */
export const journalEntrySchema = z.object({
  trace_id: z.string(),
  /** What it was tried with: other settings, another try. */
  settings: z.string(),
  /** Labelled runs: itself, or those made from it by faults. */
  labelled: z.array(z.string()),
  left_out: z.enum(Object.keys(CURATION_REASONS) as [CurationReason, ...CurationReason[]]).nullable(),
  /** Faults that did not make it, by reason. */
  faults: z.partialRecord(z.enum(Object.keys(CURATION_REASONS) as [CurationReason, ...CurationReason[]]), count),
  replays: count,
  model_calls: count,
  tokens: count,
  cost: count,
  seconds: count,
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** Reasons that may be gone the next time. */
const PASSING: ReadonlySet<CurationReason> = new Set(["no_outcome", "not_replayable"]);
const FILE = ".curate-journal.jsonl";

/** What was done so far, on disk, so that whoever is killed goes on where they were. */
export interface Journal {
  /** What became of a run with these settings; undefined when it is to be tried. */
  find(traceId: string, settings: string): JournalEntry | undefined;
  /** On disk when it resolves. */
  add(entry: JournalEntry): Promise<void>;
}

/** The journal of a dataset's directory, which is made when missing. A last line cut short by a crash is dropped. */
export async function openJournal(directory: string): Promise<Journal> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, FILE);
  const entries = new Map<string, JournalEntry>();
  const text = await readFile(path, "utf8").catch(() => "");
  for (const line of text.split("\n")) {
    const entry = read(line);
    if (entry !== null) entries.set(keyOf(entry.trace_id, entry.settings), entry);
  }
  // What follows half a line would be lost with it.
  if (text !== "" && !text.endsWith("\n")) await appendFile(path, "\n");
  return {
    find(traceId, settings) {
      const entry = entries.get(keyOf(traceId, settings));
      return entry?.left_out != null && PASSING.has(entry.left_out) ? undefined : entry;
    },
    async add(entry) {
      entries.set(keyOf(entry.trace_id, entry.settings), entry);
      await appendFile(path, `${JSON.stringify(entry)}\n`);
    },
  };
}

function read(line: string): JournalEntry | null {
  if (line.trim() === "") return null;
  try {
    return journalEntrySchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function keyOf(traceId: string, settings: string): string {
  return JSON.stringify([traceId, settings]);
}
