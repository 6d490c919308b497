// Written here and not taken from prom-client, which would bring @opentelemetry/api along for everybody.

/** The media type of {@link Metrics.text}: Prometheus' text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Seconds: from a call to a neighbour to an event's default deadline. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const;

type Labels = Readonly<Record<string, string>>;

/** Counts and times of one process. Labels come from configuration and closed lists, so that their number is bounded. */
export class Metrics {
  readonly #families: (Counter | Gauge | Histogram)[] = [];

  counter(name: string, help: string): Counter {
    return this.#add(new Counter(name, help));
  }

  /** @param read - Gives the value when it is asked for. */
  gauge(name: string, help: string, read: () => number): void {
    this.#add(new Gauge(name, help, read));
  }

  /** Seconds, in fixed buckets. */
  histogram(name: string, help: string): Histogram {
    return this.#add(new Histogram(name, help));
  }

  /** All of them, in the order they were made. */
  text(): string {
    return `${this.#families.flatMap((family) => family.lines()).join("\n")}\n`;
  }

  #add<F extends Counter | Gauge | Histogram>(family: F): F {
    this.#families.push(family);
    return family;
  }
}

/** A number that grows, by labels. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #values: Map<string, number> = new Map();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + 1);
  }

  lines(): string[] {
    const values = [...this.#values].map(([labels, value]) => `${this.#name}${braced(labels)} ${value}`);
    return [...head(this.#name, this.#help, "counter"), ...values];
  }
}

class Gauge {
  readonly #name: string;
  readonly #help: string;
  readonly #read: () => number;

  constructor(name: string, help: string, read: () => number) {
    this.#name = name;
    this.#help = help;
    this.#read = read;
  }

  lines(): string[] {
    return [...head(this.#name, this.#help, "gauge"), `${this.#name} ${this.#read()}`];
  }
}

/** How long things took, by labels. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #series: Map<string, { readonly counts: number[]; sum: number; count: number }> = new Map();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  observe(labels: Labels, seconds: number): void {
    const key = labelText(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    series.sum += seconds;
    series.count += 1;
    for (const [i, bucket] of BUCKETS.entries()) {
      if (seconds <= bucket) series.counts[i] = (series.counts[i] ?? 0) + 1;
    }
  }

  lines(): string[] {
    const values = [...this.#series].flatMap(([labels, { counts, sum, count }]) => [
      ...BUCKETS.map((bucket, i) => this.#bucket(labels, String(bucket), counts[i] ?? 0)),
      this.#bucket(labels, "+Inf", count),
      `${this.#name}_sum${braced(labels)} ${sum}`,
      `${this.#name}_count${braced(labels)} ${count}`,
    ]);
    return [...head(this.#name, this.#help, "histogram"), ...values];
  }

  #bucket(labels: string, bound: string, count: number): string {
    return `${this.#name}_bucket${braced([labels, `le="${bound}"`].filter(Boolean).join(","))} ${count}`;
  }
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(",");
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
