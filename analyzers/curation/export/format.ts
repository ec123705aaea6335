import type { DatasetRecord } from "@culprit/schemas";
import type { ParquetSchema } from "./parquet-schema.ts";

export type Split = DatasetRecord["split"];

/** Where a record stands in what is written. */
export interface Place {
  split: Split;
  /** 0-based, in its split. */
  index: number;
  /** Characters a run may have in a prompt. */
  maxChars?: number | undefined;
}

/** Takes rows as they come and keeps no more than a buffer of them. */
export interface RowSink {
  /**
   * A promise where rows have to be on their way before the next one may come.
   *
   * @param id of the record, for what is called by it
   */
  write(row: object, id: string): Promise<void> | undefined;
  /** Ends the file and closes it. */
  close(): Promise<void>;
  /** Closes without ending: what was written is no use. */
  abandon(): Promise<void>;
}

interface Common {
  /** One line for the dataset card: how a trainer is pointed at it. */
  readonly usage: string;
  /** Files of `training/` that go with it, beside `reward.py`. */
  readonly companions?: readonly string[];
  /** Other files it takes, by name. */
  readonly files?: Readonly<Record<string, () => string>>;
  row(record: DatasetRecord, place: Place): object;
}

/** One trainer's file format: a row of the table in `formats.ts`. */
export type Format =
  | (Common & { readonly encoding: "jsonl" })
  | (Common & { readonly encoding: "parquet"; readonly schema: ParquetSchema })
  /** A folder a split, a JSON document a record, called by the record's id. */
  | (Common & { readonly encoding: "documents" });
