/** Protobuf by hand, for bodies no encoder would make. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

export function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/** `ExportTraceServiceRequest` of one span with the given ids and whatever else stands in it. */
export function oneSpan(traceId: string, spanId: string, rest: readonly Uint8Array[]): Buffer {
  const span = Buffer.concat([field(1, Buffer.from(traceId, "hex")), field(2, Buffer.from(spanId, "hex")), ...rest]);
  return field(1, field(2, field(2, span)));
}

/** An attribute of a span. */
export function attribute(key: Uint8Array | string, value: Uint8Array): Buffer {
  return field(9, Buffer.concat([field(1, key), field(2, value)]));
}

/** An AnyValue of kvlists in kvlists; built from the inside, written from the outside, so that 10^5 levels are quick. */
export function deepKvlist(depth: number): Buffer {
  const heads: Buffer[] = [];
  let length = field(1, "leaf").length;
  for (let level = 0; level < depth; level++) {
    // AnyValue { kvlist: KeyValueList { values: KeyValue { key: "k", value: AnyValue } } }
    const value = Buffer.concat([varint((2 << 3) | 2), varint(length)]);
    const entry = Buffer.concat([field(1, "k"), value]);
    const list = Buffer.concat([varint((1 << 3) | 2), varint(entry.length + length), entry]);
    const head = Buffer.concat([varint((6 << 3) | 2), varint(list.length + length), list]);
    heads.push(head);
    length += head.length;
  }
  return Buffer.concat([...heads.reverse(), field(1, "leaf")]);
}
