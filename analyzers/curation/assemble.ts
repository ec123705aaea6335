import type { DatasetRecord, DatasetVersion } from "@culprit/schemas";
import { type Cap, matchEvidence, withinCaps } from "./caps.ts";
import { type Benchmarks, textOf } from "./contamination.ts";
import { detectInjected } from "./detector.ts";
import { type GateOptions, weakEvidence } from "./gates.ts";
import { nearDuplicates } from "./near-duplicates.ts";
import { type LeftOut, leaveOut } from "./reasons.ts";
import { splitOf } from "./split.ts";
import { inOrder } from "./version/canonical.ts";

export interface AssembleOptions extends GateOptions {
  /** Share of tasks held out. Default 0.1. */
  testShare?: number;
  /** Similarity from which two records say the same, 0 to 1. Default 0.8; above 1 keeps all. */
  nearDuplicate?: number;
  /** At most so many records of one agent, domain and so on. */
  caps?: readonly Cap[];
  /** As many injected as counterfactual records of each domain, agent and position. */
  matchEvidence?: boolean;
  /** Records that share text with one of these questions are left out. */
  benchmarks?: Benchmarks;
  /** Records of the version before: of two that say the same they stay. */
  kept?: ReadonlySet<string>;
}

/** Records fit for training, and what was left out on the way. */
export interface Assembled extends Pick<DatasetVersion, "detector" | "contamination" | "biases"> {
  /** By run. */
  records: DatasetRecord[];
  left_out: LeftOut;
}

/**
 * Scrubbed records to the records of a version: weak evidence, benchmark questions and near-duplicates go, what there is
 * too much of is cut, and the rest is split by task. Equal records give an equal version, in whatever order they come.
 */
export function assemble(collected: readonly DatasetRecord[], options: AssembleOptions = {}): Assembled {
  const { kept = new Set<string>(), benchmarks, caps = [] } = options;
  const left: LeftOut = {};
  const sound = collected.filter((record) => {
    const weak = weakEvidence(record, options);
    if (weak !== null) leaveOut(left, weak);
    return weak === null;
  });
  const clean = sound.filter((record) => !benchmarks?.holds(record));
  leaveOut(left, "contaminated", sound.length - clean.length);
  const ordered = inOrder(clean).sort((one, other) => precedence(one, kept) - precedence(other, kept));
  const repeats = nearDuplicates(ordered.map(textOf), options.nearDuplicate);
  const distinct = ordered.filter((_, place) => repeats[place] === null);
  leaveOut(left, "near_duplicate", ordered.length - distinct.length);
  const capped = withinCaps(distinct, caps, kept);
  leaveOut(left, "over_cap", capped.over);
  const matched = options.matchEvidence
    ? matchEvidence(capped.records, kept)
    : { records: capped.records, unmatched: 0 };
  leaveOut(left, "unmatched", matched.unmatched);
  const records = inOrder(matched.records).map((record) => ({
    ...record,
    split: splitOf(record.task_id, options.testShare),
  }));
  return {
    records,
    left_out: left,
    detector: detectInjected(records),
    contamination:
      benchmarks === undefined
        ? null
        : { benchmarks: benchmarks.names, questions: benchmarks.questions, flagged: sound.length - clean.length },
    biases: biasesOf(records),
  };
}

const RANK = { counterfactual: 0, injected: 1, human: 2 } as const;

function precedence(record: DatasetRecord, kept: ReadonlySet<string>): number {
  return (kept.has(record.id) ? 0 : 10) + RANK[record.evidence];
}

const DOMINANT = 0.5;

/** What a reader of the card has to know, as far as the records show it. */
function biasesOf(records: readonly DatasetRecord[]): string[] {
  const share = (hit: (record: DatasetRecord) => boolean) => records.filter(hit).length / Math.max(1, records.length);
  const biases: string[] = [];
  const kinds = (["counterfactual", "injected", "human"] as const).filter(
    (kind) => share((r) => r.evidence === kind) > 0,
  );
  if (kinds.length === 1)
    biases.push(`Every label is ${kinds[0]}: there is no other kind of evidence to compare with.`);
  for (const [name, of] of [
    ["agent", (record: DatasetRecord) => record.mistake_agent],
    ["domain", (record: DatasetRecord) => record.domain || "unknown"],
  ] as const) {
    const counts = new Map<string, number>();
    for (const record of records) counts.set(of(record), (counts.get(of(record)) ?? 0) + 1);
    const [value, count = 0] = [...counts].sort(([, left], [, right]) => right - left)[0] ?? [];
    if (counts.size === 1) biases.push(`There is one ${name} only: ${value}.`);
    else if (count / records.length > DOMINANT) {
      biases.push(`${((100 * count) / records.length).toFixed(0)} % of the records have the ${name} ${value}.`);
    }
  }
  if (!records.some(({ split }) => split === "test"))
    biases.push("No task is held out: there are too few for this test share.");
  return biases;
}
