import type { Template } from "../load/encode.ts";
import { spanIdOf, traceIdOf } from "../load/ids.ts";
import { SPANS_PER_RUN } from "../load/workload.ts";

/** One request that was acknowledged. */
export interface Entry {
  firstRun: number;
  template: Template;
}

/** What the store must hold: every request of a load that was acknowledged, as one range of runs each. */
export class Ledger {
  readonly entries: Entry[] = [];

  note(firstRun: number, template: Template): void {
    this.entries.push({ firstRun, template });
  }

  get runs(): number {
    return this.entries.reduce((sum, { template }) => sum + template.runs, 0);
  }

  get spans(): number {
    return this.entries.reduce((sum, { template }) => sum + template.spanAt.length, 0);
  }
}

/** What is wrong between a ledger and the ids in a store. */
export interface Comparison {
  acknowledged: number;
  /** Acknowledged spans that are not stored. */
  missing: number;
  /** Rows past the first of their span in the raw table; reads must not show them. */
  repeatedRows: number;
  /** Stored spans nobody acknowledged: requests whose answer was lost. Allowed. */
  unacknowledged: number;
  /** Stored ids that no request had. */
  foreign: number;
}

/**
 * Compares acknowledged spans with rows of `trace_id<TAB>span_id`.
 *
 * @param mostRuns one more than the largest run number the load can have used
 */
export function compare(ledger: Ledger, rows: Iterable<string>, mostRuns: number): Comparison {
  const seen = new Uint8Array(mostRuns * SPANS_PER_RUN);
  let repeatedRows = 0;
  let foreign = 0;
  for (const row of rows) {
    const [trace = "", span = ""] = row.split("\t");
    const number = spanNumber(trace, span, mostRuns);
    if (number === undefined) foreign++;
    else if (seen[number] === 1) repeatedRows++;
    else seen[number] = 1;
  }
  let missing = 0;
  let acknowledged = 0;
  for (const { firstRun, template } of ledger.entries) {
    for (let offset = 0; offset < template.spanAt.length; offset++) {
      acknowledged++;
      if (seen[firstRun * SPANS_PER_RUN + offset] !== 1) missing++;
    }
  }
  const stored = seen.reduce((sum, one) => sum + one, 0);
  return { acknowledged, missing, repeatedRows, unacknowledged: stored - (acknowledged - missing), foreign };
}

/** The position of a span in the load, from its ids; undefined for ids the load does not make. */
function spanNumber(trace: string, span: string, mostRuns: number): number | undefined {
  const number = (Number.parseInt(span.slice(8), 16) & 0x7fff_ffff) >>> 0;
  const run = Math.floor(number / SPANS_PER_RUN);
  if (Number.isNaN(number) || run >= mostRuns) return undefined;
  return spanIdOf(run, number % SPANS_PER_RUN) === span && traceIdOf(run) === trace ? number : undefined;
}
