/** A metric in the Prometheus text exposition format 0.0.4. */
export interface Metric {
  readonly name: string;
  /** Its `# HELP`, `# TYPE` and sample lines. */
  expose(): string;
}

export type Labels = Readonly<Record<string, string>>;

/** Only ever goes up; one series for each combination of label values seen. */
export class Counter implements Metric {
  readonly name: string;
  readonly #help: string;
  readonly #series = new Map<string, number>();

  constructor(name: string, help: string) {
    this.name = name;
    this.#help = help;
  }

  /** Label values must come from a small fixed set: each combination stays for the life of the process. */
  add(amount: number, labels: Labels = {}): void {
    const key = labelText(labels);
    this.#series.set(key, (this.#series.get(key) ?? 0) + amount);
  }

  /** One series' value, or the sum of all when no labels are given. */
  value(labels?: Labels): number {
    if (labels) return this.#series.get(labelText(labels)) ?? 0;
    let sum = 0;
    for (const value of this.#series.values()) sum += value;
    return sum;
  }

  expose(): string {
    const series = this.#series.size === 0 ? [["", 0] as const] : [...this.#series].sort(byLabels);
    return (
      head(this.name, this.#help, "counter") + series.map(([labels, value]) => line(this.name, labels, value)).join("")
    );
  }
}

/** A value read when it is asked for; undefined leaves it out. */
export class Gauge implements Metric {
  readonly name: string;
  readonly #help: string;
  readonly #type: "gauge" | "counter";
  readonly #read: () => number | undefined;

  constructor(name: string, help: string, read: () => number | undefined, type: "gauge" | "counter" = "gauge") {
    this.name = name;
    this.#help = help;
    this.#read = read;
    this.#type = type;
  }

  expose(): string {
    const value = this.#read();
    return value === undefined ? "" : head(this.name, this.#help, this.#type) + line(this.name, "", value);
  }
}

/** How values are spread over buckets with the given upper bounds. */
export class Histogram implements Metric {
  readonly name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket !== -1) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  expose(): string {
    let below = 0;
    const buckets = this.#bounds.map((le, index) => {
      below += this.#counts[index] ?? 0;
      return { le, count: below };
    });
    return exposeHistogram(this.name, this.#help, { buckets, count: this.#count, sum: this.#sum });
  }
}

/** A histogram someone else counted; its buckets are cumulated. */
export function exposeHistogram(
  name: string,
  help: string,
  { buckets, count, sum }: { buckets: readonly { le: number; count: number }[]; count: number; sum: number },
): string {
  return [
    head(name, help, "histogram"),
    ...buckets.map(({ le, count }) => line(`${name}_bucket`, labelText({ le: String(le) }), count)),
    line(`${name}_bucket`, labelText({ le: "+Inf" }), count),
    line(`${name}_sum`, "", sum),
    line(`${name}_count`, "", count),
  ].join("");
}

/** The content type of {@link exposeAll}. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function exposeAll(metrics: readonly Metric[]): string {
  return metrics.map((metric) => metric.expose()).join("");
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: string, value: number): string {
  const shown =
    value === Number.POSITIVE_INFINITY ? "+Inf" : value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
  return `${name}${labels} ${shown}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((name) => `${name}="${escapeLabel(labels[name] ?? "")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function byLabels([left]: readonly [string, number], [right]: readonly [string, number]): number {
  return left < right ? -1 : 1;
}
