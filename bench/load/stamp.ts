import { JSON_AT, PROTOBUF_AT, type Template } from "./encode.ts";
import { endOf, putSpanId, putTraceId, startOf } from "./ids.ts";

const HEX = Buffer.from("0123456789abcdef");
const raw = new Uint8Array(16);

/**
 * Writes the ids and times of runs `firstRun`, `firstRun + 1`, … into a copy of a template's bytes.
 *
 * @param into at least as long as the template
 */
export function stamp(template: Template, firstRun: number, into: Buffer): Buffer {
  template.bytes.copy(into);
  const body = into.subarray(0, template.bytes.length);
  let run = firstRun - 1;
  for (const [position, at] of template.spanAt.entries()) {
    const index = template.indexes[position] as number;
    const parent = template.parents[position] as number;
    if (index === 0) run++;
    if (template.encoding === "protobuf") stampProtobuf(body, at, run, index, parent);
    else stampJson(body, at, run, index, parent);
  }
  return body;
}

function stampProtobuf(body: Buffer, at: number, run: number, index: number, parent: number): void {
  putTraceId(body, at + PROTOBUF_AT.trace, run);
  putSpanId(body, at + PROTOBUF_AT.span, run, index);
  if (parent >= 0) putSpanId(body, at + PROTOBUF_AT.parent, run, parent);
  const times = at + (parent >= 0 ? PROTOBUF_AT.times : PROTOBUF_AT.timesOfRoot);
  body.writeBigUInt64LE(startOf(run, index), times + 1);
  body.writeBigUInt64LE(endOf(run, index), times + 10);
}

function stampJson(body: Buffer, at: number, run: number, index: number, parent: number): void {
  const offsets = parent >= 0 ? JSON_AT.child : JSON_AT.root;
  putTraceId(raw, 0, run);
  putHex(body, at + offsets.trace, 16);
  putSpanId(raw, 0, run, index);
  putHex(body, at + offsets.span, 8);
  if (parent >= 0) {
    putSpanId(raw, 0, run, parent);
    putHex(body, at + offsets.parent, 8);
  }
  body.write(String(startOf(run, index)), at + offsets.start, "latin1");
  body.write(String(endOf(run, index)), at + offsets.end, "latin1");
}

function putHex(body: Buffer, at: number, length: number): void {
  for (let byte = 0; byte < length; byte++) {
    const value = raw[byte] as number;
    body[at + 2 * byte] = HEX[value >> 4] as number;
    body[at + 2 * byte + 1] = HEX[value & 15] as number;
  }
}
