/** Bytes looked at to tell text from other things. */
const SAMPLE = 8192;

export interface DecodedText {
  text: string;
  encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | "mixed";
}

/**
 * Bytes as text: by their byte order mark, else as UTF-16 when every other byte is zero, else as UTF-8; a line that is
 * no UTF-8 is read as Windows-1252, which holds Latin-1 and never fails, and the lines around it as what they are.
 * `undefined` for bytes that are no text. Control characters, terminal escapes among them, stay as they are.
 */
export function decodeText(bytes: Uint8Array): DecodedText | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16(bytes.subarray(2), "utf-16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16(bytes.subarray(2), "utf-16be");
  const plain = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  const wide = wideness(plain);
  if (wide !== undefined) return utf16(plain, wide);
  if (isBinary(plain)) return undefined;
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain), encoding: "utf-8" };
  } catch {
    return byLine(plain);
  }
}

function utf16(bytes: Uint8Array, encoding: "utf-16le" | "utf-16be"): DecodedText {
  return { text: new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes), encoding };
}

/** UTF-16 of mostly Latin text has zeros at every other place and hardly any at the others. */
function wideness(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const sample = bytes.subarray(0, SAMPLE & ~1);
  if (sample.length < 4) return undefined;
  const zeros = [0, 0];
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) zeros[at & 1] = (zeros[at & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const pairs = sample.length / 2;
  if (odd > pairs * 0.7 && even < pairs * 0.05) return "utf-16le";
  if (even > pairs * 0.7 && odd < pairs * 0.05) return "utf-16be";
  return undefined;
}

/** More control characters than any log has; a few bytes of a binary observation do not make a log binary. */
function isBinary(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE);
  let strange = 0;
  for (const byte of sample) if (byte < 7 || (byte > 13 && byte < 27) || byte === 127) strange++;
  return sample.length > 0 && strange > sample.length * 0.1;
}

function byLine(bytes: Uint8Array): DecodedText {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const single = new TextDecoder("windows-1252");
  const parts: string[] = [];
  let good = 0;
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from);
    const until = end === -1 ? bytes.length : end + 1;
    const line = bytes.subarray(from, until);
    try {
      const text = strict.decode(line);
      if (text.length < line.length) good++;
      parts.push(text);
    } catch {
      parts.push(single.decode(line));
    }
    from = until;
  }
  return { text: parts.join(""), encoding: good > 0 ? "mixed" : "windows-1252" };
}
