import { createHash } from "node:crypto";
import { CulpritError, type DatasetRecord } from "@culprit/schemas";
import type { Split } from "./format.ts";

/** Figures of the records written so far. Counts are rows unless they say otherwise. */
export interface Tally {
  rows: Record<Split, number>;
  tasks: Record<Split, number>;
  evidence: Record<string, number>;
  sources: Record<string, number>;
  /** Rows by blamed agent, most blamed first. */
  agents: Record<string, number>;
  steps: { min: number; median: number; max: number };
  /** What is odd about the set as a whole, a sentence each, with what to do. */
  warnings: string[];
}

/**
 * Counts records as they pass, and refuses those that contradict what came before. Keeps some 100 bytes a run and a
 * task, and nothing of their texts.
 */
export class RecordTally {
  readonly #rows = { train: 0, test: 0 };
  readonly #tasks = { train: 0, test: 0 };
  readonly #splitOf = new Map<string, Split>();
  readonly #labelOf = new Map<string, number>();
  readonly #evidence = new Map<string, number>();
  readonly #sources = new Map<string, number>();
  readonly #agents = new Map<string, number>();
  readonly #blamedSteps = new Set<number>();
  readonly #lengths = new Map<number, number>();

  /** @throws CulpritError `export_contradiction`, `export_split_leak` */
  add(record: DatasetRecord): void {
    const { split } = record;
    this.#checkLabel(record);
    const task = key(record.task_id);
    const earlier = this.#splitOf.get(task);
    if (earlier === undefined) {
      this.#splitOf.set(task, split);
      this.#tasks[split]++;
    } else if (earlier !== split) {
      throw new CulpritError("export_split_leak", `The task ${record.task_id} is in both splits.`, {
        mend: "A tracer tested on it would be asked what it was told. Curate the dataset again: it splits by task.",
      });
    }
    this.#rows[split]++;
    count(this.#evidence, record.evidence);
    count(this.#sources, record.source || "live");
    count(this.#agents, record.mistake_agent);
    count(this.#lengths, record.history.length);
    this.#blamedSteps.add(record.mistake_step);
  }

  #checkLabel(record: DatasetRecord): void {
    const run = key(record.id);
    const label = digest(JSON.stringify([record.mistake_agent, record.mistake_step])).readUIntBE(0, 3);
    const earlier = this.#labelOf.get(run);
    this.#labelOf.set(run, label);
    if (earlier === undefined) return;
    const said = `${record.mistake_agent} at step ${record.mistake_step}`;
    throw new CulpritError(
      "export_contradiction",
      earlier === label
        ? `The run ${record.id} is in the dataset twice.`
        : `The run ${record.id} is in the dataset twice with labels that disagree; the later one blames ${said}.`,
      { mend: "Keep one record a run: curate the dataset again, or remove the wrong line of records.jsonl." },
    );
  }

  figures(): Tally {
    return {
      rows: { ...this.#rows },
      tasks: { ...this.#tasks },
      evidence: ranked(this.#evidence),
      sources: ranked(this.#sources),
      agents: ranked(this.#agents),
      steps: spread(this.#lengths),
      warnings: this.#warnings(),
    };
  }

  #warnings(): string[] {
    const { train, test } = this.#rows;
    const warnings: string[] = [];
    if (train === 0) warnings.push("The train split is empty: add runs of more tasks, or hold out a smaller share.");
    if (test === 0) warnings.push("The test split is empty: add runs of more tasks, or hold out a larger share.");
    const [agent] = this.#agents.keys();
    if (this.#agents.size === 1) {
      warnings.push(
        `Every record blames ${agent}: a tracer learns to answer that without reading. Add runs that others broke.`,
      );
    }
    if (this.#blamedSteps.size === 1 && train + test > 1) {
      const [step] = this.#blamedSteps;
      warnings.push(
        `Every record blames step ${step}: a tracer learns to answer that without reading. Add runs broken elsewhere.`,
      );
    }
    const [evidence] = this.#evidence.keys();
    if (this.#evidence.size === 1 && evidence !== "human") {
      warnings.push(
        evidence === "injected"
          ? "Every label is an injected fault, none a natural failure: replay failed runs (culprit replay) and mix them in."
          : "Every label is a replayed failure, none an injected fault: inject some (culprit inject) for cases of known truth.",
      );
    }
    return warnings;
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Twelve characters of their own: a slice of a longer text would keep all of it. */
function key(text: string): string {
  return digest(text).toString("base64url", 0, 9);
}

function count<Key>(into: Map<Key, number>, value: Key): void {
  into.set(value, (into.get(value) ?? 0) + 1);
}

function ranked(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort((left, right) => right[1] - left[1]));
}

function spread(lengths: ReadonlyMap<number, number>): Tally["steps"] {
  const ascending = [...lengths].sort((left, right) => left[0] - right[0]);
  const half = ascending.reduce((sum, [, rows]) => sum + rows, 0) / 2;
  let before = 0;
  const median = ascending.find(([, rows]) => {
    before += rows;
    return before > half;
  });
  return { min: ascending[0]?.[0] ?? 0, median: median?.[0] ?? 0, max: ascending.at(-1)?.[0] ?? 0 };
}
