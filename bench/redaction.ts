// What redaction costs a span, beside what the rest of the way from body to row costs in this process.
import { createPrivacy, decodeTracesProtobuf, readHead } from "@culprit/collector";
import { parseConfig } from "@culprit/schemas";
import { openEmbedded } from "@culprit/store";
import { encodeTemplate } from "./load/encode.ts";
import { Random } from "./load/random.ts";
import { stamp } from "./load/stamp.ts";
import { makeRun, SPANS_PER_RUN } from "./load/workload.ts";
import { number, table } from "./measure/table.ts";
import { temporaryDirectory } from "./systems/child.ts";

const ROUNDS = 30;
const SETTINGS = {
  "built-in rules": parseConfig(),
  "… and one of one's own": parseConfig({ redact_rules: [{ name: "own", pattern: "\\bC-[0-9]{6}\\b" }] }),
  "… that says what it contains": parseConfig({
    redact_rules: [{ name: "own", pattern: "\\bC-[0-9]{6}\\b", contains: "C-" }],
  }),
  "no content captured": parseConfig({ capture_content: false }),
};

/** Microseconds a span, the median of the rounds. */
function perSpan(times: number[], spans: number): number {
  const sorted = [...times].sort((left, right) => left - right);
  return ((sorted[Math.floor(sorted.length / 2)] ?? 0) * 1000) / spans;
}

/** CPU time, so that what else runs on the machine does not count. */
function timed<Result>(times: number[], work: () => Result): Result {
  const began = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(began);
  times.push((user + system) / 1000);
  return result;
}

const [data, remove] = temporaryDirectory("culprit-bench-redaction-");
const store = await openEmbedded(data);
try {
  const rows: (string | number)[][] = [];
  for (const spanBytes of [1000, 20_000]) {
    const random = new Random(7);
    const runs = Array.from({ length: spanBytes > 5000 ? 10 : 100 }, () => makeRun(random, spanBytes));
    const template = encodeTemplate("protobuf", runs);
    const spans = runs.length * SPANS_PER_RUN;
    for (const [name, config] of Object.entries(SETTINGS)) {
      const privacy = createPrivacy(config);
      const times = { decode: [] as number[], redact: [] as number[], encode: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        const body = stamp(template, round * runs.length, Buffer.alloc(template.bytes.length));
        const decoded = timed(times.decode, () => decodeTracesProtobuf(body));
        timed(times.redact, () => privacy.spans("default", decoded.spans));
        timed(times.encode, () => {
          const owned = decoded.spans.map((span) => ({ ...span, project: "default", reading: readHead(span) }));
          store.spans.encode(owned);
        });
      }
      const [decode, redact, encode] = [times.decode, times.redact, times.encode].map((each) => perSpan(each, spans));
      const rest = (decode ?? 0) + (encode ?? 0);
      rows.push([
        `${spanBytes / 1000} KB, ${name}`,
        number(decode),
        number(redact),
        number(encode),
        `${number((100 * (redact ?? 0)) / rest, 0)} %`,
      ]);
    }
  }
  process.stdout.write(
    `${table(["span", "decode µs", "redact µs", "read and encode µs", "redact of the rest"], rows)}\n`,
  );
} finally {
  await store.close();
  remove();
}
