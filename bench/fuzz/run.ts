import { isDeepStrictEqual } from "node:util";
import { Random } from "../load/random.ts";
import { type FuzzedSignal, toJson, toProtobuf } from "./encode.ts";
import { mutateBytes, mutateJson, randomBytes } from "./mutate.ts";
import { makeRequest } from "./request.ts";
import { type FuzzedEncoding, feed } from "./target.ts";

/** How an input is made from a valid request. */
const MAKINGS = ["mutated", "mutated", "mutated", "structure", "structure", "random", "valid"] as const;
type Making = (typeof MAKINGS)[number];

export interface FuzzOptions {
  inputs: number;
  seed: number;
  /** Longest an input may take, twice over, milliseconds. */
  slowMs?: number;
  /** Told the number of the input under way. */
  onInput?: (index: number) => void;
}

export interface FuzzFailure {
  index: number;
  signal: FuzzedSignal;
  encoding: FuzzedEncoding;
  making: Making;
  reason: string;
  /** The input, base64, cut at 4 KB. */
  input: string;
}

export interface FuzzReport {
  inputs: number;
  bytes: number;
  largest: number;
  seconds: number;
  /** Inputs by how they ended: `records`, `empty`, `refused`. */
  outcomes: Record<string, number>;
  makings: Record<string, number>;
  slowestMs: number;
  peakRssBytes: number;
  failures: FuzzFailure[];
}

const MOST_FAILURES = 20;
const POOL = 400;

/**
 * Feeds hostile bodies to the OTLP decoders of traces and logs, protobuf and JSON. An input must be decoded or refused,
 * in time; a valid request must decode to the same in both encodings. The same seed gives the same inputs.
 */
export function fuzz({ inputs, seed, slowMs = 250, onInput = () => {} }: FuzzOptions): FuzzReport {
  const random = new Random(seed);
  const report: FuzzReport = {
    inputs: 0,
    bytes: 0,
    largest: 0,
    seconds: 0,
    outcomes: {},
    makings: {},
    slowestMs: 0,
    peakRssBytes: 0,
    failures: [],
  };
  const began = performance.now();
  let pool = makePool(random);
  for (let index = 0; index < inputs && report.failures.length < MOST_FAILURES; index++) {
    onInput(index);
    if (index % 20_000 === 19_999) pool = makePool(random);
    const sample = random.pick(pool);
    const making = random.pick(MAKINGS);
    const encoding = random.chance(0.5) ? "protobuf" : "json";
    const input = makeInput(random, making, encoding, sample, random.pick(pool));
    const { signal } = sample;
    const fail = (reason: string): void => {
      report.failures.push({ index, signal, encoding, making, reason, input: input.toString("base64").slice(0, 4096) });
    };
    const at = performance.now();
    try {
      const verdict = feed(signal, encoding, input);
      count(report.outcomes, "refused" in verdict ? "refused" : verdict.records.length > 0 ? "records" : "empty");
      if (making === "valid") {
        const twin = feed(
          signal,
          encoding === "json" ? "protobuf" : "json",
          encoding === "json" ? sample.protobuf : sample.json,
        );
        if (!isDeepStrictEqual(verdict, twin)) fail("the two encodings of one request decode to different records");
      }
    } catch (error) {
      fail(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
    const took = performance.now() - at;
    // The machine may have been busy elsewhere: only an input that is slow again is slow.
    if (took > slowMs && again(signal, encoding, input) > slowMs) fail(`it took ${Math.round(took)} ms`);
    report.slowestMs = Math.max(report.slowestMs, took);
    report.bytes += input.length;
    report.largest = Math.max(report.largest, input.length);
    report.inputs++;
    count(report.makings, `${encoding} ${making}`);
  }
  report.seconds = (performance.now() - began) / 1000;
  report.peakRssBytes = process.resourceUsage().maxRSS * 1024;
  return report;
}

interface Sample {
  signal: FuzzedSignal;
  protobuf: Buffer;
  json: Buffer;
}

function makePool(random: Random): Sample[] {
  return Array.from({ length: POOL }, () => {
    const request = makeRequest(random);
    const signal = random.chance(0.75) ? "traces" : "logs";
    return { signal, protobuf: toProtobuf(signal, request), json: Buffer.from(toJson(signal, request)) };
  });
}

function makeInput(random: Random, making: Making, encoding: FuzzedEncoding, sample: Sample, other: Sample): Buffer {
  const body = sample[encoding];
  if (making === "random") return randomBytes(random, random.below(256));
  if (making === "mutated") return mutateBytes(random, body, other[encoding]);
  if (making === "valid") return body;
  // Bytes have no structure to be kept; the other encoding's body is the worst of good bodies.
  if (encoding === "protobuf") return random.chance(0.1) ? sample.json : mutateBytes(random, body, other.json);
  return Buffer.from(mutateJson(random, body.toString("utf8")));
}

function again(signal: FuzzedSignal, encoding: FuzzedEncoding, input: Buffer): number {
  const at = performance.now();
  try {
    feed(signal, encoding, input);
  } catch {
    // Reported already.
  }
  return performance.now() - at;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
