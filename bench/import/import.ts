// What importing trajectories costs, beside `JSON.parse` of the same bytes, and what is found in real ones.
//   --count N     trajectories (1000)
//   --data DIR    real ones (../shared/data/code-agents); left out when it is not there
//   --large MB    size of the large logs (100)
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { derivedReader, type ImportedRun, importPath } from "@culprit/analyzers";
import { megabytes, number, table } from "../measure/table.ts";
import { temporaryDirectory } from "../systems/child.ts";
import { makeLarge, makeTrajectories } from "./make-trajectories.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000" },
    data: { type: "string", default: "../shared/data/code-agents" },
    large: { type: "string", default: "100" },
    one: { type: "string" },
  },
});

const options = { everything: true, unknown: derivedReader() };

/** CPU time, so that what else runs on the machine does not count. */
async function timed<Result>(work: () => Promise<Result>): Promise<{ ms: number; result: Result }> {
  const began = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(began);
  return { ms: (user + system) / 1000, result };
}

/** Imports without keeping: counts. */
async function imported(path: string): Promise<{ runs: number; steps: number; spans: number }> {
  const sum = { runs: 0, steps: 0, spans: 0 };
  for await (const item of importPath(path, options)) {
    if (item.kind === "skip") continue;
    sum.runs++;
    sum.steps += item.steps;
    sum.spans += item.spans.length;
  }
  return sum;
}

async function parsed(directory: string): Promise<number> {
  let files = 0;
  for (const folder of readdirSync(directory)) {
    for (const name of readdirSync(join(directory, folder))) {
      const text = readFileSync(join(directory, folder, name), "utf8");
      for (const value of name.endsWith(".jsonl") ? text.split("\n") : [text]) JSON.parse(value);
      files++;
    }
  }
  return files;
}

if (values.one !== undefined) {
  // A process of its own, so that its memory is its own.
  const { ms, result } = await timed(() => imported(values.one as string));
  process.stdout.write(JSON.stringify({ ms, ...result, rss: process.resourceUsage().maxRSS * 1024 }));
} else {
  const [directory, remove] = temporaryDirectory("import");
  try {
    await speed(join(directory, "runs"));
    large(directory);
    if (existsSync(values.data)) await real(values.data, directory);
    else process.stdout.write(`\nskipped: ${values.data} is not here\n`);
  } finally {
    remove();
  }
}

async function speed(directory: string): Promise<void> {
  const bytes = makeTrajectories(directory, Number(values.count));
  const rounds: { parse: number; read: number; steps: number; runs: number }[] = [];
  for (let round = 0; round < 3; round++) {
    const parse = await timed(() => parsed(directory));
    const read = await timed(() => imported(directory));
    rounds.push({ parse: parse.ms, read: read.ms, steps: read.result.steps, runs: read.result.runs });
  }
  const [best] = rounds.sort((left, right) => left.read / left.parse - right.read / right.parse).slice(1);
  if (best === undefined) return;
  const rows = [
    ["`JSON.parse`", number(best.parse, 0), number(bytes / 1e6 / (best.parse / 1000), 0), "1.0"],
    [
      "`importPath`",
      number(best.read, 0),
      number(bytes / 1e6 / (best.read / 1000), 0),
      number(best.read / best.parse, 1),
    ],
  ];
  process.stdout.write(
    `${best.runs} trajectories of five formats, ${number(best.steps, 0)} steps, ${megabytes(bytes)} MB; CPU, median of 3\n\n`,
  );
  process.stdout.write(`${table(["", "ms", "MB/s", "ratio"], rows)}\n`);
}

function large(directory: string): void {
  const rows = (["jsonl", "json", "text"] as const).map((kind) => {
    const path = join(directory, `large.${kind}`);
    makeLarge(path, kind, Number(values.large) * 1e6);
    const answer = execFileSync(process.execPath, [process.argv[1] as string, "--one", path], { encoding: "utf8" });
    const { ms, steps, rss } = JSON.parse(answer) as { ms: number; steps: number; rss: number };
    return [kind, number(steps, 0), number(ms / 1000, 1), megabytes(rss)];
  });
  process.stdout.write(`\nOne log of ${values.large} MB, in a process of its own\n\n`);
  process.stdout.write(`${table(["", "steps", "CPU s", "peak MB"], rows)}\n`);
}

/** What is found in real runs: figures only. */
async function real(data: string, directory: string): Promise<void> {
  const packed = join(directory, "all.tar.gz");
  execFileSync("tar", ["-czf", packed, "-C", data, "."]);
  const found = async (path: string) => {
    const runs: ImportedRun[] = [];
    const skipped = new Map<string, number>();
    for await (const item of importPath(path, options)) {
      if (item.kind === "run") runs.push(item);
      else skipped.set(item.code, (skipped.get(item.code) ?? 0) + 1);
    }
    return { runs, skipped };
  };
  const { runs, skipped } = await found(data);
  const rows = [...new Set(runs.map(({ format }) => format))].map((format) => {
    const own = runs.filter((run) => run.format === format);
    const sum = (of: (run: ImportedRun) => number) => own.reduce((total, run) => total + of(run), 0);
    const outcomes = ["success", "failure", "unknown"].map(
      (outcome) => own.filter((run) => run.outcome === outcome).length,
    );
    const agents = [...new Set(own.flatMap((run) => run.agents))].join(", ");
    return [
      format,
      own.length,
      sum(({ steps }) => steps),
      agents,
      outcomes.join(" / "),
      number(
        sum(({ bytes }) => bytes),
        0,
      ),
      number(
        sum(({ unparsed_bytes }) => unparsed_bytes),
        0,
      ),
    ];
  });
  process.stdout.write(`\n${data}\n\n`);
  process.stdout.write(
    `${table(["format", "found", "steps", "agent", "success / failure / unknown", "bytes", "unparsed bytes"], rows)}\n`,
  );
  process.stdout.write(`\nleft out: ${[...skipped].map(([code, count]) => `${code} ${count}`).join(", ")}\n`);
  const again = await found(packed);
  const ids = (all: ImportedRun[]) =>
    all
      .map(({ trace_id }) => trace_id)
      .sort()
      .join();
  process.stdout.write(
    `as one tar.gz: ${again.runs.length} runs, ${ids(again.runs) === ids(runs) ? "the same" : "NOT THE SAME"}\n`,
  );
}
