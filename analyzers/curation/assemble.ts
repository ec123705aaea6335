import type { DatasetRecord, DatasetVersion } from "@culprit/schemas";
import { type GateOptions, weakEvidence } from "./gates.ts";
import { type LeftOut, leaveOut } from "./reasons.ts";
import { splitOf } from "./split.ts";
import { inOrder } from "./version/canonical.ts";

export interface AssembleOptions extends GateOptions {
  /** Share of tasks held out. Default 0.1. */
  testShare?: number;
}

/** Records fit for training, and what was left out on the way. */
export interface Assembled extends Pick<DatasetVersion, "detector" | "contamination"> {
  records: DatasetRecord[];
  left_out: LeftOut;
}

/** Scrubbed records to the records of a version: what is weak goes, the rest is put in order and split by task. */
export function assemble(collected: readonly DatasetRecord[], options: AssembleOptions = {}): Assembled {
  const left: LeftOut = {};
  const sound = inOrder(collected).filter((record) => {
    const weak = weakEvidence(record, options);
    if (weak !== null) leaveOut(left, weak);
    return weak === null;
  });
  const records = sound.map((record) => ({ ...record, split: splitOf(record.task_id, options.testShare) }));
  return { records, left_out: left, detector: null, contamination: null };
}
