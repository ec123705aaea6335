import type { Malformed, ParsedRun, SourceFile } from "./format.ts";

/** Reads a file whose format is not in the table. */
export interface UnknownFormatReader {
  /** The runs of the file, and how sure that is; `undefined` when it holds no trajectory that can be found. */
  read(file: SourceFile): Promise<DerivedRuns | undefined>;
}

export interface DerivedRuns {
  /** What the runs' source is called. */
  format: string;
  runs: readonly (ParsedRun | Malformed)[];
  confidence: number;
}
