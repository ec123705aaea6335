import { type Random, seededRandom } from "@culprit/analyzers";
import { calculate, written } from "./arithmetic.ts";
import { DOMAINS, type Domain, type Measure } from "./domains.ts";
import { type Condition, type Row, rowsWhere, type Table, writeConditions } from "./table.ts";

/** What is made of the figures of each look-up. */
export type Fold = "sum" | "average" | "largest" | "smallest" | "count";
/** How two folded look-ups become one figure. */
export type Combination = "difference" | "share" | "total";

/** A request to the ledger team: a question about a table, and what it takes to answer it. */
export interface LedgerTask {
  id: string;
  number: number;
  /** What the team is asked. */
  question: string;
  table: Table;
  /** One look-up, or two. */
  lookups: readonly (readonly Condition[])[];
  measure: string;
  fold: Fold;
  combination: Combination | null;
  unit: string;
  /** The right figure, worked out from the table. */
  truth: number;
}

const SYLLABLES = [
  "mar",
  "vik",
  "tol",
  "en",
  "sa",
  "ri",
  "dun",
  "kel",
  "or",
  "bra",
  "lis",
  "han",
  "tem",
  "ova",
  "gri",
  "pel",
  "ston",
  "ay",
  "wen",
  "fos",
];
const MOST_TRIES = 60;

const ASKS: Record<Fold, readonly string[]> = {
  sum: ["what does `M` add up to", "how much `M` is there in all", "what is the total of `M`"],
  average: ["what is `M` on average", "what is the mean of `M`", "how large is `M` in the average row"],
  largest: ["what is the largest `M`", "how high does `M` get", "what is the highest `M`"],
  smallest: ["what is the smallest `M`", "how low does `M` get", "what is the lowest `M`"],
  count: ["how many rows are there", "how many entries can be found", "what is the number of rows"],
};
const OPENINGS = [
  "We need one figure for the weekly report:",
  "A colleague asked me this on the phone:",
  "For the meeting tomorrow I would like to know:",
  "Please look this up:",
  "This came in by mail and should be answered today:",
  "Could somebody work this out for me?",
];

/** The request of a number: always the same one. */
export function ledgerTask(number: number): LedgerTask {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const made = makeTask(number, seededRandom("ledger", number, attempt));
    if (made !== null) return made;
  }
  throw new RangeError(`No request can be made of ${number}.`);
}

function makeTask(number: number, random: Random): LedgerTask | null {
  const domain = random.pick(DOMAINS);
  if (domain === undefined) return null;
  const table = tableOf(domain, random);
  const [measure, other] = random.shuffled(domain.measures);
  const [category, second] = random.shuffled(domain.categories);
  if (!measure || !other || !category || !second) return null;
  const values = random.shuffled(category.values);
  const shared = [sharedCondition(second, other, random)];
  const is = (value: string | undefined): Condition => ({
    column: category.column,
    relation: "is",
    value: value ?? "",
  });
  const combination = random.pick([null, null, "difference", "share", "total"] as const) ?? null;
  const lookups =
    combination === null
      ? [[is(values[0]), ...shared]]
      : combination === "share"
        ? [[is(values[0]), ...shared], shared]
        : [
            [is(values[0]), ...shared],
            [is(values[1]), ...shared],
          ];
  const fold: Fold =
    combination === null ? (random.pick(["sum", "average", "largest", "smallest", "sum"] as const) ?? "sum") : "sum";
  const found = lookups.map((where) => rowsWhere(table, where).length);
  if (found.some((rows) => rows < 2 || rows > 9)) return null;
  const truth = answerTo({ table, lookups, measure: measure.column, fold, combination });
  if (!Number.isFinite(truth)) return null;
  const unit = combination === "share" ? "percent" : measure.unit;
  return {
    id: `ledger-${table.name}/${number}`,
    number,
    question: questionOf({ number, domain, lookups, measure: measure.column, fold, combination, unit }, random),
    table,
    lookups,
    measure: measure.column,
    fold,
    combination,
    unit,
    truth,
  };
}

/** A condition that all look-ups of a request have in common. */
function sharedCondition(
  category: { column: string; values: readonly string[] },
  measure: Measure,
  random: Random,
): Condition {
  const [low, high, step] = measure.range;
  const border = low + Math.round(((high - low) * (0.25 + random.next() * 0.3)) / step) * step;
  const kind = random.whole(3);
  if (kind === 0) return { column: category.column, relation: "is", value: random.pick(category.values) ?? "" };
  const value = Math.round(border * 10) / 10;
  return { column: measure.column, relation: kind === 1 ? "is at least" : "is at most", value };
}

function tableOf(domain: Domain, random: Random): Table {
  const names = new Set<string>();
  const rows: Row[] = [];
  const count = 16 + random.whole(14);
  while (rows.length < count) {
    const name = capital(
      [0, 1, 2]
        .slice(0, 2 + random.whole(2))
        .map(() => random.pick(SYLLABLES) ?? "")
        .join(""),
    );
    if (names.has(name)) continue;
    names.add(name);
    rows.push({
      [domain.entity]: name,
      ...Object.fromEntries(domain.categories.map(({ column, values }) => [column, random.pick(values) ?? ""])),
      ...Object.fromEntries(domain.measures.map((measure) => [measure.column, figure(measure, random)])),
    });
  }
  const columns = [
    domain.entity,
    ...domain.categories.map(({ column }) => column),
    ...domain.measures.map(({ column }) => column),
  ];
  return { name: domain.table, columns, rows };
}

function figure({ range: [low, high, step] }: Measure, random: Random): number {
  return Math.round((low + random.whole(Math.floor((high - low) / step) + 1) * step) * 10) / 10;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Ω's right answer, from the table itself. */
export function answerTo({
  table,
  lookups,
  measure,
  fold,
  combination,
}: Pick<LedgerTask, "table" | "lookups" | "measure" | "fold" | "combination">): number {
  const [first = Number.NaN, second = Number.NaN] = lookups.map((where) =>
    calculate(
      `${fold}(${rowsWhere(table, where)
        .map((row) => row[measure])
        .join(", ")})`,
    ),
  );
  if (combination === null) return first;
  if (combination === "share") return (first / second) * 100;
  return combination === "difference" ? first - second : first + second;
}

type Asked = Pick<LedgerTask, "number" | "lookups" | "measure" | "fold" | "combination" | "unit"> & { domain: Domain };

function questionOf({ number, domain, lookups, measure, fold, combination, unit }: Asked, random: Random): string {
  const [first = [], second = []] = lookups;
  const ask = (random.pick(ASKS[fold]) ?? "").replace("`M`", `\`${measure}\``);
  const where = (conditions: readonly Condition[]) => writeConditions(conditions);
  const wanted =
    combination === null
      ? `Of the rows of \`${domain.table}\` in which ${where(first)}, ${ask}?`
      : combination === "share"
        ? `Of the \`${measure}\` of all rows of \`${domain.table}\` in which ${where(second)}, what share falls on those in which ${where(first)}?`
        : combination === "difference"
          ? `By how much does the \`${measure}\` of the rows of \`${domain.table}\` in which ${where(first)} exceed that of the rows in which ${where(second)}?`
          : `How much \`${measure}\` do the rows of \`${domain.table}\` in which ${where(first)} and the rows in which ${where(second)} have together?`;
  return [
    `Request ${number}. ${random.pick(OPENINGS)} ${wanted} The answer should be in ${unit}, with two decimals at most.`,
    `The table \`${domain.table}\` has the columns ${[domain.entity, ...domain.categories.map(({ column }) => column), ...domain.measures.map(({ column }) => column)].map((column) => `\`${column}\``).join(", ")}.`,
    ...domain.categories.map(
      ({ column, values }) => `\`${column}\` is one of ${values.map((value) => `"${value}"`).join(", ")}.`,
    ),
  ].join("\n");
}

/** The right figure, for those who may see it. */
export function groundTruthOf({ truth }: LedgerTask): string {
  return written(truth);
}
