import { unparsedBytes } from "../coverage.ts";
import type { Malformed, ParsedRun, SourceFile } from "../format.ts";
import type { DerivedRuns, UnknownFormatReader } from "../unknown-format.ts";
import { applyJsonMapping } from "./apply-json.ts";
import { applyTextMapping } from "./apply-text.ts";
import { formatFingerprint } from "./fingerprint.ts";
import { inferJson } from "./infer-json.ts";
import { inferText } from "./infer-text.ts";
import type { TrajectoryMapping } from "./mapping.ts";
import type { MappingStore } from "./mapping-store.ts";

/** From here on a reading counts as a parser; prose looks more like turns than JSON does. */
const ENOUGH = { json: 0.6, text: 0.7 } as const;

/** A parser that was made for a format of its own: by looking at the data, or by a model. */
export interface DerivedParser {
  fingerprint: string;
  mapping: TrajectoryMapping;
  confidence: number;
  by: "structure" | "model" | "cache";
}

/** Proposes a mapping for a file that no reading of its structure explains; `undefined` when it holds no trajectory. */
export type MappingModel = (file: SourceFile, problem: string) => Promise<TrajectoryMapping | undefined>;

export interface DerivedOptions {
  /** Asked where the structure alone is not enough. */
  model?: MappingModel;
  /** Where parsers are kept by the format's fingerprint. */
  store?: MappingStore;
  /** Told of every parser that was made. */
  onParser?: (parser: DerivedParser, file: SourceFile) => void;
}

/** Reads files of formats that nobody has told us of: by a kept parser, by their structure, or by a model's mapping. */
export function derivedReader({ model, store, onParser }: DerivedOptions = {}): UnknownFormatReader {
  const made = new Map<string, DerivedParser>();
  /** Formats of which nothing could be made; one file of each is enough to ask about. */
  const hopeless = new Set<string>();
  return {
    async read(file) {
      const fingerprint = formatFingerprint(file);
      const kept = made.get(fingerprint) ?? (await store?.load(fingerprint));
      if (kept !== undefined) {
        const runs = applied(file, kept.mapping);
        if (runs.confidence >= ENOUGH[kept.mapping.kind]) {
          if (!made.has(fingerprint)) onParser?.(kept, file);
          made.set(fingerprint, kept);
          return derivedRuns(file, kept, runs);
        }
      }
      const inferred = inferMapping(file);
      if (inferred !== undefined && inferred.confidence >= ENOUGH[inferred.mapping.kind]) {
        const parser: DerivedParser = { fingerprint, ...inferred, by: "structure" };
        const runs = applied(file, parser.mapping, parser.confidence);
        if (runs.confidence >= ENOUGH[parser.mapping.kind]) return keep(parser, file, runs);
      }
      if (model === undefined || hopeless.has(fingerprint)) return undefined;
      const proposed = await askTwice(file, model);
      if (proposed === undefined) {
        hopeless.add(fingerprint);
        return undefined;
      }
      return keep(
        { fingerprint, mapping: proposed.mapping, confidence: proposed.runs.confidence, by: "model" },
        file,
        proposed.runs,
      );
    },
  };

  async function keep(parser: DerivedParser, file: SourceFile, runs: Applied): Promise<DerivedRuns> {
    made.set(parser.fingerprint, parser);
    await store?.save(parser);
    onParser?.(parser, file);
    return derivedRuns(file, parser, runs);
  }
}

/** What the structure of a file suggests. */
export function inferMapping(file: SourceFile): { mapping: TrajectoryMapping; confidence: number } | undefined {
  return file.json !== undefined || file.records !== undefined ? inferJson(file) : inferText(file);
}

interface Applied {
  runs: ParsedRun[];
  /** What the data itself says of the mapping, 0 to 1. */
  confidence: number;
  problem: string;
}

/** A mapping tried on the data: steps of both sides, text in them, and little of the file unread. */
export function applied(file: SourceFile, mapping: TrajectoryMapping, ceiling = 1): Applied {
  const runs =
    mapping.kind === "json"
      ? applyJsonMapping(file, mapping)
      : [applyTextMapping(file, mapping)].filter((run) => run !== undefined);
  const steps = runs.flatMap((run) => run.steps);
  const agents = steps.filter(({ role }) => role === "agent");
  if (agents.length === 0) return { runs, confidence: 0, problem: "it finds no step of an agent" };
  if (steps.length + runs.filter(({ task }) => task !== "").length < 2)
    return { runs, confidence: 0, problem: "it finds a single turn" };
  const spoken =
    steps.filter(
      ({ content, tool_calls, reasoning }) =>
        content !== "" || (tool_calls?.length ?? 0) > 0 || reasoning !== undefined,
    ).length / steps.length;
  const unread = unparsedBytes([file], runs) / Math.max(1, file.bytes);
  const problem =
    spoken < 0.7 ? "most of its steps are empty" : unread > 0.5 ? "more than half of the file stays unread" : "";
  const quality = 0.5 * spoken + 0.5 * (1 - Math.min(1, unread));
  return { runs, confidence: Math.round(Math.min(ceiling, quality) * 100) / 100, problem };
}

async function askTwice(
  file: SourceFile,
  model: MappingModel,
): Promise<{ mapping: TrajectoryMapping; runs: Applied } | undefined> {
  let problem = "";
  for (let attempt = 0; attempt < 2; attempt++) {
    const mapping = await model(file, problem);
    if (mapping === undefined) return undefined;
    const runs = applied(file, mapping);
    if (runs.confidence >= ENOUGH[mapping.kind] && runs.problem === "") return { mapping, runs };
    problem = runs.problem || "too little of the file comes out of it";
  }
  return undefined;
}

function derivedRuns(file: SourceFile, parser: DerivedParser, { runs, confidence }: Applied): DerivedRuns {
  const note = `No known format: read by a parser derived from ${parser.by === "structure" ? "its structure" : parser.by === "model" ? "a model's mapping" : "an earlier import"}.`;
  const named: (ParsedRun | Malformed)[] = runs.map((run) => ({ ...run, warnings: [...run.warnings, note] }));
  const kind = file.records !== undefined ? "jsonl" : file.json !== undefined ? "json" : "text";
  return { format: `derived-${kind}-${parser.fingerprint.slice(0, 8)}`, runs: named, confidence };
}
