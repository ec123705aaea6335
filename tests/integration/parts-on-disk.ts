import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decompress } from "fzstd";

/** One compressed block: 16 bytes of checksum, then method, compressed size (with these 9 bytes) and plain size. */
const CHECKSUM = 16;
const HEADER = 9;
const METHODS = { none: 0x02, lz4: 0x82, zstd: 0x90, multiple: 0x91 };

/** Whether a text stands in any data file under these directories, looked for in what the files decompress to. */
export function standsOnDisk(directories: readonly string[], text: string): boolean {
  return directories.some((directory) => dataFiles(directory).some((file) => plain(file).includes(text)));
}

function dataFiles(directory: string): string[] {
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .flatMap((path) => (statSync(path).isDirectory() ? dataFiles(path) : path.endsWith(".bin") ? [path] : []));
}

function plain(path: string): Buffer {
  const file = readFileSync(path);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at + CHECKSUM + HEADER <= file.length; ) {
    const head = at + CHECKSUM;
    const size = file.readUInt32LE(head + 1);
    blocks.push(expand(file.subarray(head, head + size)));
    at = head + size;
  }
  return Buffer.concat(blocks);
}

function expand(block: Buffer): Uint8Array {
  const method = block[0];
  const plainSize = block.readUInt32LE(5);
  const data = block.subarray(HEADER);
  if (method === METHODS.zstd) return decompress(data, new Uint8Array(plainSize));
  if (method === METHODS.lz4) return lz4(data, plainSize);
  if (method === METHODS.none) return data;
  // Delta and the like hold numbers only.
  return new Uint8Array(0);
}

/** An LZ4 block. */
function lz4(input: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let at = 0;
  let to = 0;
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble < 15) return total;
    let byte: number;
    do {
      byte = input[at++] ?? 0;
      total += byte;
    } while (byte === 255);
    return total;
  };
  while (at < input.length) {
    const token = input[at++] ?? 0;
    const literals = length(token >> 4);
    output.set(input.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at >= input.length) break;
    const distance = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
    at += 2;
    const match = length(token & 15) + 4;
    for (let copied = 0; copied < match; copied++, to++) output[to] = output[to - distance] ?? 0;
  }
  return output;
}
