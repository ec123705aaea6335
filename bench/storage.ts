/**
 * `npm run bench:storage`: bytes on disk of a conversation, as the store keeps it and as rows that each hold all they
 * were sent (raw attributes, and the messages read out of them), in the same run on the same engine. Both are merged
 * before they are measured, and the store's is read back: it must be what was sent, to the letter.
 *
 *   --turns A,B,C    lengths of the conversation, in model calls (10,25,50,100,200)
 *   --message N      characters of a message, about (2000)
 *   --runs N         conversations of each length (8)
 */
import { parseArgs } from "node:util";
import { readHead, readSpan } from "@culprit/collector";
import type { RawSpan } from "@culprit/schemas";
import { type EmbeddedStore, openEmbedded } from "@culprit/store";
import { makeText, Random } from "./load/random.ts";
import { describeMachine, machine } from "./measure/machine.ts";
import { number, table } from "./measure/table.ts";
import { temporaryDirectory } from "./systems/child.ts";
import { askEngine, askEngineBytes, commandEngine } from "./systems/engine-http.ts";

const PROJECT = "default";

const { values } = parseArgs({
  options: {
    turns: { type: "string", default: "10,25,50,100,200" },
    message: { type: "string", default: "2000" },
    runs: { type: "string", default: "8" },
  },
});
const runs = Number(values.runs);
const shape = machine();
const rows: Measured[] = [];
for (const turns of values.turns.split(",").map(Number)) rows.push(await measure(turns, Number(values.message)));

const [shortest, longest] = [rows[0], rows.at(-1)] as [Measured, Measured];
const power = (of: (row: Measured) => number): string =>
  number(Math.log(of(longest) / of(shortest)) / Math.log(longest.turns / shortest.turns), 2);
console.error(describeMachine(shape));
process.stdout.write(
  `${table(
    ["model calls", "sent, KB", "every row whole, KB", "Culprit, KB", "times smaller", "Culprit, bytes a message"],
    rows.map(({ turns, sent, whole, culprit }) => [
      turns,
      number(sent / runs / 1e3),
      number(whole / runs / 1e3),
      number(culprit / runs / 1e3),
      number(whole / culprit, 1),
      number(culprit / runs / turns),
    ]),
  )}\n\nGrowth from ${shortest.turns} to ${longest.turns} calls, as a power of their number (1 is linear, 2 quadratic): ` +
    `sent ${power(({ sent }) => sent)}, every row whole ${power(({ whole }) => whole)}, Culprit ${power(({ culprit }) => culprit)}.\n`,
);

interface Measured {
  turns: number;
  /** Characters of all attributes. */
  sent: number;
  /** Bytes on disk. */
  whole: number;
  culprit: number;
}

async function measure(turns: number, characters: number): Promise<Measured> {
  const random = new Random(turns);
  const conversations = Array.from({ length: runs }, () => converse(random, turns, characters));
  const [data, remove] = temporaryDirectory("storage");
  const store = await openEmbedded(data);
  try {
    store.readWith(readSpan);
    // As they arrive: the calls of a conversation one after another, those of all conversations side by side.
    for (let turn = 0; turn < turns; turn++) {
      const spans = conversations.map((calls) => calls[turn] as RawSpan);
      await store.insertSpans(spans.map((raw) => ({ ...raw, project: PROJECT, reading: readHead(raw) })));
    }
    await checkReadBack(store, conversations);
    await storeWhole(store.engine.url, conversations.flat());
    const culprit = (await bytesOnDisk(store.engine.url, "spans")) + (await bytesOnDisk(store.engine.url, "contents"));
    const whole = await bytesOnDisk(store.engine.url, "whole");
    return { turns, sent: conversations.flat().reduce((sum, raw) => sum + sizeOf(raw), 0), whole, culprit };
  } finally {
    await store.close();
    remove();
  }
}

/** The model calls of one agent: each is given the conversation so far, and adds an answer and what it led to. */
function converse(random: Random, turns: number, characters: number): RawSpan[] {
  const trace_id = hex(random, 32);
  const said = (role: string): object => ({
    role,
    parts: [{ type: "text", content: makeText(random, characters * (0.5 + random.bits() / 2 ** 32)) }],
  });
  const messages = [said("system"), said("user")];
  return Array.from({ length: turns }, (_, turn) => {
    const answer = said("assistant");
    const span: RawSpan = {
      trace_id,
      span_id: hex(random, 16),
      parent_span_id: "",
      name: "chat gpt-5.2",
      kind: "client",
      start_time_unix_nano: `${1_795_255_200 + turn}000000000`,
      end_time_unix_nano: `${1_795_255_200 + turn}900000000`,
      status_code: "ok",
      status_message: "",
      trace_state: "",
      scope_name: "bench.agents",
      scope_version: "0.1.0",
      resource_attributes: { "service.name": "bench-agents" },
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.agent.name": "Coder",
        "gen_ai.request.model": "gpt-5.2",
        "gen_ai.usage.input_tokens": turn * 500,
        "gen_ai.input.messages": JSON.stringify(messages),
        "gen_ai.output.messages": JSON.stringify([answer]),
      },
      events: [],
      links: [],
      dropped_attributes_count: 0,
      dropped_events_count: 0,
      dropped_links_count: 0,
    };
    messages.push(answer, said("user"));
    return span;
  });
}

async function checkReadBack(store: EmbeddedStore, conversations: readonly RawSpan[][]): Promise<void> {
  for (const calls of conversations) {
    const back = await store.readSpans(PROJECT, calls[0]?.trace_id ?? "");
    const same = calls.every(
      (call, turn) => JSON.stringify(back[turn]?.attributes) === JSON.stringify(call.attributes),
    );
    if (!same || back.length !== calls.length) throw new Error("What was read back is not what was sent.");
  }
}

/** The same spans in rows of their own: fewer columns than the store's, so rather smaller than they could be. */
async function storeWhole(url: string, spans: readonly RawSpan[]): Promise<void> {
  await commandEngine(
    url,
    `CREATE TABLE whole (trace_id String, span_id String, start_unix_nano UInt64, name LowCardinality(String),
       attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)), input String CODEC(ZSTD(3)),
       output String CODEC(ZSTD(3)))
     ENGINE = MergeTree ORDER BY (trace_id, start_unix_nano) SETTINGS index_granularity = 256`,
  );
  for (let start = 0; start < spans.length; start += 50) {
    const lines = spans.slice(start, start + 50).map((raw) => {
      const { input, output } = readSpan(raw);
      const attributes = Object.fromEntries(Object.entries(raw.attributes).map(([key, value]) => [key, String(value)]));
      const { trace_id, span_id, name, start_time_unix_nano: start_unix_nano } = raw;
      const messages = { input: JSON.stringify(input), output: JSON.stringify(output) };
      return JSON.stringify({ trace_id, span_id, name, start_unix_nano, attributes, ...messages });
    });
    await askEngineBytes(url, "INSERT INTO whole FORMAT JSONEachRow", Buffer.from(lines.join("\n")));
  }
}

async function bytesOnDisk(url: string, name: string): Promise<number> {
  await commandEngine(url, `OPTIMIZE TABLE ${name} FINAL`);
  const query = `SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = '${name}' FORMAT TSV`;
  return Number(await askEngine(url, query));
}

function sizeOf(raw: RawSpan): number {
  return Object.values(raw.attributes).reduce<number>((sum, value) => sum + String(value).length, 0);
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits / 8 }, () => random.bits().toString(16).padStart(8, "0")).join("");
}
